"""Log lines for machines: one JSON object each; never a query string, a token, or anything of a photo."""

from __future__ import annotations

import json
import logging
import sys
import time

_LOGGER = logging.getLogger("glocal.service")


def start() -> None:
    """Send log lines to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    _LOGGER.handlers = [handler]
    _LOGGER.setLevel(logging.INFO)
    _LOGGER.propagate = False


def log(event: str, **facts: str | float | None) -> None:
    """Write one line.

    Args:
        event: what happened, one word.
        facts: what a reader needs to know of it.
    """
    line = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "event": event, **facts}
    _LOGGER.info(json.dumps(line, ensure_ascii=True))
