"""Which model a collection was indexed with: only that one can search it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Protocol

from glocal.arrays import ByteArray
from glocal.errors import CollectionError, ModelError, PhotoError
from glocal.extraction import ModelCard, Preset, load_model
from glocal.features import Features, Region
from glocal.images import Photo
from glocal.orientation import Orientation


class Extractor(Protocol):
    """What a collection needs of a model; `glocal.extraction.Model` is one."""

    @property
    def card(self) -> ModelCard:
        """All that is known of the model."""

    @property
    def preset(self) -> Preset:
        """The image pyramid in use."""

    @property
    def precision(self) -> str:
        """Which of the card's networks runs."""

    @property
    def source(self) -> str:
        """What `load_model` takes to get it again."""

    @property
    def fingerprint(self) -> str:
        """Hash of all that decides the features."""

    def extract(self, photo: Photo, region: Region | None = None) -> Features:
        """Compute the features of a photo, or of a region of it."""

    def extract_looks(
        self, photo: Photo, region: Region | None, orientations: Sequence[Orientation], zooms: Sequence[float]
    ) -> tuple[list[Features], list[Features]]:
        """Compute the features of a photo laid down in several ways, upright first, in pixels of the photo so laid.

        And, for each zoom, those of the upright photo with local ones of the photo `zoom` times as large instead.
        """

    def visual_words(self) -> ByteArray | None:
        """Return the words by which local codes are listed, [groups, 1 + words of each, B/8]; None: there are none."""

    def extract_many(self, photos: Iterable[Path]) -> Iterator[tuple[Path, Features | PhotoError]]:
        """Yield (path, features or why it cannot be read) in the order given; the caller's thread reads `photos`."""


@dataclass(frozen=True)
class ModelIdentity:
    """How a collection remembers its model.

    Attributes:
        name: for people.
        source, preset, precision: what `load_model` takes to get it again.
        fingerprint: hash of all that decides the features; two models with the same one are the same.
        dimensions: length D of the global descriptor, in decimal.
    """

    name: str
    source: str
    preset: str
    precision: str
    fingerprint: str
    dimensions: str

    @classmethod
    def of(cls, model: Extractor) -> ModelIdentity:
        """Describe a model."""
        dimensions = str(model.card.global_dimensions)
        return cls(model.card.name, model.source, model.preset.name, model.precision, model.fingerprint, dimensions)

    @classmethod
    def from_meta(cls, meta: Mapping[str, str]) -> ModelIdentity:
        """Read what `to_meta` wrote.

        Raises:
            CollectionError: something is missing.
        """
        try:
            return cls(**{field.name: meta[f"model_{field.name}"] for field in fields(cls)})
        except KeyError as error:
            raise CollectionError(f"the catalog is damaged: it lacks {error}; restore a backup") from error

    def to_meta(self) -> dict[str, str]:
        """Return the form the catalog stores."""
        return {f"model_{key}": value for key, value in asdict(self).items()}

    def load(self) -> Extractor:
        """Load the model again.

        Raises:
            ModelError: it is gone, or it is another one now.
        """
        model = load_model(self.source, preset=self.preset, precision=self.precision)
        self.require(model)
        return model

    def require(self, model: Extractor) -> None:
        """Refuse another model than this one.

        Raises:
            ModelError: the models differ.
        """
        if model.fingerprint != self.fingerprint:
            other = ModelIdentity.of(model)
            raise ModelError(
                f"the collection was indexed with {self._told_from(other)}, not with {other._told_from(self)}; "
                "use that model, or index the photos into a new folder"
            )

    def _told_from(self, other: ModelIdentity) -> str:
        text = f"model {self.name} (preset {self.preset}, {self.precision})"
        if text == f"model {other.name} (preset {other.preset}, {other.precision})":
            text += f" of fingerprint {self.fingerprint[:12]}"
        return text
