"""The one thing that a SavedModel's graph tells and its variables do not: how pictures are resized."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from glocal.errors import ModelError
from glocal.wire import fields

_GRAPH_FILE = "saved_model.pb"
_META_GRAPHS, _GRAPH, _NODE, _LIBRARY, _FUNCTION, _FUNCTION_NODE = 2, 2, 1, 2, 1, 3
_OP, _ATTRIBUTES, _KEY, _VALUE, _BOOL = 2, 5, 1, 2, 5


def reads_half_pixels(variables: Path, *, default: bool) -> bool:
    """Return `half_pixel_centers` of the graph that lies above a folder of variables.

    TensorFlow 1 samples pixel i at i times the ratio of sizes, TensorFlow 2 at (i + 1/2) times it, less 1/2.

    Args:
        variables: the folder of the checkpoint; the graph is beside it, or in it.
        default: the answer where there is no graph, or one that does not resize.

    Raises:
        ModelError: the graph is damaged, or resizes in both ways.
    """
    path = next((folder / _GRAPH_FILE for folder in (variables.parent, variables) if _has_graph(folder)), None)
    if path is None:
        return default
    try:
        found = {_half_pixels(node) for node in _nodes(memoryview(path.read_bytes())) if _op(node) == b"ResizeBilinear"}
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: cannot read this graph ({error}); download it again") from error
    if len(found) > 1:
        raise ModelError(f"{path}: resizes in two ways, so it is not known which one is meant for photos")
    return found.pop() if found else default


def _has_graph(folder: Path) -> bool:
    return (folder / _GRAPH_FILE).is_file()


def _inside(message: memoryview, *path: int) -> Iterator[memoryview]:
    """Yield the messages at a path of field numbers."""
    for number, value in fields(message):
        if number == path[0] and isinstance(value, memoryview):
            yield from _inside(value, *path[1:]) if len(path) > 1 else (value,)


def _nodes(model: memoryview) -> Iterator[memoryview]:
    """Yield all nodes: of the graphs, and of the functions in their libraries."""
    yield from _inside(model, _META_GRAPHS, _GRAPH, _NODE)
    yield from _inside(model, _META_GRAPHS, _GRAPH, _LIBRARY, _FUNCTION, _FUNCTION_NODE)


def _op(node: memoryview) -> bytes:
    return bytes(next(_inside(node, _OP), memoryview(b"")))


def _half_pixels(node: memoryview) -> bool:
    """Return the attribute of a resizing node; it is false where it is not written."""
    for attribute in _inside(node, _ATTRIBUTES):
        if bytes(next(_inside(attribute, _KEY), memoryview(b""))) == b"half_pixel_centers":
            return any(
                number == _BOOL and bool(value) for part in _inside(attribute, _VALUE) for number, value in fields(part)
            )
    return False
