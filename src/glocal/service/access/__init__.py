"""What stands between the network and the work: tokens, limits, headers, back-pressure and counters."""

from glocal.service.access.back_pressure import Gate
from glocal.service.access.body_limits import BodyLimit
from glocal.service.access.head_requests import HeadRequests
from glocal.service.access.metric_families import Sample, sample
from glocal.service.access.metrics import Metrics
from glocal.service.access.middleware import Watch
from glocal.service.access.proxy import BehindProxy
from glocal.service.access.token_file import NamedToken, Rights, TokenFile, session_value
from glocal.service.access.tokens import COOKIE, Access, Caller, Tokens

__all__ = [
    "COOKIE",
    "Access",
    "BehindProxy",
    "BodyLimit",
    "Caller",
    "Gate",
    "HeadRequests",
    "Metrics",
    "NamedToken",
    "Rights",
    "Sample",
    "TokenFile",
    "Tokens",
    "Watch",
    "sample",
    "session_value",
]
