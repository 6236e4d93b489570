"""Two photos' features to correspondences, verified geometry, and the probability that both show one thing."""

from glocal.matching.background import BACKGROUND_RANKS, background_among_few, background_of
from glocal.matching.calibration import Calibration, at_prior
from glocal.matching.fitting import PRIOR, fit_calibration
from glocal.matching.labelled import LabelledPairs
from glocal.matching.match import FARTHEST, Match, match_features, match_many
from glocal.matching.places import further_places
from glocal.matching.same_frame import lie_in_place
from glocal.matching.verdict import IMPROBABLE, LIKELY, Verdict, verdict_of
from glocal.matching.verification import verify

__all__ = [
    "BACKGROUND_RANKS",
    "FARTHEST",
    "IMPROBABLE",
    "LIKELY",
    "PRIOR",
    "Calibration",
    "LabelledPairs",
    "Match",
    "Verdict",
    "at_prior",
    "background_among_few",
    "background_of",
    "fit_calibration",
    "further_places",
    "lie_in_place",
    "match_features",
    "match_many",
    "verdict_of",
    "verify",
]
