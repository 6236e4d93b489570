"""The last look at two copies, at full size: whether something small was replaced, such as the total of a bill."""

from __future__ import annotations

from glocal.agreement.canvas import Canvas, canvas_over, sample
from glocal.agreement.changes import shows_replaced_print
from glocal.agreement.picture import DECODED_SIDE, Picture, Transform, mean_scale
from glocal.agreement.refining import refined

FULL_SIDE = 1536
"""Longest side in pixels of the pictures that are compared. A line of print on a page of A4 is 15 pixels high then."""

_FIRST_SIDE = 384
_SECOND_SIDE = 768
"""Longest sides of the overlap when the pictures are laid over each other, exactly and then more exactly: print that
lies half a pixel apart would differ."""

_WORTH_IT = 1.3
"""Times finer that photos must be than the first look at copies, which sees what is larger."""


def replaced_in_print(a: Picture, b: Picture, transform: Transform) -> bool:
    """Say whether small print in one of two copies was replaced in the other.

    Args:
        a, b: the photos, read with `FULL_SIDE`.
        transform: [3, 3] affine, pixels of photo a to pixels of photo b, right to some percent: it is refined.

    Returns:
        False also for small photos, and where they cannot be laid over each other exactly.
    """
    canvas = _full_canvas(a, b, transform)
    if canvas is None:
        return False
    on_a, seen_a = sample(a.grey, canvas.to_a, canvas.size)
    on_b, seen_b = sample(b.grey, canvas.to_b, canvas.size)
    return shows_replaced_print(on_a, on_b, seen_a & seen_b)


def _full_canvas(a: Picture, b: Picture, transform: Transform) -> Canvas | None:
    """Return a canvas over both, as fine as the coarser of them; None if that is hardly finer than the first look."""
    if max(*a.grey.shape, *b.grey.shape) <= DECODED_SIDE:
        return None
    first = canvas_over(a, b, transform, _FIRST_SIDE)
    canvas = None if first is None else refined(first, a, b)
    if canvas is None:
        return None
    side = int(min(FULL_SIDE, max(canvas.size) * min(mean_scale(canvas.to_a), mean_scale(canvas.to_b))))
    if side < _WORTH_IT * _FIRST_SIDE:
        return None
    finer = canvas.resized(min(side, _SECOND_SIDE))
    return (refined(finer, a, b) or finer).resized(side)
