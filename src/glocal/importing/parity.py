"""Comparing what an imported network computes with a reference file, output by output."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glocal.importing.original import Original, picture_of
from glocal.importing.reference import Reference
from glocal.importing.selected import Cells, all_cells, boxes_of, places_of
from glocal.models.geometry import local_receptive_field

TOLERANCE = 1e-4
"""Largest difference, relative to the largest value of an output."""

_SELECTED = re.compile(r"(feat|out)(\d+)_(?:thr([\d.]+)_top(\d+)_)?(\w+)")


@dataclass(frozen=True)
class Comparison:
    """One output of one picture.

    Attributes:
        name: of the output in the reference file.
        difference: the largest, relative to the largest value; for selected features the share of rows that differ
            counts too. None: this network has no such output, so it was not compared.
    """

    name: str
    difference: float | None

    @property
    def is_within(self) -> bool:
        """Whether the difference is tolerated; what was not compared is."""
        return self.difference is None or self.difference <= TOLERANCE


def compare(original: Original, reference: Reference) -> Iterator[Comparison]:
    """Yield a comparison of every output of a reference file, picture by picture; selected features come last."""
    groups: dict[tuple[int, str | None, str | None], dict[str, NDArray[Any]]] = {}
    for name, wanted in sorted(reference.outputs.items(), key=lambda output: picture_of(output[0])):
        selected = _SELECTED.fullmatch(name)
        if selected is not None:
            kind, number, threshold, most, what = selected.groups()
            groups.setdefault((int(number), threshold, most), {})[f"{kind}_{what}"] = wanted
            continue
        picture = reference.pictures.get(picture_of(name))
        value = None if picture is None else original.output(name, picture, reference.settings)
        yield Comparison(name, None if value is None else difference(value, wanted))
    for (number, threshold, most), group in groups.items():
        yield from _compare_selected(original, reference, number, threshold, most, group)


def difference(value: NDArray[Any], wanted: NDArray[Any]) -> float:
    """Return the largest difference relative to the largest value; infinity if shapes differ or one is not finite."""
    if value.shape != wanted.shape or not np.isfinite(value).all():
        return float("inf")
    if not wanted.size:
        return 0.0
    return float(np.abs(value - wanted).max() / max(float(np.abs(wanted).max()), 1e-12))


def _compare_selected(
    original: Original,
    reference: Reference,
    number: int,
    threshold: str | None,
    most: str | None,
    group: Mapping[str, NDArray[Any]],
) -> Iterator[Comparison]:
    """Compare the features that the original selected of one picture."""
    settings, picture = reference.settings, reference.pictures[number]
    scales = [float(scale) for scale in settings["scales"]]
    least = float(threshold or settings["score_threshold"])
    limit = int(most or settings["max_feature_num"])
    cells = all_cells(original, picture, scales, least, relaxed=threshold is not None)
    stride = local_receptive_field(original.network.backbone).stride
    prefix = f"{number}" if threshold is None else f"{number}_thr{threshold}_top{most}"
    kind = next(name.split("_")[0] for name in group if name.endswith("_boxes"))
    places = places_of(group[f"{kind}_boxes"], scales, stride)
    rows = _rows_of(cells, places)
    yield Comparison(f"{kind}{prefix}_selection", _selection_difference(cells, rows, limit))
    rows = np.maximum(rows, 0)
    expected = _expected(original, picture, cells, rows, scales, stride, settings, group)
    for name, wanted in group.items():
        value = expected.get(name)
        told = name.replace("_", prefix + "_", 1)
        yield Comparison(told, None if value is None else difference(value.reshape(wanted.shape), wanted))


def _rows_of(cells: Cells, places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rows of cells at places, -1 for a place that no cell has."""
    known = {tuple(place): row for row, place in enumerate(cells.places.tolist())}
    return np.array([known.get(tuple(place), -1) for place in places.tolist()], np.int64)


def _selection_difference(cells: Cells, rows: NDArray[np.int64], limit: int) -> float:
    """Return the share of features that only one side selects; those as strong as the cutoff do not count."""
    chosen = np.zeros(len(cells.scores), np.bool_)
    chosen[rows[rows >= 0]] = True
    cutoff = cells.cutoff(limit)
    expected = cells.passing & (cells.scores >= cutoff)
    near = np.abs(cells.scores - cutoff) <= TOLERANCE * max(cutoff, 1e-12)
    wrong = np.count_nonzero((chosen != expected) & ~near) + np.count_nonzero(rows < 0)
    return wrong / max(len(rows), 1)


def _expected(
    original: Original,
    picture: NDArray[np.uint8],
    cells: Cells,
    rows: NDArray[np.int64],
    scales: list[float],
    stride: int,
    settings: Mapping[str, NDArray[Any]],
    group: Mapping[str, NDArray[Any]],
) -> dict[str, NDArray[Any]]:
    """Return what the originals write of selected features, for the same cells in the same order."""
    places, raw = cells.places[rows], cells.descriptors[rows]
    boxes = boxes_of(places, scales, stride)
    factors = np.asarray(scales, np.float32)[places[:, 0]]
    lengths = np.linalg.norm(raw, axis=1, keepdims=True)
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    some = group.get("feat_rows", group.get("out_rows", np.arange(len(rows))))
    values: dict[str, NDArray[Any]] = {
        "feat_rows": some,
        "out_rows": some,
        "feat_boxes": boxes,
        "out_boxes": boxes,
        "feat_locations": centres,
        "feat_scores": cells.scores[rows],
        "out_scores": cells.scores[rows],
        "feat_attention": cells.scores[rows],
        "feat_image_scales": factors,
        "feat_scales": 1 / factors,
        "out_scales": 1 / factors,
        "out_features": raw,
        "out_features_of_rows": raw[some],
        "feat_descriptors_of_rows": (raw / lengths)[some],
    }
    if "global_scales_ind" in settings:
        chosen = [scales[int(index)] for index in settings["global_scales_ind"]]
        descriptors = original.descriptors(picture, chosen)
        values["out_global_descriptors"] = descriptors
        normalised = descriptors / np.linalg.norm(descriptors, axis=1, keepdims=True)
        values["feat_global_final"] = original.fused(list(normalised))
    return values
