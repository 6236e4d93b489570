"""Compile inner loops to machine code, once for each user."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, ClassVar, TypeVar, cast

import numba
from numba.core import caching as numba_caching

caching: Any = numba_caching  # has no types

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Return `function` compiled by Numba, without the interpreter lock, cached on disk.

    Strict IEEE arithmetic (no fast-math) keeps results the same on every machine and in every thread; a
    division by zero gives an infinity or NaN, as in NumPy, and no exception.

    The machine code is kept in the user's cache folder (`NUMBA_CACHE_DIR` moves it) or, where that cannot be
    written, beside the source. Where neither can, or what is there cannot be read, each process compiles anew.
    """
    dispatcher: Any = numba.njit(nogil=True, error_model="numpy")(function)
    with suppress(RuntimeError, OSError):  # Numba's "cannot cache function", or a source that cannot be read
        dispatcher._cache = _Cache(function)
    return cast("Function", dispatcher)


class _Places(caching.CompileResultCacheImpl):  # type: ignore[misc]
    """Numba's places for a cache, the user's folder before the one of the source, which may be another user's."""

    _locator_classes: ClassVar[list[Any]] = sorted(
        caching.CompileResultCacheImpl._locator_classes, key=lambda place: "InTree" in place.__name__
    )


class _Cache(caching.FunctionCache):  # type: ignore[misc]
    """Numba's cache, done without where it fails: it may have been another user's, or be damaged by a power cut."""

    _impl_class = _Places

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return what is cached for a signature, or None."""
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # noqa: BLE001  damaged pickles raise anything
            with suppress(OSError):
                self.flush()
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Cache what was compiled for a signature, if that is possible."""
        with suppress(OSError):
            super().save_overload(sig, data)
