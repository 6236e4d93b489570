"""Extraction: photos per second from JPEG on disk to committed rows, beside the network alone and SIFT."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import onnxruntime as ort

import glocal
from benchmarks.labelled import by_probability, label, mean_average_precision, ours
from benchmarks.peer import torch_delg
from benchmarks.photos import extract_all
from benchmarks.report import Section, Target
from benchmarks.timing import interleaved
from glocal.arrays import FloatArray
from glocal.collection import Collection
from glocal.extraction import Model, Preset, load_model
from glocal.extraction.pyramid import base_side, pyramid
from glocal.images import photo_size, read_photo
from glocal.pair import calibration_of

CORES = 2
SIFT_FEATURES = 1000
PAPER_PHOTOS = 4
"""Few: PyTorch takes seconds for each."""


def run(
    models: dict[str, Model], paths: Sequence[Path], rounds: int, precision_maps: dict[str, float], paper: Preset
) -> Section:
    """Time indexing, the network alone, SIFT and, at the paper's scales, DELG over ResNet-50 in PyTorch.

    Args:
        models: precision ("float32", "int8") to the model that runs so.
        paths: the photos.
        rounds: of timing.
        precision_maps: precision to mAP in percent, see `precision_mean_average`.
        paper: the preset of the paper's scales.
    """
    batches = [_batches(models["float32"], path) for path in paths]
    sides: dict[str, Callable[[], object]] = {}
    with TemporaryDirectory(prefix="glocal-benchmark-") as folder:
        for precision, model in models.items():
            sides[f"glocal {precision}"] = _indexing(model, paths, Path(folder) / precision, rounds)
            for threads in (1, CORES):
                sides[f"network alone {precision}, {threads}"] = _network(model, batches, threads)
        sides[f"OpenCV SIFT, {SIFT_FEATURES} features"] = lambda: _each(_sift, paths, CORES)
        rate = {name: len(paths) / seconds for name, seconds in interleaved(sides, rounds, warm_up=False).items()}
    rate |= _paper_rates(models["float32"], paper, paths)
    share = {precision: rate[f"glocal {precision}"] / _limit(rate, precision) for precision in models}
    rows = [(_named(name), f"{value:.2f}", f"{value / rate['glocal float32']:.2f}") for name, value in rate.items()]
    return Section(
        title="Extraction",
        header=("what", "photos/s", "x glocal float32"),
        rows=tuple(rows),
        targets=tuple(
            Target(
                f"extraction, {precision}, share of the network's own speed",
                100 * value,
                85,
                "%",
                False,
                "decoding, resizing, normalising, selection and packing need the cores that the network runs on",
            )
            for precision, value in share.items()
        ),
        notes=_notes(paths, models["float32"], precision_maps),
    )


def _notes(paths: Sequence[Path], model: Model, precision_maps: dict[str, float]) -> tuple[str, ...]:
    return (
        (
            f"{len(paths)} photos, preset `{model.preset.name}`, from JPEG on disk to committed rows "
            "of an empty collection, which is closed then; making it, once, is left out."
        ),
        (
            "The network alone: ONNX Runtime on the same pictures at the same scales, already decoded, resized "
            "and normalised, either two photos at once with one thread each or one after the other with two "
            "threads; the faster is the limit."
        ),
        (
            f"At the paper's scales, timed once on {PAPER_PHOTOS} of the photos, from JPEG to features in memory: "
            "ours, and DELG over ResNet-50 in PyTorch with two threads. Its weights are random, which does not "
            "change the time; selecting its features is left out."
        ),
        "mAP of float32 and 8-bit networks, preset `fast`, re-ranked by probability: "
        + ", ".join(f"{precision} {value:.2f}" for precision, value in precision_maps.items())
        + ".",
        "SIFT: grey photo decoded from disk, keypoints and descriptors, two photos at once.",
        (
            "Tried for a greater share, and kept: photos spread over the cores whole and read ahead, JPEG files "
            "decoded at a smaller size, normalisation looked up in a table. Tried, and no less "
            "processor time: OpenCV with one thread."
        ),
    )


def precision_mean_average(
    models: dict[str, Model], paths: Sequence[Path], folder: Path, queries: str, searches: int, depth: int
) -> dict[str, float]:
    """Return the mAP in percent of each model's own features on labelled photos, re-ranked.

    Args:
        models: by precision.
        paths: the photos.
        folder, queries: as for `benchmarks.labelled.label`.
        searches, depth: queries, and candidates re-ranked in each.
    """
    result = {}
    for precision, model in models.items():
        photos = label(extract_all(model, paths), folder, queries).sampled(searches)
        codes = [value.compact() for value in photos.features]
        score = by_probability(ours(codes), photos, calibration_of(model.card, model.preset.name))
        result[precision] = mean_average_precision(photos, score, depth)
    return result


def _paper_rates(model: Model, paper: Preset, paths: Sequence[Path]) -> dict[str, float]:
    """Return photos a second of both networks at the paper's scales."""
    some = paths[:PAPER_PHOTOS]
    ours = load_model(model.source, preset=paper.name)
    sides: dict[str, Callable[[], object]] = {"glocal at the paper's scales": lambda: list(ours.extract_many(some))}
    peer = torch_delg(some, paper, CORES)
    if peer is not None:
        sides["DELG over ResNet-50 in PyTorch"] = peer
    return {name: len(some) / seconds for name, seconds in interleaved(sides, 1, warm_up=False).items()}


def _named(name: str) -> str:
    base, _, threads = name.partition(", ")
    return f"{base}, {CORES // int(threads)} at once x {threads} threads" if base.startswith("network") else name


def _limit(rate: dict[str, float], precision: str) -> float:
    return max(rate[f"network alone {precision}, {threads}"] for threads in (1, CORES))


def _indexing(model: Model, paths: Sequence[Path], folder: Path, times: int) -> Callable[[], None]:
    """Return what indexes the photos, so many times, each into a collection that was made before."""
    empty = [Collection.create(folder / str(number), model) for number in range(times)]

    def index() -> None:
        with empty.pop() as collection:
            collection.add(paths)

    return index


def _batches(model: Model, path: Path) -> list[FloatArray]:
    """Return the inputs [1, 3, H, W] that the network gets for one photo."""
    size = photo_size(path)
    pixels = read_photo(path, fit=model.preset.max_side)
    mean, std = np.array(model.card.mean, np.float32), np.array(model.card.std, np.float32)
    levels = pyramid(pixels, size, model.preset, base_side(max(size), model.preset))
    return [np.ascontiguousarray(((level.picture - mean) / std).transpose(2, 0, 1)[None]) for level in levels]


def _network(model: Model, batches: Sequence[list[FloatArray]], threads: int) -> Callable[[], None]:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    file = Path(glocal.__file__).parent / "weights" / model.card.files[model.precision].name
    session = ort.InferenceSession(file, options, providers=["CPUExecutionProvider"])

    def photo(inputs: list[FloatArray]) -> None:
        for batch in inputs:
            session.run(None, {"image": batch})

    return lambda: _each(photo, batches, CORES // threads)


def _sift(path: Path) -> None:
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    assert picture is not None, path
    cv2.SIFT.create(nfeatures=SIFT_FEATURES).detectAndCompute(picture, None)


def _each(function: Callable[..., None], items: Sequence[object], workers: int) -> None:
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(function, items))
