"""Log lines for machines: one JSON object each; never a query string or a token, and of photos which are damaged."""

from __future__ import annotations

import json
import logging
import sys
import time

_LOGGER = logging.getLogger("glocal.service")

_OTHERS = ("uvicorn", "asyncio", "glocal.collection")
"""Loggers of which warnings and errors are written too. The last tells the operator which photos are damaged."""


def start() -> None:
    """Send log lines to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    _LOGGER.handlers = [handler]
    _LOGGER.setLevel(logging.INFO)
    _LOGGER.propagate = False
    others = logging.StreamHandler(sys.stderr)
    others.setFormatter(_Lines())
    for name in _OTHERS:
        logging.getLogger(name).handlers = [others]
        logging.getLogger(name).propagate = False
        logging.getLogger(name).setLevel(logging.WARNING)


class _Lines(logging.Formatter):
    """What others log, as lines of ours."""

    def format(self, record: logging.LogRecord) -> str:
        trace = {} if record.exc_info is None else {"trace": self.formatException(record.exc_info)}
        return _line("log", of=record.name, level=record.levelname.lower(), reason=record.getMessage(), **trace)


def log(event: str, **facts: str | float | None) -> None:
    """Write one line.

    Args:
        event: what happened, one word.
        facts: what a reader needs to know of it.
    """
    _LOGGER.info(_line(event, **facts))


def _line(event: str, **facts: str | float | None) -> str:
    line = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "event": event, **facts}
    return json.dumps(line, ensure_ascii=True)
