"""What stands between the network and the work: tokens, limits, headers, back-pressure and counters."""

from glocal.service.access.back_pressure import Gate
from glocal.service.access.body_limits import BodyLimit
from glocal.service.access.metric_families import Sample, sample
from glocal.service.access.metrics import Metrics
from glocal.service.access.middleware import Watch
from glocal.service.access.tokens import COOKIE, Access, access_of, access_of_token, session_value

__all__ = [
    "COOKIE",
    "Access",
    "BodyLimit",
    "Gate",
    "Metrics",
    "Sample",
    "Watch",
    "access_of",
    "access_of_token",
    "sample",
    "session_value",
]
