"""A COLMAP database (colmap.github.io/database.html): images, keypoints, matches, and geometry that COLMAP verified."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.reconstruction.hloc_files import write_pairs
from glocal.evaluation.reconstruction.pairing import ImagePair
from glocal.evaluation.reconstruction.stored_image import StoredImage
from glocal.files import publish, unfinished
from glocal.images import photo_size

_TO_COLMAP = 0.5
"""Its pixel centres lie at halves, ours at integers."""

MAX_ERROR = 8.0
"""Most pixels a correspondence may be off the epipolar geometry. COLMAP's default for SIFT is 4; our features lie on a
grid of 16 pixels of what the network saw."""


def write_colmap(
    path: Path, root: Path, images: Sequence[StoredImage], pairs: Sequence[ImagePair], max_error: float = MAX_ERROR
) -> list[str]:
    """Write a database that COLMAP can reconstruct from, whole or not at all.

    Args:
        path: of the database; nothing may be there.
        root: folder that the images' names begin from.
        images: all of them.
        pairs: those matched; COLMAP estimates their geometry (essential matrix, fundamental matrix or homography).
        max_error: pixels, of that estimation.

    Returns:
        The names of images that were left out, as COLMAP reads them as another picture or not at all.

    Raises:
        EvaluationError: pycolmap is not installed, or the file is there.
    """
    pycolmap = _pycolmap()
    if path.exists():
        raise EvaluationError(f"{path}: is there already; name a new file")
    with unfinished(path) as draft:
        pycolmap.Database.open(draft).close()  # importing wants the file to be there
        pycolmap.import_images(draft, root, image_names=[image.name for image in images])
        database = pycolmap.Database.open(draft)
        ids = _ids(database, root, images)
        for image in images:
            if image.name in ids:
                database.write_keypoints(ids[image.name], image.view.local.keypoints + np.float32(_TO_COLMAP))
        kept = [pair for pair in pairs if len(pair.match) and pair.first.name in ids and pair.second.name in ids]
        for pair in kept:
            rows = pair.match.correspondences.astype(np.uint32)
            database.write_matches(ids[pair.first.name], ids[pair.second.name], rows)
        database.close()
        with tempfile.TemporaryDirectory() as folder:
            listed = Path(folder) / "pairs.txt"
            write_pairs(listed, kept)
            options = pycolmap.TwoViewGeometryOptions()
            options.ransac.max_error = max_error
            pycolmap.verify_matches(draft, listed, options)
        publish(draft, path)
    return [image.name for image in images if image.name not in ids]


def _ids(database: Any, root: Path, images: Sequence[StoredImage]) -> dict[str, int]:
    """Return COLMAP's ids of images that it sees as wide and high as they were indexed: not turned."""
    ids = {}
    known = {image.name: image.view.image_size for image in images}
    for image in database.read_all_images():
        camera = database.read_camera(image.camera_id)
        if (camera.width, camera.height) == known.get(image.name) == photo_size(root / image.name):
            ids[image.name] = int(image.image_id)
    return ids


def _pycolmap() -> Any:
    try:
        import pycolmap
    except ModuleNotFoundError as error:
        raise EvaluationError("COLMAP databases need pycolmap; install it with: pip install pycolmap") from error
    return pycolmap
