"""Ablations as processes: sharing, killing, resuming, failing."""

import json
import signal
import subprocess
import sys
import time

import pytest

pytest.importorskip("torch")
pytestmark = [pytest.mark.train, pytest.mark.slow]

from glocal.collection.catalog.lock import writer_lock  # noqa: E402
from glocal.training.ablation.experiment import ablate  # noqa: E402
from glocal.training.photos.labelled_photos import TrainingError  # noqa: E402

PATIENCE = 300.0

CHILD = """
import sys
from pathlib import Path
from glocal.training.ablation.rows import Ablation, Column, Row
from glocal.training.ablation.experiment import ablate

rows = tuple(Row(f"stop {stop}", (f"network.stop_gradient={stop}",)) for stop in ("true", "false"))
ablate(
    Ablation("two", "Two rows", rows, (Column("mAP", "mAP", "by global descriptor"),), rows[0]),
    Path(sys.argv[1]), [Path(sys.argv[2])], Path(sys.argv[3]), settings=["steps=40"], seeds=[0], jobs=1,
    on_progress=lambda *_: None, on_run=lambda line: print(line, flush=True),
)
"""


def run(table, recipe, photos, out, **options):
    lines: list[str] = []
    progress: list[tuple[int, ...]] = []
    report = ablate(
        table,
        recipe,
        [photos],
        out,
        on_progress=lambda _, done, total: progress.append((done, total)),
        on_run=lines.append,
        **options,
    )
    return report, lines, progress


def results_in(out):
    return {path: path.stat().st_mtime_ns for path in out.glob("runs/*/result.json")}


def wait_for(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def test_a_table_is_made_and_finished_runs_are_not_repeated(two_rows, recipe_file, identities_folder, tmp_path):
    out = tmp_path / "out"
    report, lines, progress = run(two_rows, recipe_file, identities_folder, out, seeds=[0], jobs=2)
    assert (len(lines), progress[-1]) == (2, (8, 8))
    text = report.table.read_text()
    assert "2 of 2 runs are finished" in text
    assert report.chart.name in text
    done = results_in(out)
    assert len(done) == 2
    for path in done:
        result = json.loads(path.read_text())
        assert set(result["measures"]) == {"validation", "test"}
        for values in result["measures"].values():
            assert len(values) == 5
            assert all(0 <= value <= 1 for value in values.values())
        assert 0 < result["sparsity"]["local"] < 1
        assert result["photos"] == 8
        assert not list(path.parent.rglob("state.safetensors"))
    run(two_rows, recipe_file, identities_folder, out, seeds=[0, 1])
    assert done.items() <= results_in(out).items()
    assert len(results_in(out)) == 4


def test_a_killed_ablation_goes_on_where_it_was(recipe_file, identities_folder, tmp_path):
    out = tmp_path / "out"
    command = [sys.executable, "-c", CHILD, str(recipe_file), str(identities_folder), str(out)]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert "stop true, seed 0: done" in parent.stdout.readline()
    (first,) = results_in(out).items()
    wait_for(lambda: len(list(out.glob("runs/*/state.safetensors"))) == 1)
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    (state,) = out.glob("runs/*/state.safetensors")
    log = state.with_name("log.jsonl")
    # The worker whose parent is gone ends by itself, and holds its lock no longer.
    with writer_lock(state.with_name("lock"), wait=PATIENCE):
        pass
    assert not state.with_name("result.json").exists()
    before = log.read_text()
    # A mark in the first line survives only if the steps before the saved state are not done again.
    log.write_text(before.replace("{", "{ ", 1))
    ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE)
    assert "2 of 2" in ended.stdout
    assert first in results_in(out).items()
    lines = log.read_text().splitlines()
    assert lines[0].startswith("{ ")
    assert [json.loads(line)["step"] for line in lines] == list(range(40))


def test_a_failing_row_does_not_stop_the_others(two_rows, recipe_file, identities_folder, tmp_path):
    from glocal.training.ablation.rows import Ablation, Row

    broken = Row("broken", ("network.global_dimensions=1000",))
    table = Ablation("two", "Two rows", (broken, two_rows.reference), two_rows.columns, two_rows.reference)
    with pytest.raises(TrainingError, match=r"1 of 2 runs failed.*broken, seed 0: 8 photos are too few"):
        run(table, recipe_file, identities_folder, tmp_path, seeds=[0])
    assert "1 of 2 runs are finished" in (tmp_path / "two.md").read_text()


def test_other_photos_are_other_runs(two_rows, recipe_file, identities_folder, tmp_path):
    from glocal.training.ablation.planning import plan

    both = [identities_folder, identities_folder / "thing-0"]
    folders = [
        {one.folder for one in plan(two_rows, recipe_file, (), [0], photos, tmp_path)}
        for photos in ([identities_folder], both)
    ]
    assert len(folders[0] | folders[1]) == 4
