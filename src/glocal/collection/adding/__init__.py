"""Adding photos to a collection: see what changed, extract what is new, commit in batches."""

from glocal.collection.adding.add_report import AddReport
from glocal.collection.adding.adding import Adding
from glocal.collection.adding.file_state import is_gone

__all__ = [
    "AddReport",
    "Adding",
    "is_gone",
]
