"""The log of a run: JSON lines are the truth, TensorBoard shows them."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from torch.utils.tensorboard import SummaryWriter

from glocal.files import write_whole


@dataclass(frozen=True)
class StepReport:
    """What the log says of one step.

    Attributes:
        step: counted from 0.
        total, global_, reconstruction, attention, distillation, relation, instances: losses before the step.
        gradient: norm before clipping.
        learning_rate: before each part's own factor.
        waited: share of the step's time, in [0, 1], that the network waited for photos.
        photos_per_second: of this step.
        warnings: parts of the network that have collapsed.
    """

    step: int
    total: float
    global_: float
    reconstruction: float
    attention: float
    distillation: float
    relation: float
    instances: float
    gradient: float
    learning_rate: float
    waited: float
    photos_per_second: float
    warnings: tuple[str, ...]


CURVES = (
    "total",
    "global_",
    "reconstruction",
    "attention",
    "distillation",
    "relation",
    "instances",
    "gradient",
    "learning_rate",
    "waited",
    "photos_per_second",
)


class RunLog:
    """`log.jsonl`, `validation.jsonl` and the folder `tensorboard` of a run, from step `first` on.

    Lines of steps that will be done again are dropped, in both files and on TensorBoard.
    """

    def __init__(self, out: Path, first: int) -> None:
        for name in ("log.jsonl", "validation.jsonl"):
            _keep_before(out / name, first)
        self._steps = (out / "log.jsonl").open("a", encoding="utf-8")
        self._validation = (out / "validation.jsonl").open("a", encoding="utf-8")
        self._board = SummaryWriter(str(out / "tensorboard"), purge_step=first)

    def step(self, report: StepReport) -> None:
        """Write a step."""
        self._steps.write(json.dumps(asdict(report)) + "\n")
        for name in CURVES:
            self._board.add_scalar(f"training/{name.strip('_')}", getattr(report, name), report.step)

    def validation(self, step: int, mean_average_precision: float) -> None:
        """Write the mAP in [0, 1] of the identities validated on, once `step` was done."""
        line = {"step": step, "mAP": mean_average_precision, "time": round(time.time())}
        self._validation.write(json.dumps(line) + "\n")
        self._board.add_scalar("validation/mAP", mean_average_precision, step)

    def flush(self) -> None:
        """Hand everything to the operating system."""
        self._steps.flush()
        self._validation.flush()
        self._board.flush()

    def __enter__(self) -> Self:
        """Return the log."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the files."""
        self._steps.close()
        self._validation.close()
        self._board.close()


def _keep_before(path: Path, step: int) -> None:
    """Keep the whole lines of steps before `step`: a line that a kill cut short is one that is done again."""
    lines = path.read_text("utf-8").splitlines(keepends=True) if path.is_file() else []
    kept = [line for line in lines if line.endswith("\n") and json.loads(line)["step"] < step]
    write_whole(path, "".join(kept))
