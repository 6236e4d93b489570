"""Which ways of laying down a query are matched with a candidate: those that its votes speak for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from glocal.collection.local_index import Votes
from glocal.features import LaidView
from glocal.orientation import UPRIGHT

SHARE = 0.5
"""Part of the most votes that any way of the query has for a photo, which makes a way worth matching with it."""

FIRST = 100
"""Candidates that are matched in all ways that speak for them; those after them in the best one only. Both save three
fifths of the matching: of 2,659 photos of the same thing that some way proves, among 81,000 candidates of ten kinds
matched as if they were few, 5 are lost."""

FEW = 100
"""Photos. In a search of fewer, what most of them have weighs next to nothing in votes."""


def speaking_ways(
    votes: Votes, ids: NDArray[np.int64], alike: NDArray[np.floating], laid: Sequence[LaidView], first: Sequence[int]
) -> NDArray[np.bool_]:
    """Return which ways of the query speak for each photo, [n, W].

    Among few photos these are all that are upright, on any scale, the one that is most alike, and the one with most
    votes; so are they for a photo without votes.

    Args:
        votes: of all ways.
        ids: [n], the photos.
        alike: [n, W], their similarities to each way.
        laid: the ways.
        first: the photos for which more than the best way may speak.
    """
    scores = votes.of(ids).T
    most = scores.max(axis=1, keepdims=True)
    shares = np.where(np.isin(ids, first), SHARE, 1.0)[:, None]
    by_votes = scores >= shares * most
    say_little = (most == 0) | (votes.photos < FEW)
    return np.where(say_little, _among_few(scores, alike, laid), by_votes)


def _among_few(
    scores: NDArray[np.floating], alike: NDArray[np.floating], laid: Sequence[LaidView]
) -> NDArray[np.bool_]:
    """Return the ways [n, W] that speak for photos whose votes say little."""
    every = np.arange(len(laid))
    on_own_scale = np.where([way.is_zoomed for way in laid], -1.0, scores)
    is_upright = np.array([way.orientation == UPRIGHT for way in laid])
    most_voted, most_alike = on_own_scale.argmax(axis=1), alike.argmax(axis=1)
    speaks: NDArray[np.bool_] = is_upright | (every == most_voted[:, None]) | (every == most_alike[:, None])
    return speaks
