"""Image search that finds photos of the same thing, and proves it.

import glocal

with glocal.Collection.create("collection", glocal.load_model()) as collection:
    collection.add("photos")
    for hit in collection.search("query.jpg"):
        print(hit.path, hit.similarity, hit.inliers, hit.probability)
"""

from glocal import showing
from glocal.cluster import Cluster
from glocal.collection import AddReport, Candidate, Collection, Counts, Hit, PhotoRecord, Ranking, SearchOptions, Where
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
]

showing.shown_by("glocal.drawing.results")
