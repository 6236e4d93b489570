"""What a reader of others' weights makes of them: a network of ours, its weights, and how the original uses it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from glocal.extraction import Preset
from glocal.models.network import SearchNetwork
from glocal.training.network_settings import Network
from glocal.training.objective import empty_network

Family = Literal["feymanpriv-delg", "feymanpriv-dolg", "tf2", "tf-slim", "cirtorch", "resnet"]
FAMILIES: tuple[Family, ...] = get_args(Family)


@dataclass(frozen=True, eq=False)
class Projection:
    """Whitening behind the fusion of scales: matrix @ (x - mean), then length 1.

    Attributes:
        mean: [C] float32.
        matrix: [D, C] float32.
    """

    mean: NDArray[np.float32]
    matrix: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Imported:
    """Weights of others in a network of ours.

    Attributes:
        family: whose code wrote them.
        source: the file or files they come from.
        settings: the network.
        tensors: its weights, in our names.
        resize: how the original resizes, a name of `glocal.extraction`.
        attention_threshold: least attention of a local feature; None if the original states none.
        presets: the image pyramids to offer; the original's is "paper".
        fusion_power: p of the generalised mean over scales of the global descriptors.
        projection: whitening behind the fusion of scales, or None.
        left_aside: names of variables that take no part in extraction, such as classifiers and optimiser slots.
    """

    family: Family
    source: Path
    settings: Network
    tensors: Mapping[str, Tensor]
    resize: str
    presets: Mapping[str, Preset]
    attention_threshold: float | None = None
    fusion_power: float = 1.0
    projection: Projection | None = None
    left_aside: tuple[str, ...] = field(default=())

    def network(self) -> SearchNetwork:
        """Return the network with its weights, ready to extract; local descriptors are the original's."""
        network = empty_network(self.settings)
        network.load_state_dict(dict(self.tensors), strict=False)
        if network.pca is not None:
            torch.nn.init.dirac_(network.pca.encoder.weight)
            network.pca.encoder.bias.data.zero_()  # type: ignore[union-attr]
        return network.eval()
