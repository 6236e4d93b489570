"""Loading: what a training step loses to its photos: `python -m benchmarks.loading [--photos DIR] [--quick]`."""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from benchmarks.photos import EXAMPLES
from benchmarks.report import Section, Target, render
from glocal.cores import available_cores
from glocal.models.imagenet import normalisation_of
from glocal.training.loop import StepReport, run_loop, training_processes
from glocal.training.objective import create_objective, start_network
from glocal.training.photos import Batch, Batches, TrainingPhotos, load_photos
from glocal.training.recipe import Recipe, load_recipe

RESULTS = Path(__file__).parent / "LOADING.md"
RECIPE = Path(__file__).parent.parent / "recipes" / "adapt.toml"
CORES = available_cores()
MOST = 10
"""Target: per cent of a step that may be spent waiting for photos."""


class ReadyBatches(Batches):
    """One batch again and again, prepared before: what steps take when photos cost nothing."""

    def ahead(self, first: int, last: int) -> Iterator[Batch]:
        batch = self.batch(first)
        yield from (batch for _ in range(first, last))


@dataclass
class Times:
    """Seconds of each step, and of waiting in it. The first step of a run, which finds nothing ready, is left out."""

    steps: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    def watch(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        """Pass batches on, and note how long each was waited for and how long until the next was asked for."""
        for number in range(1_000_000):
            began = time.perf_counter()
            batch = next(batches, None)
            waited = time.perf_counter() - began
            if batch is None:
                return
            yield batch
            if number:
                self.waits.append(waited)
                self.steps.append(time.perf_counter() - began)

    @property
    def waiting(self) -> float:
        """Per cent of all time that was spent waiting."""
        return 100 * sum(self.waits) / sum(self.steps)


def run(recipe: Recipe, folder: Path, rounds: int) -> Section:
    """Train in rounds on photos that are ready, in memory, and on disk, each for the recipe's steps."""
    photos = {
        "on disk": load_photos(recipe, [], [folder], memory=0),
        "in memory": load_photos(recipe, [], [folder], memory=4_000_000_000),
    }
    for row in range(len(photos["in memory"].train)):
        photos["in memory"].train.readable(row)
    sides = {"ready": Times(), **{name: Times() for name in photos}}
    for _ in range(rounds):
        for name, times in sides.items():
            _train(recipe, photos.get(name, photos["in memory"]), times, ready=name == "ready")
    medians = {name: statistics.median(times.steps) for name, times in sides.items()}
    lost = {name: 100 * (medians[name] / medians["ready"] - 1) for name in photos}
    speed = {name: f"{_views_a_second(recipe, some):.0f}" for name, some in photos.items()}
    rows = [
        (name, f"{1000 * medians[name]:.0f}", f"{times.waiting:.2f}", f"{lost.get(name, 0):.1f}", speed.get(name, ""))
        for name, times in sides.items()
    ]
    return Section(
        title="Loading",
        header=("photos", "ms a step (median)", "% waiting", "% longer than ready", "views/s"),
        rows=tuple(rows),
        targets=tuple(
            Target(
                f"share of training spent waiting, photos {name}",
                sides[name].waiting,
                MOST,
                "%",
                True,
                "the cores are shared by the network and by decoding",
            )
            for name in photos
        ),
        notes=(
            (
                f"{len(photos['on disk'].train)} photos, recipe `{recipe.name}` with random weights: {recipe.batch} "
                f"views of {recipe.side} pixels a step, {recipe.steps} steps x {rounds} rounds a side, the first step "
                f"of each left out; {torch.get_num_threads()} threads for the network, {CORES} for loading."
            ),
            (
                "Ready: one batch, prepared before, again and again. In memory: decoded. On disk: JPEG files, in the "
                "system's cache, decoded each time. Waiting: the network has nothing to do. Longer: what loading takes "
                "from the cores while the network works is in it. Views a second: loading alone, without a network."
            ),
        ),
    )


def _views_a_second(recipe: Recipe, photos: TrainingPhotos) -> float:
    batches = Batches(photos.train, photos.classes.labels, recipe, normalisation_of(recipe.network.backbone))
    began = time.perf_counter()
    views = sum(len(batch.images) for batch in batches.ahead(0, recipe.steps))
    return views / (time.perf_counter() - began)


def _train(recipe: Recipe, photos: TrainingPhotos, times: Times, *, ready: bool) -> None:
    torch.manual_seed(recipe.seed)
    network = start_network(recipe.network)
    objective = create_objective(network, recipe, photos.classes)
    kind = ReadyBatches if ready else Batches
    batches = kind(photos.train, photos.classes.labels, recipe, normalisation_of(recipe.network.backbone))
    plain = batches.ahead
    batches.ahead = lambda first, last: times.watch(plain(first, last))  # type: ignore[method-assign]
    with TemporaryDirectory(prefix="glocal-benchmark-") as out, training_processes() as ranks:
        run_loop(network, objective, batches, recipe, Path(out), ranks, _nothing)


def _nothing(_: StepReport) -> None:
    """Report nothing."""


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.loading", description=__doc__)
    parser.add_argument("--photos", type=Path, default=EXAMPLES, help="photos (default: the examples)")
    parser.add_argument("--recipe", type=Path, default=RECIPE, help="says batch, side and augmentation")
    parser.add_argument("--quick", action="store_true", help="a few steps: proves that it runs")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the results go")
    options = parser.parse_args(arguments)
    steps, rounds = (3, 1) if options.quick else (12, 3)
    changes = ["network.weights=random", "data.instances=true", f"steps={steps}", "save_every=1000000"]
    load = os.getloadavg()[0]
    section = run(load_recipe(options.recipe, changes), options.photos, rounds)
    called = ".loading" + " --quick" * options.quick
    called += f" --photos {options.photos.name}" * (options.photos != EXAMPLES)
    options.out.write_text(render([section], load, called), "utf-8")
    print(options.out.read_text("utf-8"))


if __name__ == "__main__":
    main()
