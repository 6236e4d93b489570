"""The model card: the JSON beside an ONNX file that says all that is needed to use and to judge it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glocal.errors import ModelError
from glocal.extraction.preset import Preset
from glocal.features import LocalKind

FORMAT = 1


@dataclass(frozen=True)
class LocalMap:
    """The grid of local features: cell (row i, column j) is centred on input pixel (x, y) = offset + stride * (j, i).

    Attributes:
        stride: input pixels between neighbouring cells.
        offset: input pixel (centres at integers) of cell 0.
        receptive_field: side in input pixels of the square that a cell sees.
        dimensions: length C of a local descriptor.
        attention_threshold: least attention a kept feature must have.
        kind: how descriptors are kept and compared: their signs as bits, or "float16" for evaluation.
    """

    stride: float
    offset: float
    receptive_field: int
    dimensions: int
    attention_threshold: float
    kind: LocalKind = "binary"

    def to_dict(self) -> dict[str, Any]:
        """Return the form a model card holds; the usual kind is not written, as in cards of before there were two."""
        return {name: value for name, value in vars(self).items() if (name, value) != ("kind", "binary")}


@dataclass(frozen=True)
class NetworkFile:
    """One file of a model, a network or its words: its name beside the card, checksum (hex) and size in bytes."""

    name: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class ModelCard:
    """What a model is. `training` and `results` are free-form JSON for people; all else is checked.

    Attributes:
        local: the grid of local features; None for a model that has a global descriptor alone.
        mean, std: per RGB channel; the network's input is (pixel - mean) / std.
        global_dimensions: length D of the global descriptor.
        files: precision ("float32", "int8") to network file.
        calibration: preset to what `glocal.matching.Calibration.from_dict` reads; None for a model without any.
        resize: how pictures are resized, a name that `resizing_of` knows.
        fusion_power: p of the generalised mean over scales of global descriptors; 1 is the mean.
        projection: file of a whitening behind that mean, or None: `.npy` of [1 + D, C] float32, what to subtract from
            a descriptor [C], then the rows to multiply it by.
        words: the visual words of its local codes (.npy), or None for a model without them.
    """

    name: str
    architecture: str
    backbone: str
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    local: LocalMap | None
    global_dimensions: int
    presets: dict[str, Preset]
    files: dict[str, NetworkFile]
    calibration: dict[str, dict[str, Any]] | None
    training: dict[str, Any]
    results: dict[str, Any]
    licence: str
    resize: str = "area"
    fusion_power: float = 1.0
    projection: NetworkFile | None = None
    words: NetworkFile | None = None

    @classmethod
    def read(cls, path: Path) -> ModelCard:
        """Read a card.

        Raises:
            ModelError: the file is missing, is not a card, or is of a newer format.
        """
        try:
            fields = json.loads(path.read_text("utf-8"))
        except OSError as error:
            raise ModelError(f"{path}: cannot read the model card ({error.strerror})") from error
        except ValueError as error:
            raise ModelError(f"{path}: not a model card (no valid JSON); name the .json file of a model") from error
        if not isinstance(fields, dict) or "format" not in fields:
            raise ModelError(f"{path}: not a model card; name the .json file of a model")
        if fields["format"] != FORMAT:
            raise ModelError(f"{path}: card format {fields['format']} is not {FORMAT}; upgrade glocal")
        try:
            return cls.from_dict(fields)
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"{path}: the model card is damaged: {error!r}") from error

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> ModelCard:
        """Build a card from its JSON form.

        Raises:
            KeyError, TypeError, ValueError: a field is missing or of the wrong kind.
            ModelError: a preset is out of range.
        """
        return cls(
            name=fields["name"],
            architecture=fields["architecture"],
            backbone=fields["backbone"],
            mean=_rgb(fields["input"]["mean"]),
            std=_rgb(fields["input"]["std"]),
            local=None if fields["local"] is None else LocalMap(**fields["local"]),
            global_dimensions=int(fields["global"]["dimensions"]),
            presets={name: Preset.from_dict(name, preset) for name, preset in fields["presets"].items()},
            files={precision: NetworkFile(**file) for precision, file in fields["files"].items()},
            calibration=_by_preset(fields["calibration"]),
            training=fields["training"],
            results=fields["results"],
            licence=fields["licence"],
            resize=fields["input"].get("resize", "area"),
            fusion_power=float(fields["global"].get("fusion_power", 1.0)),
            projection=NetworkFile(**fields["global"]["projection"]) if "projection" in fields["global"] else None,
            words=NetworkFile(**fields["words"]) if fields.get("words") else None,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form that `from_dict` reads; what only imported models have is left out of other cards."""
        resize = {} if self.resize == "area" else {"resize": self.resize}
        fusion = {} if self.fusion_power == 1.0 else {"fusion_power": self.fusion_power}
        projection = {} if self.projection is None else {"projection": vars(self.projection)}
        return {
            "format": FORMAT,
            "name": self.name,
            "architecture": self.architecture,
            "backbone": self.backbone,
            "licence": self.licence,
            "input": {"mean": list(self.mean), "std": list(self.std), **resize},
            "local": None if self.local is None else self.local.to_dict(),
            "global": {"dimensions": self.global_dimensions, **fusion, **projection},
            "presets": {name: preset.to_dict() for name, preset in self.presets.items()},
            "files": {precision: vars(file) for precision, file in self.files.items()},
            **({"words": vars(self.words)} if self.words else {}),
            "calibration": self.calibration,
            "training": self.training,
            "results": self.results,
        }

    def calibration_for(self, preset: str) -> dict[str, Any] | None:
        """Return the calibration of a preset; of another preset if this one has none, and None if none has."""
        if not self.calibration:
            return None
        return self.calibration.get(preset) or next(iter(self.calibration.values()))

    def fingerprint(self, preset: Preset, precision: str) -> str:
        """Hash all that decides the features of a photo, and nothing else.

        Two collections with the same fingerprint hold comparable features; a corrected result or a new
        calibration in the card does not change it. Nor does leaving features out (see `worth`): those that stay are
        the same, and what only one of two photos has finds no partner.
        """
        deciding = self.to_dict()
        kept = {key: deciding[key] for key in ("input", "local", "global")}
        kept["preset"] = preset.to_dict()
        kept["network"] = self.files[precision].sha256
        return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def _by_preset(calibration: dict[str, Any] | None) -> dict[str, dict[str, Any]] | None:
    """Return a card's calibrations by preset. Older cards have one, for the preset that it names."""
    if calibration is None or "verified" not in calibration:
        return calibration
    return {str(calibration.get("fitted_on", {}).get("preset", "fast")): calibration}


def _rgb(values: list[float]) -> tuple[float, float, float]:
    red, green, blue = map(float, values)
    return red, green, blue
