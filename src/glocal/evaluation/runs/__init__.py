"""The evaluations themselves, one file each: from photos or descriptors to a result."""

from glocal.evaluation.runs.album_judging import evaluate_albums
from glocal.evaluation.runs.calibrating import gather_pairs, judged_pairs
from glocal.evaluation.runs.changing import evaluate_changes
from glocal.evaluation.runs.descriptors import evaluate_descriptors
from glocal.evaluation.runs.domain_judging import Contender, judge_domains
from glocal.evaluation.runs.landmark_challenge import (
    recognition_results,
    retrieval_results,
    run_recognition,
    run_retrieval,
)
from glocal.evaluation.runs.pair_verification import evaluate_pairs, read_pairs, verification_average_precision
from glocal.evaluation.runs.proof_judging import Judging, evaluate_proof
from glocal.evaluation.runs.ranker_comparison import compare_rankers
from glocal.evaluation.runs.retrieval import Plan, evaluate_photos
from glocal.evaluation.runs.search_by_modes import evaluate_search

__all__ = [
    "Contender",
    "Judging",
    "Plan",
    "compare_rankers",
    "evaluate_albums",
    "evaluate_changes",
    "evaluate_descriptors",
    "evaluate_pairs",
    "evaluate_photos",
    "evaluate_proof",
    "evaluate_search",
    "gather_pairs",
    "judge_domains",
    "judged_pairs",
    "read_pairs",
    "recognition_results",
    "retrieval_results",
    "run_recognition",
    "run_retrieval",
    "verification_average_precision",
]
