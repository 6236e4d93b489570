"""Counters for Prometheus. Each worker writes its own to a file; whichever is asked adds them all up."""

from __future__ import annotations

import json
import os
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from glocal.service.json_logs import log

BUCKETS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Upper ends of the latency histogram, seconds."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """The counters of one worker. Safe to use from several threads.

    Args:
        folder: shared by all workers.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._counts: defaultdict[str, float] = defaultdict(float)
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        method = method if method in _METHODS else "other"
        labels = f'method="{method}",route="{route}"'
        with self._lock:
            self._counts[f'glocal_requests_total{{{labels},status="{status}"}}'] += 1
            self._counts[f"glocal_request_seconds_sum{{{labels}}}"] += seconds
            self._counts[f"glocal_request_seconds_count{{{labels}}}"] += 1
            for end in (*BUCKETS, float("inf")):
                if seconds <= end:
                    bound = "+Inf" if end == float("inf") else f"{end:g}"
                    self._counts[f'glocal_request_seconds_bucket{{{labels},le="{bound}"}}'] += 1

    def save(self) -> None:
        """Let the other workers see this one's counters."""
        with self._lock:
            text = json.dumps(self._counts)
        file = self._folder / f"{os.getpid()}.json"
        draft = file.with_suffix(".new")
        try:
            draft.write_text(text, "utf-8")
            draft.replace(file)
        except OSError as error:  # counters are not worth a failed request
            log("unsaved", what="metrics", reason=str(error))

    def text(self, gauges: Mapping[str, float]) -> str:
        """Return the sum over all workers in Prometheus' text format.

        Args:
            gauges: sample name, with labels if any, to value now.
        """
        self.save()
        total: defaultdict[str, float] = defaultdict(float)
        for counts in self._saved():
            for sample, value in counts.items():
                total[sample] += value
        lines: list[str] = []
        for kind, samples in (("counter", total), ("gauge", gauges)):
            named: dict[str, list[str]] = {}
            for sample, value in sorted(samples.items()):
                named.setdefault(_family(sample), []).append(f"{sample} {value:g}")
            for name, entries in named.items():
                lines += [f"# TYPE {name} {'histogram' if name.endswith('_seconds') else kind}", *entries]
        return "\n".join(lines) + "\n"

    def _saved(self) -> Iterator[Mapping[str, float]]:
        for file in self._folder.glob("*.json"):
            try:
                yield json.loads(file.read_text("utf-8"))
            except (OSError, ValueError):  # a worker that is just ending
                continue


def _family(sample: str) -> str:
    name = sample.partition("{")[0]
    for suffix in ("_bucket", "_sum", "_count"):
        if name.endswith(f"_seconds{suffix}"):
            return name.removesuffix(suffix)
    return name
