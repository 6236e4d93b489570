"""What is said of two photos, in one of three words. One rule for the command line, the page and the API."""

from __future__ import annotations

from typing import Literal

Verdict = Literal["proved", "likely", "similar"]
"""proved: geometry says that both show the same thing, and their pixels, where they are compared, bear it out. likely:
not so, but the probability is at least `LIKELY`. similar: neither."""

LIKELY = 0.5


def verdict_of(probability: float | None, *, proved: bool) -> Verdict:
    """Return the word for a pair of photos.

    Args:
        probability: that both show the same thing, in [0, 1]; None if the model has no calibration.
        proved: what `Calibration.proves` says.
    """
    if proved:
        return "proved"
    return "likely" if probability is not None and probability >= LIKELY else "similar"
