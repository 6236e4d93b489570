"""TensorFlow checkpoints ("tensor bundles"): an index table and shards of raw tensors, every checksum verified.

Format: tensorflow/core/util/tensor_bundle and tensorflow/core/protobuf/tensor_bundle.proto.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glocal.errors import ModelError
from glocal.importing.crc32c import crc32c, masked_crc32c
from glocal.importing.sstable import read_table
from glocal.wire import fields, signed, varint

_STRING = 7
_DTYPES: dict[int, type[np.generic]] = {
    1: np.float32,
    2: np.float64,
    3: np.int32,
    9: np.int64,
    10: np.bool_,
    19: np.float16,
}
OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
"""The tensor in which TensorFlow 2 writes the tree of Python attributes; see `trackable_object_graph.proto`."""


@dataclass(frozen=True)
class Entry:
    """Where a tensor lies: TensorFlow's dtype number, shape, shard, place and size in bytes, masked checksum."""

    dtype: int
    shape: tuple[int, ...]
    shard: int
    offset: int
    size: int
    checksum: int
    sliced: bool


@dataclass(frozen=True)
class Bundle:
    """An opened checkpoint. Tensors are read when asked for.

    Attributes:
        prefix: path without ".index" and ".data-...".
        shards: how many data files there are.
        entries: name of each tensor to where it lies.
    """

    prefix: Path
    shards: int
    entries: dict[str, Entry]

    def read(self, name: str) -> NDArray[Any]:
        """Return a tensor of numbers.

        Raises:
            ModelError: it is no tensor of numbers, its shard is missing or cut short, or its checksum is wrong.
        """
        entry = self.entries[name]
        if entry.sliced or entry.dtype not in _DTYPES:
            raise ModelError(f"{self.index}: {name} is partitioned or of a type that no weight has")
        content = self._content(name, entry)
        if masked_crc32c(content) != entry.checksum:
            raise ModelError(f"{self.shard_file(entry.shard)}: {name} is damaged (checksum); download the file again")
        dtype = np.dtype(_DTYPES[entry.dtype])
        if len(content) != dtype.itemsize * int(np.prod(entry.shape, dtype=np.int64)):
            raise ModelError(f"{self.index}: {name} has {entry.size} bytes, which its shape {entry.shape} does not")
        return np.frombuffer(content, dtype).reshape(entry.shape)

    def attribute_names(self) -> frozenset[str]:
        """Return the names of Python attributes in a TensorFlow 2 checkpoint's tree of objects; none without one.

        Raises:
            ModelError: the tree is damaged.
        """
        if OBJECT_GRAPH not in self.entries:
            return frozenset()
        try:
            return frozenset(
                bytes(part).decode()
                for number, node in fields(memoryview(self._text(OBJECT_GRAPH)))
                if number == 1 and isinstance(node, memoryview)
                for inner, child in fields(node)
                if inner == 1 and isinstance(child, memoryview)
                for last, part in fields(child)
                if last == 2 and isinstance(part, memoryview)
            )
        except ValueError as error:
            raise ModelError(f"{self.index}: its tree of objects {error}; download the files again") from error

    @property
    def index(self) -> Path:
        """The index file."""
        return self.prefix.with_name(f"{self.prefix.name}.index")

    def shard_file(self, number: int) -> Path:
        """Return a data file."""
        return self.prefix.with_name(f"{self.prefix.name}.data-{number:05d}-of-{self.shards:05d}")

    def _content(self, name: str, entry: Entry) -> bytes:
        path = self.shard_file(entry.shard)
        try:
            with path.open("rb") as shard:
                shard.seek(entry.offset)
                content = shard.read(entry.size)
        except OSError as error:
            raise ModelError(f"{path}: cannot read this part of the checkpoint ({error.strerror})") from error
        if len(content) != entry.size:
            raise ModelError(f"{path}: cut short, it ends inside {name}; download the file again")
        return content

    def _text(self, name: str) -> bytes:
        """Return a scalar string: its length, the checksum of the length, and its bytes."""
        entry = self.entries[name]
        content = memoryview(self._content(name, entry))
        length, start = varint(content, 0)
        text = bytes(content[start + 4 :])
        checksum = masked_crc32c(content[start:], crc32c(length.to_bytes(4, "little")))
        if entry.dtype != _STRING or len(text) != length or checksum != entry.checksum:
            raise ModelError(f"{self.shard_file(entry.shard)}: {name} is damaged; download the file again")
        return text


def open_bundle(prefix: Path) -> Bundle:
    """Open the checkpoint whose index is `<prefix>.index`.

    Raises:
        ModelError: the index is missing, damaged, or of another byte order.
    """
    bundle = Bundle(prefix, 0, {})
    try:
        table = read_table(bundle.index.read_bytes())
        header = dict(fields(memoryview(table.pop(b""))))
        entries = {name.decode(): _entry(memoryview(value)) for name, value in table.items()}
    except OSError as error:
        raise ModelError(f"{bundle.index}: cannot read the checkpoint's index ({error.strerror})") from error
    except KeyError as error:
        raise ModelError(
            f"{bundle.index}: a table without a checkpoint's header; name the .index of a checkpoint"
        ) from error
    except ValueError as error:
        raise ModelError(f"{bundle.index}: {error}; download the file again") from error
    if header.get(2, 0) != (sys.byteorder == "big"):
        raise ModelError(f"{bundle.index}: was written on a machine of another byte order; convert it there")
    return Bundle(prefix, int(header.get(1, 1)), entries)


def _entry(message: memoryview) -> Entry:
    """Read a BundleEntryProto."""
    found: dict[int, Any] = dict(fields(message))
    shape = tuple(
        signed(int(dict(fields(dimension)).get(1, 0)))
        for number, dimension in fields(found.get(2, memoryview(b"")))
        if number == 2 and isinstance(dimension, memoryview)
    )
    return Entry(found.get(1, 0), shape, found.get(3, 0), found.get(4, 0), found.get(5, 0), found.get(6, 0), 7 in found)
