"""Ranking a database for queries, and re-ranking the first of it."""

from glocal.evaluation.ranking.local_rankers import Verifier
from glocal.evaluation.ranking.ranker_names import RANKERS, Choice, Material, choose, require
from glocal.evaluation.ranking.rankers import Ranker
from glocal.evaluation.ranking.ranking import Ranked, nearest, rank

__all__ = [
    "RANKERS",
    "Choice",
    "Material",
    "Ranked",
    "Ranker",
    "Verifier",
    "choose",
    "nearest",
    "rank",
    "require",
]
