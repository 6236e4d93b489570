"""The global index: a cache beside the catalog that finds photos by their global descriptors."""

from glocal.collection.index.global_index import GlobalIndex

__all__ = [
    "GlobalIndex",
]
