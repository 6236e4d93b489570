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

from glocal.cluster.cluster import open_shard
from glocal.collection import AddReport, DelegatingExtractor, Extractor, ModelIdentity
from glocal.errors import GlocalError, PhotoError
from glocal.features import Features
from glocal.images import isolated_decoders

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


class RemoteExtractor(DelegatingExtractor):
    """The model of a collection, which has photos that are added extracted by actors.

    Args:
        model: for all else.
        extractors: handles of `ExtractorActor`, at least one.
    """

    def __init__(self, model: Extractor, extractors: Sequence[Any]) -> None:
        self._asked = model
        self._extractors = extractors

    @property
    def _model(self) -> Extractor:
        return self._asked

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
