"""The model card: the JSON beside an ONNX file that says all that is needed to use and to judge it."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast, get_args

from glocal.errors import ModelError
from glocal.extraction.card_fields import file_name, mapping, number, numbers, read_json, text, whole
from glocal.extraction.preset import Preset
from glocal.features import LocalKind

FORMAT = 1

MOST_DIMENSIONS = 65_536
MOST_PIXELS = 65_536
MOST_BYTES = 1 << 40
"""Bounds that tell a damaged card; no network comes near them."""


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

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> LocalMap:
        """Read the form a card holds. Raises as `ModelCard.from_dict`."""
        kind = text({"kind": "binary", **fields}, "kind")
        if kind not in get_args(LocalKind):
            raise ValueError(f"kind must be one of {', '.join(get_args(LocalKind))}, not {kind!r:.40}")
        return cls(
            stride=number(fields, "stride", 1, MOST_PIXELS),
            offset=number(fields, "offset", -MOST_PIXELS, MOST_PIXELS),
            receptive_field=whole(fields, "receptive_field", 1, MOST_PIXELS),
            dimensions=whole(fields, "dimensions", 1, MOST_DIMENSIONS),
            attention_threshold=number(fields, "attention_threshold", -1e6, 1e6),
            kind=cast("LocalKind", kind),
        )


@dataclass(frozen=True)
class NetworkFile:
    """One file of a model, a network or its words: its name beside the card, checksum (hex) and size in bytes."""

    name: str
    sha256: str
    bytes: int

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> NetworkFile:
        """Read the form a card holds. Raises as `ModelCard.from_dict`."""
        sha256 = text(fields, "sha256")
        if re.fullmatch("[0-9a-f]{64}", sha256) is None:
            raise ValueError(f"sha256 must be 64 hexadecimal digits, not {sha256!r:.80}")
        return cls(file_name(fields, "name"), sha256, whole(fields, "bytes", 0, MOST_BYTES))


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
        fields = read_json(path)
        if not isinstance(fields, dict) or "format" not in fields:
            raise ModelError(f"{path}: not a model card; name the .json file of a model")
        if fields["format"] != FORMAT:
            raise ModelError(f"{path}: card format {fields['format']} is not {FORMAT}; upgrade glocal")
        try:
            return cls.from_dict(fields)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            reason = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            raise ModelError(f"{path}: the model card is damaged: {reason}; install the model again") from error

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> ModelCard:
        """Build a card from its JSON form.

        Raises:
            KeyError, TypeError, ValueError: a field is missing or of the wrong kind.
            ModelError: a preset is out of range.
        """
        presets, files, scale, pooled = (mapping(fields, name) for name in ("presets", "files", "input", "global"))
        if not presets or not files:
            raise ValueError("presets and files must each have an entry")
        return cls(
            name=text(fields, "name"),
            architecture=text(fields, "architecture"),
            backbone=text(fields, "backbone"),
            mean=_rgb(numbers(scale, "mean", -1e6, 1e6)),
            std=_rgb(numbers(scale, "std", 1e-6, 1e6)),
            local=None if fields["local"] is None else LocalMap.from_dict(mapping(fields, "local")),
            global_dimensions=whole(pooled, "dimensions", 1, MOST_DIMENSIONS),
            presets={name: Preset.from_dict(name, mapping(presets, name)) for name in presets},
            files={precision: NetworkFile.from_dict(mapping(files, precision)) for precision in files},
            calibration=_by_preset(None if fields["calibration"] is None else mapping(fields, "calibration")),
            training=mapping(fields, "training"),
            results=mapping(fields, "results"),
            licence=text(fields, "licence"),
            resize=text({"resize": "area", **scale}, "resize"),
            fusion_power=number({"fusion_power": 1.0, **pooled}, "fusion_power", 1e-3, 1e3),
            projection=NetworkFile.from_dict(mapping(pooled, "projection")) if "projection" in pooled else None,
            words=NetworkFile.from_dict(mapping(fields, "words")) if fields.get("words") else None,
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


def _rgb(values: tuple[float, ...]) -> tuple[float, float, float]:
    if len(values) != 3:
        raise ValueError(f"mean and std must have three numbers, not {len(values)}")
    red, green, blue = values
    return red, green, blue
