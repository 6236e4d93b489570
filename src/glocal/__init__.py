"""Image search that finds photos of the same thing, and proves it.

import glocal

with glocal.Collection.create("collection", glocal.load_model()) as collection:
    collection.add("photos")
    for hit in collection.search("query.jpg"):
        print(hit.path, hit.similarity, hit.inliers, hit.probability)
"""

from importlib import import_module
from typing import TYPE_CHECKING

from glocal import showing

if TYPE_CHECKING:
    from glocal.cluster import Cluster, serve_shards
    from glocal.collection import (
        AddReport,
        Candidate,
        Collection,
        Counts,
        Hit,
        PhotoRecord,
        Ranking,
        SearchOptions,
        Where,
    )
    from glocal.errors import (
        CollectionError,
        ConditionError,
        GlocalError,
        ModelError,
        PhotoError,
        RegionError,
        UnknownPhotoError,
    )
    from glocal.extraction import Model, load_model
    from glocal.features import CompactFeatures, Features, View
    from glocal.images import isolated_decoders
    from glocal.pair import Pair, match

__all__ = [
    "AddReport",
    "Candidate",
    "Cluster",
    "Collection",
    "CollectionError",
    "CompactFeatures",
    "ConditionError",
    "Counts",
    "Features",
    "GlocalError",
    "Hit",
    "Model",
    "ModelError",
    "Pair",
    "PhotoError",
    "PhotoRecord",
    "Ranking",
    "RegionError",
    "SearchOptions",
    "UnknownPhotoError",
    "View",
    "Where",
    "isolated_decoders",
    "load_model",
    "match",
    "serve_shards",
]

_ROOMS = ("errors", "features", "images", "extraction", "pair", "collection", "cluster")
"""Where the public names are, the quickest to import first."""

if not TYPE_CHECKING:  # a type checker would take every name for one that is here

    def __getattr__(name: str) -> object:
        """Import what is asked for: a second of work that `glocal --version` does without."""
        if name in __all__:
            for room in _ROOMS:
                value = getattr(import_module(f"glocal.{room}"), name, None)
                if value is not None:
                    globals()[name] = value
                    return value
        raise AttributeError(f"module 'glocal' has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})


showing.shown_by("glocal.drawing.results")
