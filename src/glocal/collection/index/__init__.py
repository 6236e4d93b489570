"""The global index: a cache beside the catalog that finds photos by their global descriptors."""

from glocal.collection.index.global_index import GlobalIndex
from glocal.collection.index.index_file import is_sound_index

__all__ = [
    "GlobalIndex",
    "is_sound_index",
]
