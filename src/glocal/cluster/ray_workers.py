"""What runs in processes of Ray: extractors, which have a network each, and one writer a shard.

A writer is `Collection.add`, as `glocal index` runs it, whose model asks the extractors. So what is committed stays,
what was not is done again, and nothing is stored twice, whoever is killed: Ray starts a writer or an extractor anew,
and a writer begins with what its shard lacks.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import ray

from glocal.arrays import ByteArray
from glocal.cluster.cluster import open_shard
from glocal.collection import AddReport, Extractor, ModelIdentity
from glocal.errors import GlocalError, PhotoError
from glocal.extraction import ModelCard, Preset
from glocal.features import Features, Region
from glocal.images import Photo, isolated_decoders
from glocal.orientation import Orientation

AHEAD_PER_EXTRACTOR = 2
"""Photos that a writer has asked of each extractor and not had back: the next is there when one is done."""


class ExtractorActor:
    """Extracts photos, one at a time and with one thread."""

    def __init__(self, identity: ModelIdentity) -> None:
        self._stack = ExitStack()  # of the process, which ends with it
        self._stack.enter_context(isolated_decoders())
        self._model = identity.load()

    def extract(self, path: Path) -> Features | PhotoError:
        """Return the features of a photo, or why it cannot be read."""
        return next(iter(self._model.extract_many([path])))[1]


class RemoteExtractor:
    """The model of a collection, which has photos that are added extracted by actors.

    Args:
        model: for all else.
        extractors: handles of `ExtractorActor`, at least one.
    """

    def __init__(self, model: Extractor, extractors: Sequence[Any]) -> None:
        self._model = model
        self._extractors = extractors

    @property
    def card(self) -> ModelCard:
        """All that is known of the model."""
        return self._model.card

    @property
    def preset(self) -> Preset:
        """The image pyramid in use."""
        return self._model.preset

    @property
    def precision(self) -> str:
        """Which of the card's networks runs."""
        return self._model.precision

    @property
    def source(self) -> str:
        """What `load_model` takes to get it again."""
        return self._model.source

    @property
    def fingerprint(self) -> str:
        """Hash of all that decides the features."""
        return self._model.fingerprint

    def visual_words(self) -> ByteArray | None:
        """Return the words by which local codes are listed."""
        return self._model.visual_words()

    def extract(self, photo: Photo, region: Region | None = None) -> Features:
        """Compute the features of a photo in this process."""
        return self._model.extract(photo, region)

    def extract_looks(
        self, photo: Photo, region: Region | None, orientations: Sequence[Orientation], zooms: Sequence[float]
    ) -> tuple[list[Features], list[Features]]:
        """Compute the features of a photo looked at in several ways, in this process."""
        return self._model.extract_looks(photo, region, orientations, zooms)

    def extract_many(self, photos: Iterable[Path]) -> Iterator[tuple[Path, Features | PhotoError]]:
        """Yield (path, features or why it cannot be read) in the order given, from the actors in turn."""
        source, turns = iter(photos), cycle(self._extractors)
        ahead = AHEAD_PER_EXTRACTOR * len(self._extractors)
        asked = deque((path, next(turns).extract.remote(path)) for path in islice(source, ahead))
        while asked:
            path, answer = asked.popleft()
            try:
                features: Features | PhotoError = ray.get(answer)
            except ray.exceptions.RayActorError as error:
                raise GlocalError(f"{path}: takes its extractor down; leave it out, and index again") from error
            asked.extend((path, next(turns).extract.remote(path)) for path in islice(source, 1))
            yield path, features


def write_shard(folder: Path, photos: Sequence[Path], identity: ModelIdentity, extractors: Sequence[Any]) -> AddReport:
    """Bring one shard level with the files of its photos.

    Raises:
        CollectionError: another process writes it, or it is damaged or cannot be written.
    """
    with open_shard(folder, RemoteExtractor(identity.load(), extractors)) as shard:
        return shard.add(photos)
