"""`export`: from a trained model to ONNX files and a card, checked against PyTorch before it is given out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from glocal.extraction import LocalMap, ModelCard, Preset
from glocal.files import write_json
from glocal.models.geometry import local_receptive_field
from glocal.models.imagenet import Normalisation
from glocal.models.network import Extractor, SearchNetwork
from glocal.training.checkpoint import Checkpoint, load_checkpoint
from glocal.training.export.halving import store_halved
from glocal.training.export.local_branch import with_local_branch_of
from glocal.training.export.onnx_file import HALVED_TOLERANCE, check_onnx, to_onnx, write_network
from glocal.training.export.quantisation import quantise
from glocal.training.objective import empty_network

SUFFIXES = {"float32": "", "int8": "-int8"}
"""What a network's file name has behind the model's."""

PAPER_SCALES = (0.25, 0.3535534, 0.5, 0.7071068, 1.0, 1.4142135, 2.0)
PRESETS = {
    "paper": Preset("paper", 1024, PAPER_SCALES, PAPER_SCALES[3:6], 1000),
    "fast": Preset("fast", 512, (0.5, 0.7071068, 1.0), (0.7071068, 1.0), 500),
}
"""`paper`: the published extraction settings (DELG, section 4.2)."""


def export(
    checkpoint: Path,
    out: Path,
    *,
    name: str,
    calibration_photos: Sequence[Path],
    facts: Mapping[str, Any] | None = None,
    results: Mapping[str, Any] | None = None,
    licence: str = "Apache-2.0",
    local_of: Path | None = None,
) -> Path:
    """Write `<name>.onnx`, `<name>-int8.onnx` and the card `<name>.json` into `out`; return the card.

    Weights of the first are stored in 16 bits and computed with in 32.

    Args:
        checkpoint: the `model.safetensors` of `train`.
        out: folder to write into; made if missing.
        name: of the model and its files.
        calibration_photos: photos like those it will see; ranges of the 8-bit network are measured on them.
            Without any, no 8-bit file is made.
        facts: more facts for the card's `training`, such as the data's licence.
        results: measured results for the card.
        licence: of the weights.
        local_of: card of a model whose local features, words and presets the new one shall have; the trained network is
            the same up to the local map.

    Raises:
        TrainingError: the checkpoint cannot be read.
        ModelError: the exported network differs from PyTorch by more than 1e-4 relative, or 5e-2 once its weights are
            stored in 16 bits; or `local_of` is another network.
    """
    saved = load_checkpoint(checkpoint)
    network = empty_network(saved.recipe.network)
    network.load_state_dict(saved.tensors)
    normalisation = saved.recipe.network.normalisation
    out.mkdir(parents=True, exist_ok=True)
    networks = _networks(Extractor(network).eval(), calibration_photos, normalisation)
    card = _card(name, network, saved, normalisation, licence, dict(facts or {}), dict(results or {}))
    if local_of is not None:
        networks, card = with_local_branch_of(local_of, networks, card, out)
    files = {
        precision: write_network(out / f"{name}{SUFFIXES[precision]}.onnx", networks[precision])
        for precision in networks
    }
    path = out / f"{name}.json"
    write_json(path, replace(card, files=files).to_dict())
    return path


def _networks(
    extractor: Extractor, calibration_photos: Sequence[Path], normalisation: Normalisation
) -> dict[str, bytes]:
    """Return the network in each precision, checked against PyTorch."""
    exported = to_onnx(extractor)
    check_onnx(exported, extractor)
    halved = store_halved(exported)
    check_onnx(halved, extractor, HALVED_TOLERANCE)
    networks = {"float32": halved}
    if calibration_photos:
        networks["int8"] = quantise(exported, calibration_photos, normalisation)
    return networks


def _card(
    name: str,
    network: SearchNetwork,
    saved: Checkpoint,
    normalisation: Normalisation,
    licence: str,
    facts: dict[str, Any],
    results: dict[str, Any],
) -> ModelCard:
    field = local_receptive_field(network.backbone, network.local_branch)
    local = LocalMap(
        stride=float(field.stride),
        offset=field.offset,
        receptive_field=field.size,
        dimensions=saved.recipe.network.code_dimensions,
        attention_threshold=saved.facts["attention_threshold"],
    )
    return ModelCard(
        name=name,
        architecture=saved.recipe.network.architecture,
        backbone=saved.recipe.network.backbone,
        mean=normalisation.mean,
        std=normalisation.std,
        local=local,
        global_dimensions=saved.recipe.network.global_dimensions,
        presets=PRESETS,
        files={},
        calibration=None,
        training={**facts, "run": saved.facts, "recipe": saved.recipe.model_dump(mode="json")},
        results=results,
        licence=licence,
    )
