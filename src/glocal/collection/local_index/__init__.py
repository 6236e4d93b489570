"""The local index: a cache beside the catalog that finds photos by the votes of their local features."""

from glocal.collection.local_index.learning import learn_words
from glocal.collection.local_index.local_index import LocalIndex, damaged_files, forget_files
from glocal.collection.local_index.visual_words import VisualWords
from glocal.collection.local_index.voting import Tally, Votes, summed, weighed, words_each

__all__ = [
    "LocalIndex",
    "Tally",
    "VisualWords",
    "Votes",
    "damaged_files",
    "forget_files",
    "learn_words",
    "summed",
    "weighed",
    "words_each",
]
