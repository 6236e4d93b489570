"""Counters and gauges for Prometheus, summed over all workers: each adds its own to one small database they share."""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from glocal.service.access.metric_families import Sample, exposed, is_counter, sample
from glocal.service.json_logs import log

BUCKETS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Upper ends of the latency histogram, seconds."""

FRESH_SECONDS = 10.0
"""A gauge that was not written for so long is that of a worker which has ended: nothing waits there any more."""

WAIT_SECONDS = 1.0
"""How long another worker's writing is waited for."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_TABLES = """
CREATE TABLE IF NOT EXISTS counters (sample TEXT PRIMARY KEY, value REAL NOT NULL);
CREATE TABLE IF NOT EXISTS gauges (worker TEXT, sample TEXT, value REAL NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (worker, sample));
"""


class Metrics:
    """The counters and gauges of one worker, and the way to those of all. Safe to use from several threads.

    Args:
        folder: shared by all workers.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "metrics.sqlite"
        self._worker = secrets.token_hex(8)
        self._counts: defaultdict[Sample, float] = defaultdict(float)
        self._saved: dict[Sample, float] = {}
        self._counting, self._saving = threading.Lock(), threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        labels = {"method": method if method in _METHODS else "other", "route": route}
        with self._counting:
            self._counts[sample("glocal_requests_total", **labels, status=str(status))] += 1
            self._counts[sample("glocal_request_seconds_sum", **labels)] += seconds
            self._counts[sample("glocal_request_seconds_count", **labels)] += 1
            for end in (*BUCKETS, float("inf")):
                bound = "+Inf" if end == float("inf") else f"{end:g}"
                self._counts[sample("glocal_request_seconds_bucket", **labels, le=bound)] += seconds <= end

    def save(self, own: Mapping[Sample, float]) -> None:
        """Add what was counted since the last time to the sums of all workers, and write the gauges anew.

        Args:
            own: further counters and gauges of this worker, with their values now.
        """
        with self._saving:
            with self._counting:
                counters = self._counts | {key: value for key, value in own.items() if is_counter(key)}
            gauges = {key: value for key, value in own.items() if not is_counter(key)}
            now = time.time()
            news = [(_text(key), value - self._saved.get(key, 0.0)) for key, value in counters.items()]
            levels = [(self._worker, _text(key), value, now) for key, value in gauges.items()]
            try:
                with self._transaction() as connection:
                    connection.executemany(
                        "INSERT INTO counters VALUES (?, ?) ON CONFLICT DO UPDATE SET value = value + excluded.value",
                        news,
                    )
                    connection.execute(
                        "DELETE FROM gauges WHERE worker = ? OR at < ?", (self._worker, now - FRESH_SECONDS)
                    )
                    connection.executemany("INSERT INTO gauges VALUES (?, ?, ?, ?)", levels)
            except sqlite3.Error as error:  # counters are not worth a failed request
                log("unsaved", what="metrics", reason=str(error))
            else:
                self._saved = dict(counters)

    def exposition(self, own: Mapping[Sample, float], shared: Mapping[Sample, float], accept: str) -> tuple[bytes, str]:
        """Return the sums over all workers, and their media type: Prometheus' text or OpenMetrics.

        Args:
            own: of this worker, as for `save`.
            shared: gauges of what all workers share, which are not summed.
            accept: the media types that are asked for, as in the header of that name.

        Raises:
            sqlite3.Error: the sums cannot be read.
        """
        self.save(own)
        with self._transaction() as connection:
            rows = connection.execute(
                "SELECT sample, value FROM counters UNION ALL SELECT sample, sum(value) FROM gauges GROUP BY sample"
            ).fetchall()
        return exposed({**{_sample(key): value for key, value in rows}, **shared}, accept)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Open the database for one transaction; nothing waits for the disk."""
        with closing(sqlite3.connect(self._path, timeout=WAIT_SECONDS, isolation_level=None)) as connection:
            connection.executescript(f"PRAGMA synchronous = OFF; {_TABLES}")
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")


def _text(key: Sample) -> str:
    return json.dumps(key)


def _sample(text: str) -> Sample:
    name, labels = json.loads(text)
    return name, tuple((label, value) for label, value in labels)
