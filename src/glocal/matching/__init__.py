"""Two photos' features to correspondences, verified geometry, and the probability that both show one thing."""

from glocal.matching.calibration import Calibration, fit_calibration
from glocal.matching.match import FARTHEST, Match, match_features, match_many
from glocal.matching.verification import verify

__all__ = ["FARTHEST", "Calibration", "Match", "fit_calibration", "match_features", "match_many", "verify"]
