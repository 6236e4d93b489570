"""The sets of photos that are measured on: what they consist of, their annotations, and how to fetch them."""

from glocal.evaluation.datasets.annotation_files import load_annotations
from glocal.evaluation.datasets.annotations import Annotations, Protocol, Query
from glocal.evaluation.datasets.benchmarks import DATASETS, ROXFORD5K, RPARIS6K, Dataset
from glocal.evaluation.datasets.completeness import CheckReport, check, require_photos
from glocal.evaluation.datasets.domains import Domain, domain_set, read_domains
from glocal.evaluation.datasets.folder_set import held_out_set, leave_one_out_set, ukbench_set
from glocal.evaluation.datasets.identity_folders import IdentityFolders, find_identity_folders
from glocal.evaluation.datasets.landmark_files import (
    photo_path,
    read_ids,
    read_labels,
    read_recognition_predictions,
    read_recognition_solution,
    read_retrieval_predictions,
    read_retrieval_solution,
)
from glocal.evaluation.datasets.photo_set import PhotoSet, official_set, own_set
from glocal.evaluation.datasets.preparing import prepare

__all__ = [
    "DATASETS",
    "ROXFORD5K",
    "RPARIS6K",
    "Annotations",
    "CheckReport",
    "Dataset",
    "Domain",
    "IdentityFolders",
    "PhotoSet",
    "Protocol",
    "Query",
    "check",
    "domain_set",
    "find_identity_folders",
    "held_out_set",
    "leave_one_out_set",
    "load_annotations",
    "official_set",
    "own_set",
    "photo_path",
    "prepare",
    "read_domains",
    "read_ids",
    "read_labels",
    "read_recognition_predictions",
    "read_recognition_solution",
    "read_retrieval_predictions",
    "read_retrieval_solution",
    "require_photos",
    "ukbench_set",
]
