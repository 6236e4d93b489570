"""The last linear layer of an exported network's global descriptor: what goes into it, and another in its place."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from glocal.arrays import FloatArray
from glocal.errors import ModelError
from glocal.extraction import OUTPUTS
from glocal.training.export.halving import store_halved

LINEAR = "Gemm"
"""What a linear layer with bias is in ONNX: y = x Wᵀ + b."""


def before_layer(network: bytes) -> bytes:
    """Return the network that ends before the layer: its one output [1, P] is what goes in, in the descriptor's place.

    Raises:
        ModelError: the network has no such layer.
    """
    model = onnx.load_model_from_string(network)
    layer = _layer(model)
    kept = needed_nodes(model, layer.input[:1])
    out = helper.make_node("Identity", [layer.input[0]], [OUTPUTS[0]])
    del model.graph.node[:], model.graph.output[:], model.graph.value_info[:]
    model.graph.node.extend([*kept, out])
    model.graph.output.append(helper.make_tensor_value_info(OUTPUTS[0], TensorProto.FLOAT, [1, None]))
    used = {name for node in kept for name in node.input}
    initializers = [tensor for tensor in model.graph.initializer if tensor.name in used]
    del model.graph.initializer[:]
    model.graph.initializer.extend(initializers)
    return bytes(model.SerializeToString())


def with_layer(network: bytes, weight: FloatArray, bias: FloatArray) -> bytes:
    """Return the network with another layer, `weight` [D, P] and `bias` [D]; large weights are stored in 16 bits.

    All else stays as it is, to the bit.

    Raises:
        ModelError: the network has no such layer.
    """
    model = onnx.load_model_from_string(network)
    layer = _layer(model)
    casts = {node.output[0]: node for node in model.graph.node if node.op_type == "Cast"}
    for name, values in zip(layer.input[1:], (weight, bias), strict=True):
        stored = name
        if name in casts:
            stored = casts[name].input[0]
            model.graph.node.remove(casts[name])
        old = next(tensor for tensor in model.graph.initializer if tensor.name == stored)
        old.CopyFrom(numpy_helper.from_array(values.astype(np.float32), name))
    return store_halved(bytes(model.SerializeToString()))


def _layer(model: onnx.ModelProto) -> onnx.NodeProto:
    """Return the linear layer nearest to the global descriptor."""
    made: dict[str, onnx.NodeProto] = {name: node for node in model.graph.node for name in node.output}
    open_names, seen = [OUTPUTS[0]], set[str]()
    while open_names:
        node = made.get(open_names.pop(0))
        if node is None or node.name in seen:
            continue
        if node.op_type == LINEAR:
            return node
        seen.add(node.name)
        open_names += node.input
    raise ModelError("the network's global descriptor has no linear layer with a bias, so there is none to replace")


def needed_nodes(model: onnx.ModelProto, names: Iterable[str]) -> list[onnx.NodeProto]:
    """Return the nodes that values are made by, in their order."""
    needed, kept = set(names), []
    for node in reversed(model.graph.node):
        if needed.intersection(node.output):
            needed.update(node.input)
            kept.append(node)
    return kept[::-1]
