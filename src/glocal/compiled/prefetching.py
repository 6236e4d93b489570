"""Asking memory for what a compiled loop will read soon: processors guess, but not beyond a page of 4 KB."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from glocal.compiled.jit import compiled

_LINE = 64
"""Bytes that come at once."""

_READ, _EVERY_CACHE, _DATA = 0, 3, 1


def _ask_for(_context: Any, _address: Any) -> Any:
    """Type and generate LLVM's prefetch of an address."""

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        pointer, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [pointer, number, number, number])
        prefetch = builder.module.declare_intrinsic("llvm.prefetch", [pointer], kind)
        place = builder.inttoptr(arguments[0], pointer)
        builder.call(prefetch, [place, number(_READ), number(_EVERY_CACHE), number(_DATA)])
        return context.get_dummy_value()

    return types.void(types.uintp), generate


_fetch_line: Any = intrinsic(_ask_for)


@compiled
def prefetch(row: Any) -> None:
    """Fetch a one-dimensional contiguous array into the processor's cache, and change nothing."""
    first = row.ctypes.data
    for offset in range(0, row.size * row.itemsize, _LINE):
        _fetch_line(first + offset)
