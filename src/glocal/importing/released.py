"""The models that the authors of DELF and DELG released, and what their configurations say."""

from __future__ import annotations

from pathlib import Path

THRESHOLDS = {
    "delf_v1_20171026": 100.0,
    "delf_gld_20190411": 100.0,
    "delg_gld_20200520": 175.0,
    "r50delg_gld_20200814": 175.0,
    "r101delg_gld_20200814": 166.1,
    "r50delg_gldv2clean_20200914": 454.6,
    "r101delg_gldv2clean_20200914": 357.48,
}
"""Least attention of a kept feature, by the model's name (research/delf, delg/*.pbtxt and examples/*.pbtxt)."""


def released_threshold(source: Path, name: str | None) -> float | None:
    """Return the threshold of a released model.

    Args:
        source: where its files are; a folder above them may be called like the model.
        name: of the model; None to go by the folders.

    Returns:
        None if it is none of them.
    """
    names = [name] if name is not None else [folder.name for folder in source.resolve().parents]
    return next((THRESHOLDS[known] for known in names if known in THRESHOLDS), None)
