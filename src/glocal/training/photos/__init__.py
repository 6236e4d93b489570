"""Photos on their way to the network: found, labelled, split, sampled, augmented, in batches."""

from glocal.training.photos.augment import random_quad, relit, worsened
from glocal.training.photos.batches import Batch, Batches, to_input
from glocal.training.photos.labelled_photos import (
    GRID,
    MEMORY,
    Classes,
    LabelledPhoto,
    PhotoCache,
    TrainingError,
    fitted,
    number_classes,
    on_grid,
    scaled_on_grid,
    spread,
)
from glocal.training.photos.layouts import find_labelled_photos
from glocal.training.photos.packing import PackReport, pack
from glocal.training.photos.splitting import split_photos
from glocal.training.photos.training_photos import TrainingPhotos, first_views, load_photos

__all__ = [
    "GRID",
    "MEMORY",
    "Batch",
    "Batches",
    "Classes",
    "LabelledPhoto",
    "PackReport",
    "PhotoCache",
    "TrainingError",
    "TrainingPhotos",
    "find_labelled_photos",
    "first_views",
    "fitted",
    "load_photos",
    "number_classes",
    "on_grid",
    "pack",
    "random_quad",
    "relit",
    "scaled_on_grid",
    "split_photos",
    "spread",
    "to_input",
    "worsened",
]
