"""A model that several collections share, and which is loaded when one of them first needs it."""

from __future__ import annotations

from threading import Lock

from glocal.collection.delegating_extractor import DelegatingExtractor
from glocal.collection.model_identity import Extractor, ModelIdentity


class ModelWhenNeeded(DelegatingExtractor):
    """A model that is loaded once, by whatever is asked of it beyond its identity. Safe to use from threads.

    Args:
        identity: what `ModelIdentity.load` takes to get it.

    Raises (all that loads it):
        ModelError: it is gone, or it is another one now.
    """

    def __init__(self, identity: ModelIdentity) -> None:
        self._identity = identity
        self._loading = Lock()
        self._loaded: Extractor | None = None

    @property
    def precision(self) -> str:
        """Which of the card's networks runs; nothing is loaded for it."""
        return self._identity.precision

    @property
    def source(self) -> str:
        """What `load_model` takes to get it again; nothing is loaded for it."""
        return self._identity.source

    @property
    def fingerprint(self) -> str:
        """Hash of all that decides the features; nothing is loaded for it."""
        return self._identity.fingerprint

    @property
    def _model(self) -> Extractor:
        with self._loading:
            if self._loaded is None:
                self._loaded = self._identity.load()
            return self._loaded
