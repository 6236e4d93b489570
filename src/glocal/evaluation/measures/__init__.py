"""What is measured: average precision and others of rankings, errors of proofs, pairs of groups."""

from glocal.evaluation.measures.average_precision import CUTOFFS, Scores, score_ranks, shift_junk
from glocal.evaluation.measures.folder_measures import UKBENCH_VIEWS, leave_one_out
from glocal.evaluation.measures.landmarks import (
    INLIER_CAP,
    RETRIEVAL_DEPTH,
    SIMILARITY_WEIGHT,
    Recognition,
    Solution,
    global_average_precision,
    mean_average_precision,
    recognise,
)
from glocal.evaluation.measures.named_measures import FOLDERS, HELD_OUT, REVISITED, UKBENCH, Measures
from glocal.evaluation.measures.pairs_in_groups import pairwise_measures
from glocal.evaluation.measures.precision_recall_curve import precision_recall
from glocal.evaluation.measures.proof_measures import (
    expected_calibration_error,
    log_loss,
    reliability,
    verdict_counts,
)

__all__ = [
    "CUTOFFS",
    "FOLDERS",
    "HELD_OUT",
    "INLIER_CAP",
    "RETRIEVAL_DEPTH",
    "REVISITED",
    "SIMILARITY_WEIGHT",
    "UKBENCH",
    "UKBENCH_VIEWS",
    "Measures",
    "Recognition",
    "Scores",
    "Solution",
    "expected_calibration_error",
    "global_average_precision",
    "leave_one_out",
    "log_loss",
    "mean_average_precision",
    "pairwise_measures",
    "precision_recall",
    "recognise",
    "reliability",
    "score_ranks",
    "shift_junk",
    "verdict_counts",
]
