"""Proof: how many right and how many wrong hits are proved, in searches as users do them and in the same frames."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

from glocal.collection import DEFAULT_MODE, EFFORTS, Collection, Hit, SearchMode, SearchOptions, look_at
from glocal.evaluation.datasets import IdentityFolders
from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.framing import FITTED, HELD_OUT, Frame
from glocal.evaluation.measures import expected_calibration_error, log_loss, reliability, verdict_counts
from glocal.evaluation.result import Evaluation, ProtocolResult
from glocal.evaluation.runs.calibrating import photos_by_identity
from glocal.evaluation.runs.labelled_pairs import pictures_to_frame
from glocal.evaluation.runs.search_by_modes import opened_collection, spread_evenly
from glocal.evaluation.setting import environment, model_setting
from glocal.evaluation.stopwatch import Stopwatch
from glocal.extraction import Model
from glocal.images import absolute_path
from glocal.pair import calibration_of
from glocal.progress import OnProgress, silent

ALONE, SEARCHED = "searched, by features alone", "searched"
"""Names of the results of searches: before the first hits' pixels have a say, and as users see it."""


@dataclass(frozen=True)
class Judging:
    """How searches are judged.

    Attributes:
        mode: how hard to look.
        most: queries, spread evenly.
        top: hits that are judged, of each.
    """

    mode: SearchMode = DEFAULT_MODE
    most: int = 100
    top: int = 36


def evaluate_proof(
    folders: IdentityFolders,
    model: Model,
    work: Path,
    *,
    identities: Sequence[str] = ("*",),
    distractors: Sequence[Path] = (),
    judging: Judging | None = None,
    framed: int = 40,
    on_stage: OnProgress = silent,
) -> Evaluation:
    """Search a folder per identity with its photos, put photos of different things into the same frames, and count.

    Args:
        folders: photos, a folder per identity.
        model: what extracts and proves.
        work: folder for the collection of what is searched; a stopped run continues with it.
        identities: patterns of the folder names to use.
        distractors: photos that each show something else.
        judging: how; None: as a search without options does.
        framed: photos, of as many things, that are put into each frame; each is searched for among the others.
        on_stage: called with (stage, done, all).

    Returns:
        One result for searches by features alone, one for searches as users do them, and one for each frame, likewise
        as users do them: of the hits, the query left out, how many are right and wrong, proved and likely.

    Raises:
        EvaluationError: there are no photos of two things, or one cannot be read.
        ModelError: the model has no calibration.
    """
    calibration_of(model.card, model.preset.name)
    judging, watch = judging or Judging(), Stopwatch()
    labelled = photos_by_identity(folders, identities) + [(path, f"/{row}") for row, path in enumerate(distractors)]
    shown = {absolute_path(path): name for path, name in labelled}
    if len(set(shown.values())) < 2:
        raise EvaluationError(f"{folders.folder}: needs photos of two identities, or of one and distractors")
    with opened_collection(list(shown), model, work, watch, on_stage) as collection:
        results = list(_searches(collection, shown, judging, watch, on_stage))
    chosen = _one_of_each(shown, framed)
    results += _framed(model, chosen, judging.mode, work, watch, on_stage)
    counts = {"photos": len(shown), "distractors": len(distractors), "framed photos": len(chosen)}
    asked = {"identities": ", ".join(identities), **vars(judging)}
    setting = {**model_setting(model), **asked, **counts, **environment()}
    return Evaluation("proof", tuple(results), setting, watch.summed())


def _one_of_each(shown: Mapping[Path, str], most: int) -> list[Path]:
    """Return the first photos of up to so many things, spread evenly over all of them."""
    first: dict[str, Path] = {}
    for path, name in shown.items():
        first.setdefault(name, path)
    return spread_evenly(list(first.values()), most)


def _searches(
    collection: Collection, shown: Mapping[Path, str], judging: Judging, watch: Stopwatch, on_stage: OnProgress
) -> tuple[ProtocolResult, ProtocolResult]:
    """Return what is said of the hits by features alone, and with all that a search looks at."""
    counts = Counter(shown.values())
    queries = spread_evenly([path for path, name in shown.items() if counts[name] > 1] or list(shown), judging.most)
    alone, seen = _Judged.none(), _Judged.none()
    for done, query in enumerate(queries):
        on_stage("searching", done, len(queries))
        found, closer = _searched(collection, query, judging.mode, judging.top, watch)
        alone.add(found, query, shown)
        seen.add(closer, query, shown)
    on_stage("searching", len(queries), len(queries))
    return alone.result(ALONE), seen.result(SEARCHED)


def _searched(
    collection: Collection, query: Path, mode: SearchMode, top: int, watch: Stopwatch
) -> tuple[Sequence[Hit], Sequence[Hit]]:
    """Return the hits of a search before their pixels have a say, and after."""
    effort = EFFORTS[mode]
    options = SearchOptions(top + 1, effort.rerank, searched_for_keypoints=effort.searched_for_keypoints)
    with watch.stage("search") as costs:
        found = collection.search_views([look_at(collection.model, query, None, mode)], options)
        closer = collection.look_closer([query], found, None, options)
        costs.items = 1
    return found, closer


def _framed(
    model: Model, photos: Sequence[Path], mode: SearchMode, work: Path, watch: Stopwatch, on_stage: OnProgress
) -> Iterator[ProtocolResult]:
    """Yield what is said of photos of different things in the same frame, for each frame."""
    frames = {**FITTED, **HELD_OUT}
    pictures = pictures_to_frame(photos)
    for done, (name, frame) in enumerate(frames.items()):
        on_stage("searching in frames", done, len(frames))
        with TemporaryDirectory(dir=work, prefix="framed-") as folder:
            yield _in_frame(model, pictures, (name, frame), mode, Path(folder), watch)
    on_stage("searching in frames", len(frames), len(frames))


def _in_frame(
    model: Model,
    pictures: Sequence[Image.Image],
    named: tuple[str, Frame],
    mode: SearchMode,
    folder: Path,
    watch: Stopwatch,
) -> ProtocolResult:
    name, frame = named
    shown: dict[Path, str] = {}
    for row, picture in enumerate(pictures):
        path = absolute_path(folder / f"{row}.png")
        frame(picture).save(path)
        shown[path] = str(row)
    judged = _Judged.none()
    with opened_collection(list(shown), model, folder, watch, silent) as collection:
        for query in shown:
            judged.add(_searched(collection, query, mode, len(shown), watch)[1], query, shown)
    return judged.result(name if name in FITTED else f"{name} (held out)")


@dataclass(frozen=True)
class _Judged:
    """Hits of several searches: their probabilities, whether they are proved, and whether they are right."""

    probability: list[float]
    proved: list[bool]
    same: list[bool]

    @classmethod
    def none(cls) -> _Judged:
        return cls([], [], [])

    def add(self, hits: Sequence[Hit], query: Path, shown: Mapping[Path, str]) -> None:
        """Take in the hits of a query but itself, by what each photo shows."""
        for hit in hits:
            if hit.path != query:
                self.probability.append(hit.probability or 0.0)
                self.proved.append(hit.proved)
                self.same.append(shown[hit.path] == shown[query])

    def result(self, kind: str) -> ProtocolResult:
        probability, proved, same = np.array(self.probability), np.array(self.proved), np.array(self.same)
        bins = reliability(probability, same)
        metrics = {
            **verdict_counts(probability, proved, same),
            "log-loss": log_loss(probability, same),
            "ECE": expected_calibration_error(bins),
        }
        return ProtocolResult(kind, metrics, reliability=bins)
