"""A peer of extraction: DELG over ResNet-50 in PyTorch at the paper's scales, one photo after the other.

The weights are random: they change what is found, not how long it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from glocal.extraction import Preset
from glocal.extraction.pyramid import pyramid
from glocal.images import photo_size, read_photo

BACKBONE = "resnet50"
GLOBAL_DIMENSIONS = 2048
MEAN, STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
"""Of ImageNet, per RGB channel."""


def torch_delg(paths: Sequence[Path], preset: Preset, threads: int) -> Callable[[], None] | None:
    """Return what runs the network on the photos, from JPEG on disk to its maps; None without PyTorch and timm.

    Args:
        paths: of the photos.
        preset: the paper's image pyramid.
        threads: of PyTorch.
    """
    if find_spec("torch") is None or find_spec("timm") is None:
        return None
    import torch

    from glocal.models.backbone import create_backbone
    from glocal.models.delg import Delg
    from glocal.models.network import Extractor

    network: Any = Extractor(Delg(create_backbone(BACKBONE), global_dimensions=GLOBAL_DIMENSIONS)).eval()

    def extract() -> None:
        before = torch.get_num_threads()
        torch.set_num_threads(threads)
        with torch.inference_mode():
            for path in paths:
                size = photo_size(path)
                for level in pyramid(read_photo(path, fit=preset.max_side), size, preset, max(size)):
                    picture = (level.picture - np.array(MEAN, np.float32)) / np.array(STD, np.float32)
                    network(torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1)[None])))
        torch.set_num_threads(before)

    return extract
