"""The global index: a cache beside the catalog that finds photos by their global descriptors."""

from glocal.collection.index.global_index import GlobalIndex
from glocal.collection.index.index_file import damaged_index_files
from glocal.collection.index.index_names import forget_index_files

__all__ = [
    "GlobalIndex",
    "damaged_index_files",
    "forget_index_files",
]
