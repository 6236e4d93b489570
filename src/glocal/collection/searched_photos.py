"""The photos of one collection, searched by its own indexes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from glocal.collection.annotated_photos import AnnotatedPhotos
from glocal.collection.catalog import INDEX, Catalog
from glocal.collection.index import GlobalIndex
from glocal.collection.local_index import LocalIndex, VisualWords
from glocal.collection.model_identity import Extractor, ModelIdentity
from glocal.collection.photo_search import PhotoSearch
from glocal.collection.reading import CollectionReading, Indexes


class SearchedPhotos(AnnotatedPhotos, PhotoSearch):
    """The photos of one collection, with the model and the indexes that find them; safe to use from several threads."""

    def __init__(self, directory: Path, catalog: Catalog, identity: ModelIdentity, model: Extractor | None) -> None:
        AnnotatedPhotos.__init__(self, directory, catalog)
        PhotoSearch.__init__(self, identity, model)
        self._index = GlobalIndex(directory / INDEX, int(identity.dimensions))
        self._opened: Indexes | None = None

    @property
    def indexes(self) -> Indexes:
        """What candidates are found by.

        Raises:
            ModelError: the model is gone, or its visual words are damaged.
        """
        if self._opened is None:
            words = self.model.visual_words()
            local = None if words is None else LocalIndex(self.directory, VisualWords.from_array(words))
            self._opened = Indexes(self._index, local)
        return self._opened

    @contextmanager
    def reading(self) -> Iterator[CollectionReading]:
        """Lend the photos as they are now: what one search reads."""
        with self._catalog.snapshot() as snapshot:
            yield CollectionReading(snapshot, self.indexes)

    def _level_indexes(self) -> None:
        """List what was saved by its words now: the next search should not have to wait for that."""
        if self.indexes.features is not None:
            with self._catalog.snapshot() as snapshot:
                self.indexes.features.level_with(snapshot)
