"""Two photos' features to correspondences, verified geometry, and the probability that both show one thing."""

from glocal.matching.calibration import Calibration, fit_calibration
from glocal.matching.match import Match, match_features, match_many

__all__ = ["Calibration", "Match", "fit_calibration", "match_features", "match_many"]
