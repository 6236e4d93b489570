"""Where a cell of the local map looks in the input: receptive field, stride, offset."""

from __future__ import annotations

from dataclasses import dataclass

from torch import fx, nn

from glocal.models.backbone import Backbone
from glocal.models.padding import SameConv2d, SameForAnySize, SameMaxPool


@dataclass(frozen=True)
class ReceptiveField:
    """Cell (i, j) sees the pixels from `start + stride·j` over `size` pixels, the same for rows.

    Attributes:
        start: first pixel that cell 0 sees; negative in the padding.
        size: pixels along one side.
        stride: pixels between neighbouring cells.
    """

    start: int = 0
    size: int = 1
    stride: int = 1

    @property
    def offset(self) -> float:
        """The pixel at the centre of cell 0's receptive field (pixel centres lie at integers)."""
        return self.start + (self.size - 1) / 2

    def after(self, kernel: int, stride: int, padding: int, dilation: int = 1) -> ReceptiveField:
        """Return the field after a sliding window with `padding` on its left (Araujo et al., Distill 2019)."""
        return ReceptiveField(
            self.start - padding * self.stride,
            self.size + (kernel - 1) * dilation * self.stride,
            self.stride * stride,
        )

    def joined(self, other: ReceptiveField) -> ReceptiveField:
        """Return the field of the sum of two maps.

        Raises:
            ValueError: their strides differ, so they cannot be added.
        """
        if self.stride != other.stride:
            raise ValueError(f"maps of stride {self.stride} and {other.stride} are joined")
        start = min(self.start, other.start)
        end = max(self.start + self.size, other.start + other.size)
        return ReceptiveField(start, end - start, self.stride)


def local_receptive_field(backbone: Backbone, branch: nn.Module | None = None) -> ReceptiveField:
    """Return the receptive field of the local map's cells, by walking the network's graph.

    Args:
        backbone: gives the local map.
        branch: what the local map goes through before it is called cells. A mean over the whole map in it does
            not count: it tells cells nothing of places.
    """
    field = _walk(backbone, ReceptiveField())
    return field if branch is None else _walk(branch, field)


def _walk(module: nn.Module, start: ReceptiveField) -> ReceptiveField:
    """Return the field of a module's output, of the first one if it has several, for an input of field `start`."""
    graph = _Tracer().trace(module)
    modules = dict(module.named_modules())
    fields: dict[fx.Node, ReceptiveField] = {}
    for node in graph.nodes:
        if node.op == "output":
            result = node.args[0]
            return fields[result[0] if isinstance(result, tuple) else result]
        joined: ReceptiveField | None = None
        for source in node.all_input_nodes:
            if source in fields:
                joined = fields[source] if joined is None else joined.joined(fields[source])
        if node.op == "placeholder":
            joined = start
        elif node.op == "call_module" and joined is not None:
            joined = _through(modules[str(node.target)], joined)
        if joined is not None:
            fields[node] = joined
    raise AssertionError("a traced graph ends with its output")


def _through(module: nn.Module, field: ReceptiveField) -> ReceptiveField:
    """Return the field after `module`; layers that look at one position change nothing."""
    if isinstance(module, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d):
        if isinstance(module, SameConv2d | SameForAnySize | SameMaxPool):
            padding = module.before
        else:
            padding = _first(module.padding)
        dilation = 1 if isinstance(module, nn.AvgPool2d) else _first(module.dilation)
        return field.after(_first(module.kernel_size), _first(module.stride), padding, dilation)
    return field


def _first(value: object) -> int:
    """Return the horizontal or only number of a layer's setting."""
    number = value[0] if isinstance(value, tuple) else value
    if not isinstance(number, int):
        raise TypeError(f"padding {value!r} is not a number; static padding is needed")
    return number


class _Tracer(fx.Tracer):
    """Stops at every layer that slides a window or normalises, whoever wrote it."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        """Return whether the walk should not enter `m`."""
        leaf = isinstance(m, nn.Conv2d | nn.BatchNorm2d | nn.MaxPool2d | nn.AvgPool2d)
        return leaf or super().is_leaf_module(m, module_qualified_name)
