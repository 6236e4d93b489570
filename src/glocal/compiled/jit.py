"""Compile the inner loops of matching to machine code, once per installation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Return `function` compiled by Numba, without the interpreter lock, cached on disk.

    Strict IEEE arithmetic (no fast-math) keeps results the same on every machine and in every thread; a
    division by zero gives an infinity or NaN, as in NumPy, and no exception. Numba
    caches beside the source or, where that is read-only, in the user's cache folder (`NUMBA_CACHE_DIR` moves
    it); where neither can be written the function is compiled anew by each process.
    """
    try:
        return cast("Function", numba.njit(nogil=True, error_model="numpy", cache=True)(function))
    except RuntimeError:  # Numba's "cannot cache function: no locator available"
        return cast("Function", numba.njit(nogil=True, error_model="numpy")(function))
