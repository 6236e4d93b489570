"""What is computed from the training photos rather than learned by gradient: whitening, codes, matchable places."""

from glocal.training.statistics.start import check_enough, finish, needs_whitening, start_from_photos

__all__ = [
    "check_enough",
    "finish",
    "needs_whitening",
    "start_from_photos",
]
