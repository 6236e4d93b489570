"""How right groups of photos are, by pairs: what share of the pairs put together belong together, and the reverse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping
from math import comb

import numpy as np


def pairwise_measures(groups: Iterable[Collection[Hashable]], identities: Mapping[Hashable, str]) -> dict[str, float]:
    """Return precision, recall and F1 of pairs (Manning et al., Introduction to Information Retrieval, section 16.3).

    Args:
        groups: photos that were put together; each photo in one of them at most.
        identities: what each photo that counts shows. Of a pair at least one photo has to count; one that does not is
            taken to show something else than any that does.

    Returns:
        "precision" (NaN if nothing was put together), "recall" (NaN if no identity has two photos) and "F1", in [0, 1];
        "wrong pairs", and "wrong groups": those with photos of two identities, or that do not count beside one.
    """
    right = together = wrong_groups = 0
    for group in groups:
        counts = Counter(identities[photo] for photo in group if photo in identities)
        others = len(group) - counts.total()
        right += sum(comb(count, 2) for count in counts.values())
        together += comb(len(group), 2) - comb(others, 2)
        wrong_groups += bool(counts) and len(counts) + (others > 0) > 1
    wanted = sum(comb(count, 2) for count in Counter(identities.values()).values())
    precision, recall = right / together if together else np.nan, right / wanted if wanted else np.nan
    return {
        "precision": precision,
        "recall": recall,
        "F1": 2 * right / (together + wanted) if together + wanted else np.nan,
        "wrong pairs": float(together - right),
        "wrong groups": float(wrong_groups),
    }
