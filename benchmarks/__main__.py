"""Run the benchmarks and write what they found: `python -m benchmarks [--quick | --short] [--photos DIR]`.

`python -m benchmarks million --folder DIR` is apart: it needs a large disk and hours (see million.py)."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import codes, evaluation, extraction, million, profiles, reranking, size
from benchmarks.effort import Effort
from benchmarks.labelled import label
from benchmarks.photos import EXAMPLES, extract_all, photos_below
from benchmarks.report import Section, render
from glocal.extraction import load_model

RESULTS = Path(__file__).parent / "RESULTS.md"
EXAMPLE_QUERIES = "[!p]*"
"""Identities among the example photos: the folder `pixabay` holds single photos, which are distractors."""

FULL = Effort(
    rounds=7,
    slow_candidates=10,
    queries=16,
    depth=50,
    photos=None,
    timed_photos=100,
    indexing_rounds=5,
    distractors=100_000,
)
SHORT = Effort(
    rounds=5,
    slow_candidates=5,
    queries=8,
    depth=20,
    photos=None,
    timed_photos=32,
    indexing_rounds=3,
    distractors=20_000,
)
QUICK = Effort(
    rounds=1,
    slow_candidates=1,
    queries=2,
    depth=3,
    photos=6,
    timed_photos=3,
    indexing_rounds=1,
    distractors=500,
)


def main(arguments: Sequence[str] | None = None) -> None:
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["million"]:
        million.main(given[1:])
        return
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few photos and one round: proves that it runs")
    parser.add_argument("--short", action="store_true", help="fewer rounds, photos and queries: some minutes")
    parser.add_argument("--photos", type=Path, default=EXAMPLES, help="folder per identity (default: the examples)")
    parser.add_argument("--queries", default=EXAMPLE_QUERIES, help="pattern of the identities searched for")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the results go; written after each part")
    options = parser.parse_args(given)
    effort = QUICK if options.quick else SHORT if options.short else FULL
    called = " --quick" * options.quick + " --short" * options.short
    called += f" --photos {options.photos.name}" * (options.photos != EXAMPLES)
    load, done = os.getloadavg()[0], []
    for section in _sections(effort, options.photos, options.queries):
        done.append(section)
        options.out.write_text(render(done, load, called), "utf-8")
        print(f"{section.title}: done", file=sys.stderr)
    print(options.out.read_text("utf-8"))


def _sections(effort: Effort, folder: Path, queries: str) -> Iterator[Section]:
    model = load_model(preset="paper")
    last = -(effort.photos or 0)  # the last of the examples have several views each
    features = extract_all(model, photos_below(folder)[last:])
    labelled = label(features, folder, queries)
    yield reranking.run(model, features, labelled, effort)
    yield size.run(model, features, labelled, 3 * effort.queries, 2 * effort.depth)
    yield codes.run(labelled, 3 * effort.queries, effort.depth)
    models = {precision: load_model(precision=precision) for precision in ("float32", "int8")}
    examples = photos_below(EXAMPLES)
    chosen = examples[:: max(1, len(examples) // effort.timed_photos)][: effort.timed_photos]
    maps = extraction.precision_mean_average(
        models, photos_below(folder)[last:], folder, queries, 3 * effort.queries, effort.depth
    )
    yield extraction.run(models, chosen, effort.indexing_rounds, maps, model.preset)
    yield evaluation.run(effort.distractors)
    profiled = profiles.run(EXAMPLES, effort.queries)
    if profiled is not None:
        yield profiled


if __name__ == "__main__":
    main()
