"""Duplicates: photos of a collection that show the same picture, proved by their pixels."""

from glocal.collection.duplicates.compared_photos import CollectionPhotos, ComparedPhotos
from glocal.collection.duplicates.copies import Copy, DuplicatePair, Keep, KeptPhoto
from glocal.collection.duplicates.duplicates import DuplicateGroup, find_duplicates

__all__ = [
    "CollectionPhotos",
    "ComparedPhotos",
    "Copy",
    "DuplicateGroup",
    "DuplicatePair",
    "Keep",
    "KeptPhoto",
    "find_duplicates",
]
