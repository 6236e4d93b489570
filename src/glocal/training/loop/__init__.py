"""The training loop, and what it needs: optimiser, state, log, several processes, validation."""

from glocal.training.loop.log import StepReport
from glocal.training.loop.parallel import Ranks, is_first, training_processes
from glocal.training.loop.stage_loop import OnStep, run_loop
from glocal.training.loop.validation import validate

__all__ = [
    "OnStep",
    "Ranks",
    "StepReport",
    "is_first",
    "run_loop",
    "training_processes",
    "validate",
]
