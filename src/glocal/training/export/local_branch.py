"""An exported model that keeps the local features of another, and has a global descriptor of its own."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from glocal.errors import ModelError
from glocal.extraction import ModelCard, read_card
from glocal.training.export.branches import check_same_trunk, with_global_branch


def with_local_branch_of(
    giver: Path, networks: Mapping[str, bytes], card: ModelCard, out: Path
) -> tuple[dict[str, bytes], ModelCard]:
    """Return networks and card with the local features, words and presets of another model; write the words.

    Args:
        giver: the other model's card.
        networks: precision to ONNX network; their global branch is kept.
        card: of them.
        out: folder that the words are written into.

    Raises:
        ModelError: the other model lies in `out`, has no such precision, or differs before the local map.
    """
    known = read_card(giver)
    if out.resolve() == giver.resolve().parent:
        raise ModelError(f"{out}: holds the model whose local features are to be kept; name another folder")
    missing = sorted(networks.keys() - known.files.keys())
    if missing:
        raise ModelError(f"{giver}: has no network in {missing[0]}; export without it")
    givers = {precision: (giver.parent / known.files[precision].name).read_bytes() for precision in networks}
    check_same_trunk(givers["float32"], networks["float32"])
    joined = {precision: with_global_branch(givers[precision], network) for precision, network in networks.items()}
    if known.words is not None:
        shutil.copyfile(giver.parent / known.words.name, out / known.words.name)
    training = {**card.training, "local_features": known.training}
    return joined, replace(card, local=known.local, words=known.words, presets=known.presets, training=training)
