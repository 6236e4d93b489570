"""Features of a whole set, extracted once and kept on disk."""

from glocal.evaluation.features.arrays import DescriptorFile, check_rows, open_descriptors
from glocal.evaluation.features.extracting import Extracted, extract_set
from glocal.evaluation.features.store import FeatureStore, extract_shards, names_hash

__all__ = [
    "DescriptorFile",
    "Extracted",
    "FeatureStore",
    "check_rows",
    "extract_set",
    "extract_shards",
    "names_hash",
    "open_descriptors",
]
