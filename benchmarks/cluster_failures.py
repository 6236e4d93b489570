"""Nodes of a Ray cluster that die while photos are indexed into shards, and while they are searched.

`python -m benchmarks.cluster_failures --folder DIR`: a head node and worker nodes run on this machine, a raylet each.
Photos are indexed by them, and one node is killed when half is done; then the shards are searched, and another one is
killed. What is found is compared with a single collection of the same photos. Run again, it goes on where it stopped.
Photos are sections of the examples at half their size, or with --more DIR the examples and photos below that.
"""

from __future__ import annotations

import argparse
import os
import shutil
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from PIL import Image

from benchmarks.child import Notes, measured_by
from benchmarks.failing_nodes import spread
from benchmarks.photos import EXAMPLES, photos_below
from benchmarks.report import Section, Target, render
from glocal.cluster import Cluster, Layout
from glocal.collection import Collection
from glocal.extraction import load_model
from glocal.images import content_hash

RESULTS = Path(__file__).parent / "RESULTS-cluster-failures.md"
HEALED_SECONDS = 60.0
HEALING = "a process loads Ray, the network's model and a shard, on cores that search meanwhile"
WRONG = "a fault of the code"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cluster_failures", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="a new folder, or one of an earlier run")
    parser.add_argument("--photos", type=int, default=2000)
    parser.add_argument("--more", type=Path, nargs="+", help="folders to take photos from, evenly")
    parser.add_argument("--shards", type=int, default=4)
    parser.add_argument("--nodes", type=int, default=3, help="worker nodes, of a core each")
    parser.add_argument("--limit", type=float, default=7200, help="seconds that each of the two may take")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the results go")
    options = parser.parse_args(arguments)
    folder, load = options.folder, os.getloadavg()[0]
    folder.mkdir(parents=True, exist_ok=True)
    notes = Notes(folder / "notes.json")
    nodes = ("--shards", options.shards, "--nodes", options.nodes)
    taken = notes.get("photos", lambda: take(folder / "photos", options.photos, options.more))
    notes.get("one collection", lambda: alone(folder))

    def indexed() -> Any:
        shutil.rmtree(folder / "root", ignore_errors=True)  # of a run that was stopped: no node died in it
        return measured_by("failing_nodes", "index", folder, *nodes, limit=options.limit)

    index = notes.get("indexing while a node dies", indexed)
    index = {**index, **notes.get("comparing", lambda: compared(folder))}
    search = notes.get(
        "searching while a node dies",
        lambda: measured_by("failing_nodes", "search", folder, *nodes, limit=options.limit),
    )
    called = f".cluster_failures --photos {options.photos} --shards {options.shards} --nodes {options.nodes}"
    report = render([section(taken, options, index, search)], load, called + " --more ..." * bool(options.more))
    options.out.write_text(report, "utf-8")
    print(report)


def take(folder: Path, count: int, more: Sequence[Path] | None) -> dict[str, Any]:
    """Write so many photos into a folder, by numbers, and say what they are."""
    folder.mkdir(exist_ok=True)
    if more:
        examples, others = photos_below(EXAMPLES)[:count], [path for one in more for path in photos_below(one)]
        chosen = [*examples, *spread(others, min(count - len(examples), len(others)))]
        for number, path in enumerate(chosen):
            shutil.copyfile(path, folder / f"{number:05}{path.suffix}")
        return {"photos": len(chosen), "what": f"{len(examples)} examples and photos of {len(more)} other folders"}
    done = 0
    for done, picture in enumerate(islice(sections(), count), 1):
        picture.save(folder / f"{done - 1:05}.jpg", quality=90)
    return {"photos": done, "what": "sections of the examples at half their size"}


def sections() -> Iterator[Image.Image]:
    """Yield sections of the example photos at half their size, of each another one in every round."""
    for number in range(49):
        for path in photos_below(EXAMPLES):
            with Image.open(path) as opened:
                whole = opened.convert("RGB")
            width, height = whole.size
            left, top = width * (number % 7) // 42, height * (number // 7) // 42
            section = whole.crop((left, top, left + width * 6 // 7, top + height * 6 // 7))
            yield section.resize((width // 2, height // 2))


def alone(folder: Path) -> float:
    """Index all photos into one collection, or go on with it, and return the seconds of this run."""
    one, model = folder / "one", load_model()
    with Collection.open(one, model) if Collection.exists(one) else Collection.create(one, model) as collection:
        return collection.add(folder / "photos").seconds


def compared(folder: Path) -> dict[str, int]:
    """Count photos of one collection that shards lack, hold twice or where they do not belong, or hold otherwise."""
    layout = Layout.read(folder / "root")
    lost = doubled = misplaced = other = 0
    with Collection.open(folder / "one") as one, Cluster.open(folder / "root", one.model) as cluster:
        for photo in one.photos():
            holding = [number for number, shard in enumerate(cluster.shards) if shard.photo_at(photo.path)]
            lost, doubled = lost + (not holding), doubled + (len(holding) > 1)
            misplaced += any(number != layout.shard_of(content_hash(photo.path)) for number in holding)
            if photo.indexed and holding:
                stored = cluster.shards[holding[0]].features(photo.path)
                other += stored.codes.tobytes() != one.features(photo.path).codes.tobytes()
        more = sum(one.photo_at(photo.path) is None for photo in cluster.photos())
    return {"lost": lost, "doubled": doubled, "misplaced": misplaced, "otherwise": other, "more": more}


def section(taken: Any, options: argparse.Namespace, index: Any, search: Any) -> Section:
    """Return the table and what it has to show."""
    wrong = sum(index[name] for name in ("lost", "doubled", "misplaced", "otherwise", "more")) + index["exit"]
    queries = search["queries"]
    other = 2 * queries - search["same_before"] - search["same_after"] + search["without_missing_and_other"]
    rows = (
        ("photos committed when a node was killed", f"{index['killed_after']}"),
        ("indexing all, s; of these after that", f"{index['seconds']:.0f}; {index['seconds_after']:.0f}"),
        (
            "photos lost, doubled, in the wrong shard, with other features",
            f"{index['lost']}, {index['doubled']}, {index['misplaced']}, {index['otherwise']}",
        ),
        ("answers as one collection gives them, before a node was killed", f"{search['same_before']} of {queries}"),
        ("shards that the killed node held", f"{search['held']}"),
        ("shards named as missing after that", ", ".join(search["missing"]) or "none"),
        ("answers until they were whole again", f"{search['during']}"),
        ("answers that named no shard and were others", f"{search['without_missing_and_other']}"),
        ("whole again after, s", f"{search['healed_after']:.1f}"),
        ("answers as one collection gives them, after that", f"{search['same_after']} of {queries}"),
        (
            "a search, s: median before, slowest until whole again",
            f"{search['seconds_before']:.2f}, {search['slowest_during']:.2f}",
        ),
    )
    return Section(
        title=f"{taken['photos']} photos in {options.shards} shards, {options.nodes} nodes",
        header=("figure", "measured"),
        rows=rows,
        targets=(
            Target("photos lost, doubled, misplaced or with other features", wrong, 0, "", True, WRONG),
            Target("answers that are not those of one collection", other, 0, "", True, WRONG),
            Target("whole again after", search["healed_after"], HEALED_SECONDS, "s", True, HEALING),
        ),
        notes=(
            f"Photos are {taken['what']}. Nodes are raylets on one machine, and killed without warning.",
            f"Answers to {queries} of the photos, 50 hits each, are compared by photos, proofs and probabilities.",
        ),
    )


if __name__ == "__main__":
    main()
