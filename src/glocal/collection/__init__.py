"""A set of photos on disk: catalog, features, global index, search, duplicates."""

from glocal.collection.adding import AddReport, is_gone
from glocal.collection.albums import Album, find_albums
from glocal.collection.annotated_photos import require_metadata
from glocal.collection.candidates import Candidate, Found
from glocal.collection.catalog import (
    CATALOG,
    Counts,
    Damage,
    PhotoRecord,
    explained,
    pack,
    require_alone,
    unpack,
    writer_lock,
)
from glocal.collection.collection import Collection
from glocal.collection.conditions import Where
from glocal.collection.copying import Copied, copy_photos
from glocal.collection.delegating_extractor import DelegatingExtractor
from glocal.collection.duplicates import (
    ComparedPhotos,
    Copy,
    DuplicateGroup,
    DuplicatePair,
    Keep,
    KeptPhoto,
    find_duplicates,
)
from glocal.collection.hits import Hit, Place, Query, RankBy, Ranking, Witness
from glocal.collection.judgements import Judgement, Judgements
from glocal.collection.links import AskedWitness, Link
from glocal.collection.local_index import Tally, Votes, learn_words, summed, words_each
from glocal.collection.maintenance import (
    BackupReport,
    CheckReport,
    CompactReport,
    FileDamage,
    RepairReport,
    check,
    copy_beside,
)
from glocal.collection.matched import Matched
from glocal.collection.missing_files import doubt
from glocal.collection.model_identity import Extractor, ModelIdentity
from glocal.collection.model_when_needed import ModelWhenNeeded
from glocal.collection.photo_search import PhotoSearch
from glocal.collection.pixel_comparison import compare_pixels
from glocal.collection.reading import CollectionReading, PartReading, Reading
from glocal.collection.search import Evidence, SearchOptions
from glocal.collection.search_modes import DEFAULT_MODE, EFFORTS, SearchMode, look_at
from glocal.collection.stored_photos import Allowed, PathLike, known_photo
from glocal.collection.tables import TableCounts, write_tables

__all__ = [
    "CATALOG",
    "DEFAULT_MODE",
    "EFFORTS",
    "AddReport",
    "Album",
    "Allowed",
    "AskedWitness",
    "BackupReport",
    "Candidate",
    "CheckReport",
    "Collection",
    "CollectionReading",
    "CompactReport",
    "ComparedPhotos",
    "Copied",
    "Copy",
    "Counts",
    "Damage",
    "DelegatingExtractor",
    "DuplicateGroup",
    "DuplicatePair",
    "Evidence",
    "Extractor",
    "FileDamage",
    "Found",
    "Hit",
    "Judgement",
    "Judgements",
    "Keep",
    "KeptPhoto",
    "Link",
    "Matched",
    "ModelIdentity",
    "ModelWhenNeeded",
    "PartReading",
    "PathLike",
    "PhotoRecord",
    "PhotoSearch",
    "Place",
    "Query",
    "RankBy",
    "Ranking",
    "Reading",
    "RepairReport",
    "SearchMode",
    "SearchOptions",
    "TableCounts",
    "Tally",
    "Votes",
    "Where",
    "Witness",
    "check",
    "compare_pixels",
    "copy_beside",
    "copy_photos",
    "doubt",
    "explained",
    "find_albums",
    "find_duplicates",
    "is_gone",
    "known_photo",
    "learn_words",
    "look_at",
    "pack",
    "require_alone",
    "require_metadata",
    "summed",
    "unpack",
    "words_each",
    "write_tables",
    "writer_lock",
]
