"""Loops that numba compiles: one way to ask for it in all rooms of embeddings."""

from __future__ import annotations

from collections.abc import Callable


def compiled(**options) -> Callable[[Callable], Callable]:
    """Compile a function with numba, and keep the result where a folder for it can be written.

    Parameters
    ----------
    options
        numba's own. Threads may run the function side by side, and divisions are not tested for 0: Python's error
        model would test every one of them, and loops with such a test are not vectorised.
    """
    options = {"nogil": True, "error_model": "numpy", **options}

    def compile_(function: Callable) -> Callable:
        import numba

        try:
            return numba.njit(cache=True, **options)(function)
        except RuntimeError:  # neither this folder nor the user's cache can be written
            return numba.njit(**options)(function)

    return compile_
