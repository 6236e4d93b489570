"""Duplicates: photos of a collection that show the same picture, proved by their pixels."""

from glocal.collection.duplicates.duplicates import DuplicateGroup, DuplicatePair, find_duplicates

__all__ = [
    "DuplicateGroup",
    "DuplicatePair",
    "find_duplicates",
]
