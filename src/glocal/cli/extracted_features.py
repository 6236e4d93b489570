"""Features of the photos that a command is given, under names for other programs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from glocal.cli.output import note
from glocal.errors import PhotoError
from glocal.evaluation.exchange import PhotoFeatures, photo_features
from glocal.extraction import LocalMap, Model
from glocal.progress import OnProgress


def extracted_features(
    model: Model, photos: Sequence[Path], root: Path, local: LocalMap | None, on_stage: OnProgress
) -> Iterator[tuple[str, PhotoFeatures]]:
    """Yield the features of photos by their paths from a folder; one that cannot be read is named and left out.

    Args:
        model: what extracts.
        photos: their files.
        root: the folder that names begin from.
        local: the model's grid, for positions by the convention of other codes; None: by ours. See `photo_features`.
        on_stage: called with ("extracting", done, all).
    """
    for done, (path, features) in enumerate(model.extract_many(photos), 1):
        on_stage("extracting", done, len(photos))
        if isinstance(features, PhotoError):
            note(f"left out: {features}")
        else:
            yield Path(os.path.relpath(path.resolve(), root.resolve())).as_posix(), photo_features(features, local)
