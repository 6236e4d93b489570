"""The wire format of protocol buffers, as much of it as messages of numbers need (protobuf.dev, "Encoding")."""

from __future__ import annotations

import struct
from collections.abc import Iterator

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def varint(content: memoryview, at: int) -> tuple[int, int]:
    """Read a number of 7 bits a byte, the least first; return it and the place behind it.

    Raises:
        ValueError: the content ends inside it, or it is longer than 64 bits.
    """
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(content):
            raise ValueError("ends inside a number")
        byte = content[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
    raise ValueError("holds a number of more than 64 bits")


def fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yield (field number, value) of a message: a number, or the bytes of a string or of a message inside.

    Raises:
        ValueError: not the wire format.
    """
    at = 0
    while at < len(message):
        key, at = varint(message, at)
        kind = key & 7
        if kind == _VARINT:
            value, at = varint(message, at)
            yield key >> 3, value
            continue
        if kind == _BYTES:
            size, at = varint(message, at)
        elif kind in (_FIXED64, _FIXED32):
            size = 8 if kind == _FIXED64 else 4
        else:
            raise ValueError(f"holds a field of wire type {kind}")
        if at + size > len(message):
            raise ValueError("ends inside a field")
        part = message[at : at + size]
        at += size
        yield key >> 3, part if kind == _BYTES else int.from_bytes(part, "little")


def encoded_varint(value: int) -> bytes:
    """Return a number >= 0 in 7 bits a byte, the least first."""
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def encoded_field(number: int, value: bytes | float) -> bytes:
    """Return a field of a message: the bytes of a message inside, or a float of 32 bits."""
    if isinstance(value, float):
        return encoded_varint(number << 3 | _FIXED32) + struct.pack("<f", value)
    return encoded_varint(number << 3 | _BYTES) + encoded_varint(len(value)) + value


def signed(value: int) -> int:
    """Return a 64-bit number as the signed one it stands for."""
    return value - 2**64 if value >= 2**63 else value
