"""Proof that an imported model computes what its original computed: its network, and the files that searching runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glocal.extraction import Model, ModelCard, Preset
from glocal.features import Features
from glocal.importing.imported import Imported
from glocal.importing.original import Original
from glocal.importing.parity import Comparison, compare, difference
from glocal.importing.reference import Reference

_MOST_SIDE = 8192


def verify_model(imported: Imported, card: Path, reference: Reference) -> Iterator[Comparison]:
    """Yield comparisons with a reference file: of the network in PyTorch, then of the written model as it is run.

    Args:
        imported: the network and its preprocessing.
        card: of the written model.
        reference: what the original computed.
    """
    original = Original.of(imported)
    yield from compare(original, reference)
    yield from _compare_written(ModelCard.read(card), card.parent, original, reference)


def _compare_written(card: ModelCard, folder: Path, original: Original, reference: Reference) -> Iterator[Comparison]:
    """Compare the ONNX model with the network in PyTorch: global descriptor of all scales, keypoints, attention.

    Only the descriptors of local features are left out, which may be codes learned on photos.
    """
    scales = tuple(float(scale) for scale in reference.settings.get("scales", reference.settings.get("ms", (1.0,))))
    most = int(reference.settings.get("max_feature_num", reference.settings.get("top_k", 1000)))
    local = () if card.local is None else scales
    preset = Preset("reference", _MOST_SIDE, local, scales, most if local else 0)
    least = reference.settings.get("score_threshold")
    if card.local is not None and least is not None:
        card = replace(card, local=replace(card.local, attention_threshold=float(least)))
    model = Model(card, folder, str(folder), preset, "float32")
    for number, picture in sorted(reference.pictures.items()):
        features = model.extract(picture)
        rows = original.descriptors(picture, scales)
        fused = original.fused(list(rows / np.linalg.norm(rows, axis=1, keepdims=True)))
        yield Comparison(f"model{number}_global", difference(features.global_descriptor, fused))
        if card.local is not None:
            attention = _attention_difference(features, original, picture, scales, card)
            yield Comparison(f"model{number}_attention", attention)


def _attention_difference(
    features: Features, original: Original, picture: NDArray[np.uint8], scales: tuple[float, ...], card: ModelCard
) -> float:
    """Return the difference between the attention of selected features, strongest first, and what PyTorch says."""
    assert card.local is not None
    maps: list[NDArray[Any]] = [original.see(picture, scale).raw.attention.numpy().ravel() for scale in scales]
    attention = np.sort(np.concatenate(maps))[::-1]
    attention = attention[attention >= card.local.attention_threshold][: len(features)]
    return difference(features.attention, attention)
