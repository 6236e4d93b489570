"""A million made-up photos in shards, beside what docs/scale.md reckons.

`python -m benchmarks.cluster_million --folder DIR`: one shard is made (see million_photos.py) and searched once,
so that it has its indexes; the others are copies of it. So as many photos are there and as many features listed, and
every shard has as much to do. Run again, it goes on.
"""

from __future__ import annotations

import argparse
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.child import Notes, measured_by
from benchmarks.fan_out_simulation import Setting, Simulation
from benchmarks.million_photos import MadeUp, build, require_space
from benchmarks.report import Section, Target, render
from benchmarks.searching_process import EXAMPLES
from glocal.cluster import Layout
from glocal.collection import DEFAULT_MODE, Collection, ModelIdentity, SearchOptions
from glocal.extraction import load_model
from glocal.features import View

RESULTS = Path(__file__).parent / "RESULTS-cluster-million.md"
PHOTOS = 1_000_000
MACHINE_MB, SENT_MB, RECEIVED_MB = 0.18, 0.028, 0.08
"""To a machine, to and from each shard in a search by default, as docs/scale.md reckons."""
PROCESS_GB = 0.42
"""Of memory of its own: a process after whole queries, as docs/scale.md reckons."""
FEATURE_BYTES, LISTED_BYTES, PHOTO_BYTES = 20, 18, 2600
"""On disk: of a feature in the catalog and in the local index, of a photo beside."""
RECKONED = "docs/scale.md reckons with less"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cluster_million", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where shards are made, or are")
    parser.add_argument("--photos", type=int, default=PHOTOS, help="all together")
    parser.add_argument("--shards", type=int, default=8)
    parser.add_argument("--queries", type=int, default=50)
    parser.add_argument("--limit", type=float, default=7200, help="seconds that measuring may take")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the results go")
    options = parser.parse_args(arguments)
    load, root = os.getloadavg()[0], options.folder / "root"
    options.folder.mkdir(parents=True, exist_ok=True)
    features = make(root, options.photos // options.shards, options.shards)
    measured = Notes(options.folder / "notes.json").get(
        "searching",
        lambda: measured_by("searching_shards", root, "--queries", options.queries, limit=options.limit),
    )
    size = sum(file.stat().st_size for file in root.rglob("*") if file.is_file())
    called = f".cluster_million --photos {options.photos} --shards {options.shards} --queries {options.queries}"
    report = render([section(options, measured, size, features)], load, called)
    options.out.write_text(report, "utf-8")
    print(report)


def make(root: Path, photos: int, shards: int) -> int:
    """Make shards of so many photos each, or go on making them, and return the local features of a photo."""
    model = load_model()
    features = model.preset.max_features
    layout = Layout.read(root) if Layout.exists(root) else Layout.create(root, shards, ModelIdentity.of(model))
    first, *others = layout.folders(root)
    if not all(map(Collection.exists, others)) or not others:
        first.mkdir(exist_ok=True)
        require_space(root, photos * shards, 2 * features)
        build(first, MadeUp.of(model, features), photos)
        with Collection.open(first, model) as shard:
            shard.search_views([View.of(MadeUp.of(model, features, EXAMPLES).queries(1)[0])], SearchOptions())
    for folder in others:
        if not Collection.exists(folder):
            draft = folder.with_name(f"{folder.name}.copy")
            shutil.rmtree(draft, ignore_errors=True)
            shutil.copytree(first, draft)
            draft.rename(folder)
    return features


def section(options: argparse.Namespace, measured: Any, size: int, features: int) -> Section:
    """Return the table, and what it is held to."""
    upright, default = measured["upright"], measured[DEFAULT_MODE]
    sent, received = (default[name] / options.queries / 1e6 for name in ("sent", "received"))
    memory, pages = (sum(one[name] for one in measured["memory"]) for name in ("Pss_Anon", "Pss_File"))
    disk, reckoned_memory = size / options.photos / 1e3, PROCESS_GB * options.shards
    reckoned_disk = (features * (FEATURE_BYTES + LISTED_BYTES) + PHOTO_BYTES) / 1e3
    reckoned_sent = MACHINE_MB + SENT_MB * options.shards
    rows = (
        *timed("upright", upright, options.shards),
        *timed(DEFAULT_MODE, default, options.shards),
        ("sent to all shards in a search by default, MB", f"{sent:.2f}", f"{reckoned_sent:.2f}"),
        ("sent back in it, MB", f"{received:.2f}", f"{RECEIVED_MB * options.shards:.2f}"),
        ("memory of the processes that search, GB", f"{memory:.2f}", f"{reckoned_memory:.2f}"),
        ("pages of files that they have mapped, GB", f"{pages:.2f}", f"{size / 1e9:.1f}, all files"),
        ("on disk, kB a photo", f"{disk:.1f}", f"{reckoned_disk:.1f}"),
        ("first search by one process, s", f"{measured['first']:.1f}", ""),
    )
    shares = {
        "sent": sent / reckoned_sent,
        "sent back": received / RECEIVED_MB / options.shards,
        "memory": memory / reckoned_memory,
        "disk": disk / reckoned_disk,
    }
    return Section(
        title=f"{options.photos} photos in {options.shards} shards",
        header=("figure", "measured", "reckoned"),
        rows=rows,
        targets=tuple(
            Target(f"{name}, of what is reckoned", share, 1.1, "", True, RECKONED) for name, share in shares.items()
        ),
        notes=(
            (
                f"Shards are copies of one with {options.photos // options.shards} made-up photos of {features} local "
                "features (benchmarks/million_photos.py), indexes too."
            ),
            (
                f"{options.queries} searches with features that are known, one at a time: of made-up photos upright, "
                f"and of examples as a search by default ({DEFAULT_MODE}) looks at them."
            ),
            (
                "All processes share this machine's cores: times say what being asked costs, not what as many machines "
                "gain. Simulated are searches in which each question takes as long as one that was measured."
            ),
            (
                "Pages of files are those of indexes and catalogs that searches have read so far: the system takes "
                "them back where it needs memory. What several processes share counts in parts."
            ),
        ),
    )


def timed(name: str, measured: Any, shards: int) -> Iterator[tuple[str, str, str]]:
    """Yield the rows of the times of one kind of searches."""
    questions = [np.array(values) for values in measured["questions"].values()]
    alone = Simulation(questions, Setting(shards, 1, 1e-6), np.random.default_rng(0)).run(300)
    yield f"a search ({name}) by one process, ms: median, 95 % below", spread(measured["one_process"]), ""
    yield f"a search ({name}) by a process for each shard, ms", spread(measured["processes"]), ""
    yield "the same with its bytes counted, ms", spread(measured["counted"]), f"{spread(alone.tolist())}, simulated"


def spread(seconds: Sequence[float]) -> str:
    """Return median and 95th percentile in milliseconds."""
    return ", ".join(f"{1e3 * value:.0f}" for value in np.quantile(seconds, [0.5, 0.95]))


if __name__ == "__main__":
    main()
