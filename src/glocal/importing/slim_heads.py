"""The heads of a TF-slim DELF or DELG, told by shape and by which layer takes what another gives.

What their variables are called in every release is not known. Names decide only where two layers would fit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from glocal.errors import ModelError
from glocal.importing.naming import shown
from glocal.models.resnet import WIDTHS

KINDS = {
    "weights": "weight",
    "kernel": "weight",
    "biases": "bias",
    "bias": "bias",
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}
"""TensorFlow's names of what a layer holds, and PyTorch's."""

LOCAL, DEEP = 4 * WIDTHS[2], 4 * WIDTHS[3]
_VARIABLE = re.compile(r"(.*?)/(?:(?:BatchNorm|batch_normalization)/)?(\w+)")
_OF_NORM = ("gamma", "beta", "moving_mean", "moving_variance")
_HINTS = {"attention": "attention", "autoencoder": "autoenc|reduc|expand", "whitening": "whiten|embedding"}


@dataclass(frozen=True)
class Layer:
    """A layer of a head.

    Attributes:
        scope: what the names of its variables begin with.
        variables: what it holds ("weights", "gamma") to the variable's name.
        channels, out_channels: what it takes and gives.
    """

    scope: str
    channels: int
    out_channels: int
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def is_normed(self) -> bool:
        """Whether batch normalisation follows."""
        return any(kind in self.variables for kind in _OF_NORM)

    def named(self, place: str, norm: str = "") -> dict[str, str]:
        """Return our names of its variables, in `place`, those of batch normalisation in `norm`."""
        return {f"{norm if kind in _OF_NORM else place}.{KINDS[kind]}": name for kind, name in self.variables.items()}


def find_heads(shapes: Mapping[str, tuple[int, ...]], source: Path) -> dict[str, str]:
    """Return our names of the variables of attention, autoencoder and whitening: at least of the first or the last.

    Args:
        shapes: of the variables outside the backbone.
        source: for messages.

    Raises:
        ModelError: there is neither, several layers would fit, or one is left over.
    """
    layers = _layers(shapes, source)
    attention = [
        (reduce, score)
        for score in layers
        if score.out_channels == 1
        for reduce in layers
        if reduce.is_normed and (reduce.channels, reduce.out_channels) == (LOCAL, score.channels)
    ]
    autoencoder = [
        (encoder, decoder)
        for encoder in layers
        for decoder in layers
        if encoder is not decoder and not encoder.is_normed and not decoder.is_normed
        if encoder.channels == decoder.out_channels == LOCAL and encoder.out_channels == decoder.channels
    ]
    whitening = [(layer,) for layer in layers if layer.channels == DEEP and not layer.is_normed]
    if not attention and (autoencoder or not whitening):
        raise ModelError(
            f"{source}: has no attention head, 1x1 convolutions from {LOCAL} channels to 1; no DELF or DELG"
        )
    ours: dict[str, str] = {}
    if attention:
        reduce, score = _only("attention", attention, source)
        ours |= reduce.named("attention.reduce", "attention.norm") | score.named("attention.score")
    if autoencoder:
        encoder, decoder = _only("autoencoder", autoencoder, source)
        ours |= encoder.named("autoencoder.encoder") | decoder.named("autoencoder.decoder")
    if whitening:
        ours |= _only("whitening", whitening, source)[0].named("whitening")
    left = sorted(set(shapes) - set(ours.values()))
    if left:
        raise ModelError(f"{source}: variables of no known place: {shown(left)}; not a network that can be imported")
    return ours


def _layers(shapes: Mapping[str, tuple[int, ...]], source: Path) -> list[Layer]:
    """Group variables into layers.

    Raises:
        ModelError: a variable belongs to no 1x1 convolution or dense layer.
    """
    groups: dict[str, dict[str, str]] = {}
    for name in shapes:
        found = _VARIABLE.fullmatch(name)
        if found is None or found[2] not in KINDS:
            raise ModelError(f"{source}: a variable of no known place: {name}; not a network that can be imported")
        groups.setdefault(found[1], {})[found[2]] = name
    layers = []
    for scope, variables in groups.items():
        shape = shapes[variables.get("weights", variables.get("kernel", next(iter(variables.values()))))]
        if len(shape) not in (2, 4) or any(side != 1 for side in shape[:-2]):
            raise ModelError(f"{source}: {scope} is no 1x1 convolution or dense layer (shape {shape})")
        layers.append(Layer(scope, shape[-2], shape[-1], variables))
    return layers


def _only(head: str, fitting: Sequence[tuple[Layer, ...]], source: Path) -> tuple[Layer, ...]:
    """Return the one that fits, or of several the one that is called like it.

    Raises:
        ModelError: several are, or none of several.
    """
    hinted = [layers for layers in fitting if all(re.search(_HINTS[head], layer.scope) for layer in layers)]
    for choice in (fitting, hinted):
        if len(choice) == 1:
            return choice[0]
    told = "; ".join(" with ".join(layer.scope for layer in layers) for layers in fitting)
    raise ModelError(f"{source}: several layers fit as its {head}: {told}; it is not known which one is meant")
