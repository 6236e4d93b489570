"""Image search that finds photos of the same thing, and proves it.

import glocal

with glocal.Collection.create("collection", glocal.load_model()) as collection:
    collection.add("photos")
    for hit in collection.search("query.jpg"):
        print(hit.path, hit.similarity, hit.inliers, hit.probability)
"""

from glocal.collection import AddReport, Collection, Hit, Ranking
from glocal.errors import CollectionError, GlocalError, ModelError, PhotoError, RegionError
from glocal.extraction import Model, load_model
from glocal.features import CompactFeatures, Features
from glocal.pair import Pair, match

__all__ = [
    "AddReport",
    "Collection",
    "CollectionError",
    "CompactFeatures",
    "Features",
    "GlocalError",
    "Hit",
    "Model",
    "ModelError",
    "Pair",
    "PhotoError",
    "Ranking",
    "RegionError",
    "load_model",
    "match",
]
