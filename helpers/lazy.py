"""How a room hands on the names of its modules: each module is imported when one of its names is first used."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping, Sequence


def hand_on(package: str, homes: Mapping[str, Sequence[str]]) -> tuple[Callable, Callable, list[str]]:
    """Make a package's ``__getattr__``, ``__dir__`` and ``__all__`` (PEP 562).

    Parameters
    ----------
    package : str
        The package's ``__name__``.
    homes : mapping of str to list of str
        Its modules, and the names that each of them hands on.

    Examples
    --------
    >>> __getattr__, __dir__, __all__ = hand_on("helpers.datasets", {"files": ["shipped"]})
    >>> __getattr__("shipped").__module__
    'helpers.datasets.files'
    """
    home_of = {name: module for module, names in homes.items() for name in names}

    def getattribute(name):
        if name not in home_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(importlib.import_module(f"{package}.{home_of[name]}"), name)

    def directory():
        return sorted({*vars(sys.modules[package]), *home_of})

    return getattribute, directory, [*home_of]
