"""Ablations: the rows of a table are trained alike but for one choice, with several seeds, and measured alike."""

from glocal.training.ablation.experiment import AblationReport, ablate
from glocal.training.ablation.rows import ABLATIONS

__all__ = [
    "ABLATIONS",
    "AblationReport",
    "ablate",
]
