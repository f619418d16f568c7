"""Where data comes from: what the course ships, what lies in the cache, and readers that say what is wrong with a file.

Names are handed on when they are first used; importing this package costs nothing.
"""

from helpers.lazy import hand_on

__getattr__, __dir__, __all__ = hand_on(
    __name__,
    {
        "fetch": ["DataMissing", "available", "path", "registry", "remove", "verify"],
        "files": ["cache", "read_table", "read_text", "shipped"],
        "loading": ["as_tensors", "load"],
    },
)
