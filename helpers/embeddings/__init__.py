"""Words as numbers: cutting text into words, corpora to learn from, and the vectors learned from them.

Names are handed on when they are first used; importing this package costs nothing.
"""

import importlib

_HOMES = {
    "Corpus": "text",
    "available": "text",
    "best": "text",
    "check_documents": "text",
    "corpus": "text",
    "has_morphemes": "text",
    "morphemes": "text",
    "normalize_quotes": "text",
    "punkt_status": "text",
    "sentences": "text",
    "words": "text",
}
__all__ = [*_HOMES]


def __getattr__(name):
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__():
    return sorted({*globals(), *_HOMES})
