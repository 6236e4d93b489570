"""Features in the files of other codes: written, read, and compared one by one."""

from glocal.evaluation.exchange.comparing import FeatureComparison, compare_features
from glocal.evaluation.exchange.feature_files import is_exchange, read_descriptors, read_features, write_features
from glocal.evaluation.exchange.float_features import PhotoFeatures, photo_features

__all__ = [
    "FeatureComparison",
    "PhotoFeatures",
    "compare_features",
    "is_exchange",
    "photo_features",
    "read_descriptors",
    "read_features",
    "write_features",
]
