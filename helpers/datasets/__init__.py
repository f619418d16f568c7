"""Where data comes from: what the course ships, what lies in the cache, and readers that say what is wrong with a file.

Names are handed on when they are first used; importing this package costs nothing.
"""

import importlib

_HOMES = {
    "shipped": "files",
    "cache": "files",
    "read_text": "files",
    "read_table": "files",
}
__all__ = [*_HOMES]


def __getattr__(name):
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__():
    return sorted({*globals(), *_HOMES})
