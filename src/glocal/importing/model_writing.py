"""An imported network as a model of glocal: ONNX files, card, and weights to train on from; all of it, or nothing."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from glocal.extraction import LocalKind, LocalMap, ModelCard, NetworkFile
from glocal.files import publish, unfinished
from glocal.importing.codes import CodeReport, bits_without_photos, learn_codes
from glocal.importing.imported import Family, Imported, Projection
from glocal.models.geometry import local_receptive_field
from glocal.models.network import Extractor, SearchNetwork
from glocal.training.checkpoint import Checkpoint, save_checkpoint
from glocal.training.export import check_onnx, quantise, to_onnx, write_network
from glocal.training.network_settings import Network
from glocal.training.recipe import Recipe
from glocal.training.recipe_parts import Start

LICENCES: dict[Family, str] = {
    "feymanpriv-delg": "none stated",
    "feymanpriv-dolg": "MIT (of the code; none stated for the weights)",
    "tf2": "Apache-2.0 (of the code; none stated for the weights)",
    "tf-slim": "Apache-2.0 (of the code; none stated for the weights)",
    "cirtorch": "MIT (of the code; none stated for the weights)",
    "resnet": "none stated",
}
"""What the authors of the code say; see docs/published-models.md."""

_RANGE_PHOTOS = 64
"""Photos that 8-bit ranges are measured on."""


@dataclass(frozen=True)
class ImportReport:
    """What was written.

    Attributes:
        card: path of the model card.
        codes: what binary codes of local descriptors cost, where they were learned on photos.
        left_aside: variables that take no part in extraction.
    """

    card: Path
    codes: CodeReport | None
    left_aside: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Finished:
    """The network as it is exported, its settings, and what was decided about its local features."""

    network: SearchNetwork
    settings: Network
    codes: CodeReport | None
    threshold: float
    kind: LocalKind


def write_model(
    imported: Imported, out: Path, name: str, *, photos: Sequence[Path] = (), float_local: bool = False
) -> ImportReport:
    """Write `<name>.onnx`, `<name>.safetensors`, the card `<name>.json`, and `<name>-int8.onnx` if there are photos.

    Files appear in `out` when all of them are whole, the card last.

    Args:
        imported: the network.
        out: folder to write into; made if missing.
        name: of the model and its files.
        photos: to learn binary codes and a threshold from, and to measure 8-bit ranges on.
        float_local: keep local descriptors as they are, in 16 bits, for evaluation.

    Raises:
        ModelError: too few photos, or the exported network differs from PyTorch.
    """
    finished = _finish(imported, photos, float_local=float_local)
    with tempfile.TemporaryDirectory(prefix="glocal-import-") as made:
        folder = Path(made)
        _write_files(imported, finished, folder, name, photos)
        out.mkdir(parents=True, exist_ok=True)
        for path in sorted(folder.iterdir(), key=lambda path: path.suffix == ".json"):
            with unfinished(out / path.name) as draft:
                shutil.copyfile(path, draft)
                publish(draft, out / path.name)
    return ImportReport(out / f"{name}.json", finished.codes, imported.left_aside)


def _finish(imported: Imported, photos: Sequence[Path], *, float_local: bool) -> _Finished:
    """Decide about local features: learn codes from photos, or do without."""
    network, settings, codes = imported.network(), imported.settings, None
    if network.has_local_features and not float_local:
        if photos:
            network, settings, codes = learn_codes(network, settings, photos)
        else:
            bits_without_photos(network, settings)
    threshold = imported.attention_threshold
    if threshold is None:
        threshold = 0.0 if codes is None else codes.median_attention
    return _Finished(network, settings, codes, threshold, "float16" if float_local else "binary")


def _write_files(imported: Imported, finished: _Finished, folder: Path, name: str, photos: Sequence[Path]) -> None:
    """Write all files of the model."""
    extractor = Extractor(finished.network).eval()
    exported = to_onnx(extractor)
    check_onnx(exported, extractor)
    files = {"float32": write_network(folder / f"{name}.onnx", exported)}
    if photos:
        ranges = [photos[int(row)] for row in np.unique(np.linspace(0, len(photos) - 1, _RANGE_PHOTOS).round())]
        small = quantise(exported, ranges, finished.settings.normalisation)
        files["int8"] = write_network(folder / f"{name}-int8.onnx", small)
    projection = None
    if imported.projection is not None:
        projection = _write_projection(imported.projection, folder / f"{name}-whitening.npy")
    card = _card(imported, finished, name, files, projection)
    facts = {"attention_threshold": finished.threshold, **card.training}
    recipe = Recipe(name=name, steps=0, network=finished.settings, start=Start(from_photos=False))
    tensors = dict(finished.network.state_dict())
    save_checkpoint(folder / f"{name}.safetensors", Checkpoint(tensors, recipe, facts))
    text = json.dumps(card.to_dict(), indent=2, ensure_ascii=False) + "\n"
    (folder / f"{name}.json").write_text(text, "utf-8")


def _write_projection(projection: Projection, path: Path) -> NetworkFile:
    np.save(path, np.vstack([projection.mean, projection.matrix]).astype(np.float32))
    content = path.read_bytes()
    return NetworkFile(path.name, hashlib.sha256(content).hexdigest(), len(content))


def _card(
    imported: Imported,
    finished: _Finished,
    name: str,
    files: dict[str, NetworkFile],
    projection: NetworkFile | None,
) -> ModelCard:
    settings, normalisation = finished.settings, finished.settings.normalisation
    dimensions = settings.global_dimensions if imported.projection is None else len(imported.projection.matrix)
    told: dict[str, Any] = {
        "imported": {"family": imported.family, "file": imported.source.name, "sha256": _sha256(imported.source)},
        "local_codes": "learned on photos" if finished.codes else None,
    }
    if finished.codes is not None:
        told["local_codes_cost"] = asdict(finished.codes)
    return ModelCard(
        name=name,
        architecture=settings.architecture,
        backbone=settings.backbone,
        mean=normalisation.mean,
        std=normalisation.std,
        local=_local_map(finished),
        global_dimensions=dimensions,
        presets=dict(imported.presets),
        files=files,
        calibration=None,
        training=told,
        results={},
        licence=LICENCES[imported.family],
        resize=imported.resize,
        fusion_power=imported.fusion_power,
        projection=projection,
    )


def _local_map(finished: _Finished) -> LocalMap | None:
    network = finished.network
    if not network.has_local_features:
        return None
    field = local_receptive_field(network.backbone, network.local_branch)
    dimensions = finished.settings.code_dimensions
    return LocalMap(float(field.stride), field.offset, field.size, dimensions, finished.threshold, finished.kind)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
