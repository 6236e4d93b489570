"""Two exported networks that are one up to the local map: the global branch of one, the local branch of the other."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import numpy_helper

from glocal.errors import ModelError
from glocal.extraction import OUTPUTS
from glocal.training.export.global_layer import needed_nodes

ROUNDING = 1e-3
"""Largest difference of a weight, relative to the largest beside it. Weights are stored in 16 bits, and processors
round differently where batch norms are folded into them."""


def with_global_branch(network: bytes, other: bytes) -> bytes:
    """Return the network with the weights that only the global descriptor of the other is made by.

    All else stays as it is, so local features do, to the bit.

    Args:
        network: gives the local branch, and the trunk that both branches read.
        other: gives the global branch; exported the same way.

    Raises:
        ModelError: the two are not the same network with other weights.
    """
    model, giver = onnx.load_model_from_string(network), onnx.load_model_from_string(other)
    replaced = _of_global_alone(model)
    given = {tensor.name: tensor for tensor in giver.graph.initializer if tensor.name in _of_global_alone(giver)}
    if replaced != given.keys():
        raise ModelError("the two networks are not alike, so one cannot have the global branch of the other")
    for tensor in model.graph.initializer:
        if tensor.name in replaced:
            if list(tensor.dims) != list(given[tensor.name].dims):
                raise ModelError(f"the two networks are not alike: {tensor.name} has another shape")
            tensor.CopyFrom(given[tensor.name])
    return bytes(model.SerializeToString())


def check_same_trunk(network: bytes, other: bytes) -> None:
    """Check that two float32 networks are the same up to the local map, weight by weight but for rounding.

    Raises:
        ModelError: they are not: trained with fewer `optimiser.frozen_stages`, say.
    """
    models = [onnx.load_model_from_string(one) for one in (network, other)]
    first, second = ({tensor.name: tensor for tensor in model.graph.initializer} for model in models)
    for name in sorted(_read(models[0], OUTPUTS[:1]) & _read(models[0], OUTPUTS[1:])):
        if name not in second or not _alike(first[name], second[name]):
            raise ModelError(
                "the two models differ before the local map, so local features of one do not fit the other;"
                " train with all stages up to it frozen (optimiser.frozen_stages)"
            )


def _alike(first: onnx.TensorProto, second: onnx.TensorProto) -> bool:
    """Return whether two weights are the same but for rounding."""
    ours, theirs = (numpy_helper.to_array(tensor) for tensor in (first, second))
    if ours.shape != theirs.shape:
        return False
    ours, theirs = ours.astype(np.float64), theirs.astype(np.float64)
    return bool(np.abs(ours - theirs).max(initial=0.0) <= ROUNDING * np.abs(ours).max(initial=0.0))


def _of_global_alone(model: onnx.ModelProto) -> set[str]:
    """Return the names of the weights that no local feature depends on."""
    return _read(model, OUTPUTS[:1]) - _read(model, OUTPUTS[1:])


def _read(model: onnx.ModelProto, outputs: tuple[str, ...]) -> set[str]:
    """Return the names of the weights that outputs are made by."""
    weights = {tensor.name for tensor in model.graph.initializer}
    return weights & {name for node in needed_nodes(model, outputs) for name in node.input}
