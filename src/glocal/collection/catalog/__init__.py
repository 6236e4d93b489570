"""The truth of a collection: one SQLite file of photos, their features and metadata."""

from glocal.collection.catalog.catalog import LOST, Catalog, create_catalog
from glocal.collection.catalog.change import Change
from glocal.collection.catalog.connections import CatalogDamageError, explained
from glocal.collection.catalog.damage import Damage
from glocal.collection.catalog.folder import CATALOG, INDEX, LOCK, SERVICE, require_plain, require_vacant
from glocal.collection.catalog.last_commit import LAST_COMMIT, is_noted_soundly, noted_commit
from glocal.collection.catalog.lock import writer_lock
from glocal.collection.catalog.migrations import kept_copies
from glocal.collection.catalog.packed_features import pack, unpack
from glocal.collection.catalog.rebuilding import is_in_use, put_in_place, require_alone, write_salvaged
from glocal.collection.catalog.records import EXIF, Commit, Counts, FileState, PhotoRecord, facts_of
from glocal.collection.catalog.replacing import hold
from glocal.collection.catalog.salvaging import Salvage, SalvagedPhoto, salvage
from glocal.collection.catalog.snapshot import Snapshot
from glocal.collection.catalog.stored_features import StoredFeatures

__all__ = [
    "CATALOG",
    "EXIF",
    "INDEX",
    "LAST_COMMIT",
    "LOCK",
    "LOST",
    "SERVICE",
    "Catalog",
    "CatalogDamageError",
    "Change",
    "Commit",
    "Counts",
    "Damage",
    "FileState",
    "PhotoRecord",
    "Salvage",
    "SalvagedPhoto",
    "Snapshot",
    "StoredFeatures",
    "create_catalog",
    "explained",
    "facts_of",
    "hold",
    "is_in_use",
    "is_noted_soundly",
    "kept_copies",
    "noted_commit",
    "pack",
    "put_in_place",
    "require_alone",
    "require_plain",
    "require_vacant",
    "salvage",
    "unpack",
    "write_salvaged",
    "writer_lock",
]
