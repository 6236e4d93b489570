"""A writer of TensorFlow checkpoints for tests: independent of the reader, and as slow as it is simple."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

DTYPES = {np.dtype(np.float32): 1, np.dtype(np.int64): 9}


def crc32c(content: bytes) -> int:
    """Return the checksum bit by bit, as its definition has it."""
    crc = 0xFFFFFFFF
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(content: bytes, checksum: Callable[[bytes], int] = crc32c) -> int:
    """Return the checksum as files store it."""
    crc = checksum(content)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def varint(value: int) -> bytes:
    """Return a number in 7 bits a byte."""
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def field(number: int, value: int | bytes) -> bytes:
    """Return a field of a message."""
    if isinstance(value, bytes):
        return varint(number << 3 | 2) + varint(len(value)) + value
    return varint(number << 3) + varint(value)


def write_bundle(
    prefix: Path,
    tensors: Mapping[str, NDArray[Any]],
    attributes: tuple[str, ...] = (),
    checksum: Callable[[bytes], int] = crc32c,
) -> None:
    """Write a checkpoint of one shard.

    `attributes` are names in its tree of objects; `checksum` is a faster one that was found to be the same.
    """
    content, entries = bytearray(), {}
    for name, tensor in tensors.items():
        shape = b"".join(field(2, field(1, size)) for size in tensor.shape)
        data = np.ascontiguousarray(tensor).tobytes()
        entries[name] = _entry(DTYPES[tensor.dtype], shape, len(content), data, masked(data, checksum))
        content += data
    if attributes:
        text = b"".join(field(1, field(1, field(2, name.encode()))) for name in attributes)
        sizes = varint(len(text)) + struct.pack("<I", masked(struct.pack("<I", len(text))))
        of_text = masked(struct.pack("<I", len(text)) + sizes[-4:] + text)
        entries["_CHECKPOINTABLE_OBJECT_GRAPH"] = _entry(7, b"", len(content), sizes + text, of_text)
        content += sizes + text
    prefix.parent.mkdir(parents=True, exist_ok=True)
    prefix.with_name(f"{prefix.name}.data-00000-of-00001").write_bytes(content)
    keys = [("", field(1, 1)), *sorted(entries.items())]
    prefix.with_name(f"{prefix.name}.index").write_bytes(table([(key.encode(), value) for key, value in keys]))


def _entry(dtype: int, shape: bytes, offset: int, data: bytes, checksum: int) -> bytes:
    head = field(1, dtype) + field(2, shape) + (field(4, offset) if offset else b"") + field(5, len(data))
    return head + varint(6 << 3 | 5) + struct.pack("<I", checksum)


def table(rows: list[tuple[bytes, bytes]]) -> bytes:
    """Return a LevelDB table of two data blocks, keys sharing their beginnings."""
    out, handles = b"", []
    for part in (rows[: len(rows) // 2], rows[len(rows) // 2 :]):
        handles.append((part[-1][0] if part else b"", varint(len(out)) + varint(len(_block(part)))))
        out += _with_trailer(_block(part))
    meta = varint(len(out)) + varint(len(_block([])))
    out += _with_trailer(_block([]))
    index = varint(len(out)) + varint(len(_block(handles)))
    out += _with_trailer(_block(handles))
    return out + (meta + index).ljust(40, b"\0") + struct.pack("<Q", 0xDB4775248B80FB57)


def _block(rows: list[tuple[bytes, bytes]]) -> bytes:
    out, before = b"", b""
    for key, value in rows:
        shared = next(
            (i for i, (a, b) in enumerate(zip(key, before, strict=False)) if a != b), min(len(key), len(before))
        )
        out += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        before = key
    return out + struct.pack("<II", 0, 1)


def _with_trailer(block: bytes) -> bytes:
    return block + b"\0" + struct.pack("<I", masked(block + b"\0"))
