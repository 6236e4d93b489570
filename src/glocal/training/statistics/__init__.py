"""What is computed from the training photos rather than learned by gradient: whitening, codes, matchable places."""

from glocal.training.statistics.start import (
    check_enough,
    chosen_cells,
    finish,
    needs_whitening,
    sample_cells,
    start_from_photos,
)
from glocal.training.statistics.two_views import in_two_views, shared_places
from glocal.training.statistics.whitening import whitening_of

__all__ = [
    "check_enough",
    "chosen_cells",
    "finish",
    "in_two_views",
    "needs_whitening",
    "sample_cells",
    "shared_places",
    "start_from_photos",
    "whitening_of",
]
