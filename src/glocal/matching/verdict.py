"""What is said of two photos, in one of three words. One rule for the command line, the page and the API."""

from __future__ import annotations

from typing import Literal

Verdict = Literal["proved", "likely", "similar"]
"""proved: geometry says that both show the same thing, their pixels, where they are compared, bear it out, and it is
not improbable for all that; or photos so proved prove it in turn, or keypoints of the pixels do. likely: not so, but
the probability is at least `LIKELY`. similar: neither."""

LIKELY = 0.5

IMPROBABLE = 0.2
"""What is less probable is not proved, whatever geometry says: a design that two products share, for example. Of wrong
proofs among products most are so, of right ones hardly any (docs/proof.md)."""


def verdict_of(probability: float | None, *, proved: bool) -> Verdict:
    """Return the word for a pair of photos.

    Args:
        probability: that both show the same thing, in [0, 1]; None if the model has no calibration.
        proved: what `Calibration.proves` says.
    """
    if proved:
        return "proved"
    return "likely" if probability is not None and probability >= LIKELY else "similar"
