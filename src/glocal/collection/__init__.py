"""A set of photos on disk: catalog, features, global index, search, duplicates."""

from glocal.collection.adding import AddReport, Progress
from glocal.collection.catalog import Counts, PhotoRecord, explained, pack, unpack, writer_lock
from glocal.collection.collection import Collection
from glocal.collection.duplicates import DuplicateGroup, DuplicatePair
from glocal.collection.hits import Candidate, Hit, RankBy, Ranking
from glocal.collection.search import SearchOptions

__all__ = [
    "AddReport",
    "Candidate",
    "Collection",
    "Counts",
    "DuplicateGroup",
    "DuplicatePair",
    "Hit",
    "PhotoRecord",
    "Progress",
    "RankBy",
    "Ranking",
    "SearchOptions",
    "explained",
    "pack",
    "unpack",
    "writer_lock",
]
