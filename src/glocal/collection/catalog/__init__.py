"""The truth of a collection: one SQLite file of photos, their features and metadata."""

from glocal.collection.catalog.catalog import Catalog, create_catalog
from glocal.collection.catalog.change import Change
from glocal.collection.catalog.connections import explained
from glocal.collection.catalog.folder import CATALOG, INDEX, LOCK, require_vacant
from glocal.collection.catalog.lock import writer_lock
from glocal.collection.catalog.packed_features import pack, unpack
from glocal.collection.catalog.records import Commit, Counts, FileState, PhotoRecord
from glocal.collection.catalog.snapshot import Snapshot
from glocal.collection.catalog.stored_features import StoredFeatures

__all__ = [
    "CATALOG",
    "INDEX",
    "LOCK",
    "Catalog",
    "Change",
    "Commit",
    "Counts",
    "FileState",
    "PhotoRecord",
    "Snapshot",
    "StoredFeatures",
    "create_catalog",
    "explained",
    "pack",
    "require_vacant",
    "unpack",
    "writer_lock",
]
