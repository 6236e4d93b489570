"""Weights that others published, brought into a network of ours that computes what theirs computed."""

from glocal.importing.imported import Imported
from glocal.importing.model_writing import ImportReport, write_model
from glocal.importing.parity import TOLERANCE, Comparison
from glocal.importing.reading_weights import KINDS, import_weights
from glocal.importing.reference import read_reference
from glocal.importing.verifying import verify_model

__all__ = [
    "KINDS",
    "TOLERANCE",
    "Comparison",
    "ImportReport",
    "Imported",
    "import_weights",
    "read_reference",
    "verify_model",
    "write_model",
]
