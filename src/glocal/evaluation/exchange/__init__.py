"""Features in the files of other codes: written, read, and compared one by one."""

from glocal.evaluation.exchange.comparing import FeatureComparison, compare_features
from glocal.evaluation.exchange.feature_files import (
    FEATURE_SUFFIXES,
    is_exchange,
    read_descriptors,
    read_features,
    write_feature_file,
    write_features,
)
from glocal.evaluation.exchange.float_features import PhotoFeatures, photo_features
from glocal.evaluation.exchange.hdf5_files import hdf5

__all__ = [
    "FEATURE_SUFFIXES",
    "FeatureComparison",
    "PhotoFeatures",
    "compare_features",
    "hdf5",
    "is_exchange",
    "photo_features",
    "read_descriptors",
    "read_features",
    "write_feature_file",
    "write_features",
]
