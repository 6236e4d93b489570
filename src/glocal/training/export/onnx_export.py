"""`export`: from a trained model to ONNX files and a card, checked against PyTorch before it is given out."""

from __future__ import annotations

import hashlib
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from glocal.errors import ModelError
from glocal.extraction import OUTPUTS, LocalMap, ModelCard, NetworkFile, Preset
from glocal.files import write_json, write_whole
from glocal.models.geometry import local_receptive_field
from glocal.models.imagenet import Normalisation, normalisation_of
from glocal.models.network import Extractor, SearchNetwork
from glocal.onnx_runtime import ort
from glocal.training.checkpoint import Checkpoint, load_checkpoint
from glocal.training.export.halving import store_halved
from glocal.training.export.quantise import quantise
from glocal.training.objective import empty_network

OPSET = 17
SIZES = ((64, 64), (97, 161), (224, 160), (255, 321))
"""(height, width) at which the exported network is compared with PyTorch: square, odd, both ways round."""

TOLERANCE = 1e-4
HALVED_TOLERANCE = 5e-2
"""Of the file that is written, whose weights are rounded to 16 bits."""

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

    Raises:
        TrainingError: the checkpoint cannot be read.
        ModelError: the exported network differs from PyTorch by more than 1e-4 relative, or 5e-2 once its weights are
            stored in 16 bits.
    """
    saved = load_checkpoint(checkpoint)
    network = empty_network(saved.recipe.network)
    network.load_state_dict(saved.tensors)
    normalisation = normalisation_of(saved.recipe.network.backbone)
    out.mkdir(parents=True, exist_ok=True)
    extractor = Extractor(network).eval()
    exported = to_onnx(extractor)
    check_onnx(exported, extractor)
    halved = store_halved(exported)
    check_onnx(halved, extractor, HALVED_TOLERANCE)
    files = {"float32": _write(out / f"{name}.onnx", halved)}
    if calibration_photos:
        small = quantise(exported, calibration_photos, normalisation)
        files["int8"] = _write(out / f"{name}-int8.onnx", small)
    card = _card(name, network, saved, normalisation, files, licence, dict(facts or {}), dict(results or {}))
    path = out / f"{name}.json"
    write_json(path, card.to_dict())
    return path


def to_onnx(extractor: Extractor) -> bytes:
    """Return the network as ONNX: input "image" [1, 3, H, W], outputs as `glocal.extraction` expects them."""
    axes = {"image": {2: "height", 3: "width"}}
    maps = {2: "rows", 3: "columns"}
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        # The exporter folds the constants of padding, and says so in a warning for each.
        warnings.simplefilter("ignore")
        path = Path(folder) / "network.onnx"
        torch.onnx.export(
            extractor,
            (torch.zeros(1, 3, 96, 128),),
            str(path),
            dynamo=False,
            opset_version=OPSET,
            input_names=["image"],
            output_names=list(OUTPUTS),
            dynamic_axes=axes | {"descriptors": maps, "attention": maps},
        )
        return path.read_bytes()


def check_onnx(network: bytes, extractor: Extractor, tolerance: float = TOLERANCE) -> float:
    """Compare the ONNX network with PyTorch at several sizes and return the largest relative difference.

    Relative to the largest value of an output, on random images.

    Raises:
        ModelError: it is more than `tolerance`.
    """
    session = ort.InferenceSession(network, providers=["CPUExecutionProvider"])
    worst = 0.0
    for height, width in SIZES:
        image = np.random.default_rng(height).standard_normal((1, 3, height, width)).astype(np.float32)
        with torch.no_grad():
            expected = extractor(torch.from_numpy(image))
        for name, value, wanted in zip(OUTPUTS, session.run(OUTPUTS, {"image": image}), expected, strict=True):
            worst = max(worst, _difference(name, value, wanted.numpy()))
    if worst > tolerance:
        raise ModelError(f"the exported network differs from PyTorch by {worst:.1e}; the limit is {tolerance:.0e}")
    return worst


def _difference(name: str, value: NDArray[np.float32], wanted: NDArray[np.float32]) -> float:
    if value.shape != wanted.shape:
        raise ModelError(f"the exported network's {name} has shape {value.shape}, PyTorch's {wanted.shape}")
    return float(np.abs(value - wanted).max() / max(float(np.abs(wanted).max()), 1e-12))


def _write(path: Path, network: bytes) -> NetworkFile:
    onnx.checker.check_model(network)
    write_whole(path, network)
    return NetworkFile(path.name, hashlib.sha256(network).hexdigest(), len(network))


def _card(
    name: str,
    network: SearchNetwork,
    saved: Checkpoint,
    normalisation: Normalisation,
    files: dict[str, NetworkFile],
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
        files=files,
        calibration=None,
        training={**facts, "run": saved.facts, "recipe": saved.recipe.model_dump(mode="json")},
        results=results,
        licence=licence,
    )
