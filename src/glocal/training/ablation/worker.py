"""One run in a process of its own: `python -m glocal.training.ablation.worker FOLDER`.

`FOLDER/job.json` says what to do. Progress goes to standard output, one JSON array [stage, done, total] a line;
so a worker whose parent is gone ends at its next line. `FOLDER/result.json` is written last.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import torch

from glocal.collection import writer_lock
from glocal.errors import GlocalError
from glocal.evaluation.setting import environment
from glocal.files import write_json
from glocal.training.ablation.measure import measure
from glocal.training.photos import LabelledPhoto
from glocal.training.recipe import Recipe
from glocal.training.run import train

LONGEST_WAIT = 7 * 24 * 3600.0
"""Seconds to wait for another process that is doing the same run."""

MISTAKE = 2
"""Exit code of a run that cannot be done; the reason is the last line on standard error."""


def do_run(folder: Path) -> None:
    """Train and measure what `folder/job.json` says, unless its result is there.

    Raises:
        GlocalError: the run cannot be done.
    """
    with writer_lock(folder / "lock", wait=LONGEST_WAIT):
        if (folder / "result.json").is_file():
            return
        started = time.monotonic()
        job = json.loads((folder / "job.json").read_text("utf-8"))
        sets = {
            name: [LabelledPhoto(path, identity) for path, identity in members] for name, members in job["sets"].items()
        }
        recipe = Recipe.model_validate(job["recipe"])
        report = train(recipe, [Path(root) for root in job["photos"]], folder, on_progress=_say)
        measures, sparse = measure(report.checkpoint, sets, torch.get_num_threads(), _say)
        result = {
            "measures": measures,
            "sparsity": sparse,
            "photos": report.photos,
            "classes": report.classes,
            "skipped": report.skipped,
            "seconds": round(time.monotonic() - started, 1),
            "environment": {**environment(), "torch": str(torch.__version__), "threads": torch.get_num_threads()},
        }
        write_json(folder / "result.json", result)
        for state in folder.rglob("state.safetensors"):
            state.unlink()


def _say(stage: str, done: int, total: int | None) -> None:
    sys.stdout.write(json.dumps([stage, done, total]) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        do_run(Path(sys.argv[1]))
    except GlocalError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(MISTAKE)
