"""Counters and gauges for Prometheus. Each worker writes its own to a file; whichever is asked adds them all up."""

from __future__ import annotations

import json
import os
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from glocal.service.json_logs import log

BUCKETS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Upper ends of the latency histogram, seconds."""

FRESH_SECONDS = 10.0
"""A file that was not written for so long is that of a worker which has ended: nothing waits there any more."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """The counters and gauges of one worker. Safe to use from several threads.

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

    def save(self, own: Mapping[str, float]) -> None:
        """Let the other workers see this one's counters and gauges.

        Args:
            own: further samples of this worker, name with labels to value now: counters end in `_total`.
        """
        gauges = {sample: value for sample, value in own.items() if _kind(sample) == "gauge"}
        with self._lock:
            counters = self._counts | {sample: value for sample, value in own.items() if sample not in gauges}
        text = json.dumps({"counters": counters, "gauges": gauges})
        file = self._folder / f"{os.getpid()}.json"
        draft = file.with_suffix(".new")
        try:
            draft.write_text(text, "utf-8")
            draft.replace(file)
        except OSError as error:  # counters are not worth a failed request
            log("unsaved", what="metrics", reason=str(error))

    def text(self, own: Mapping[str, float], shared: Mapping[str, float]) -> str:
        """Return the sum over all workers in Prometheus' text format.

        Args:
            own: samples of this worker, as for `save`.
            shared: gauges of what all workers share, which are not summed.
        """
        self.save(own)
        total: defaultdict[str, float] = defaultdict(float, shared)
        for samples in self._saved():
            for sample, value in samples.items():
                total[sample] += value
        families: dict[str, list[str]] = {}
        for sample, value in sorted(total.items()):
            families.setdefault(_family(sample), []).append(f"{sample} {value:g}")
        lines: list[str] = []
        for name, entries in families.items():
            lines += [f"# TYPE {name} {_kind(name)}", *entries]
        return "\n".join(lines) + "\n"

    def _saved(self) -> Iterator[Mapping[str, float]]:
        """Yield the counters of every worker that there was, and the gauges of those there are."""
        for file in self._folder.glob("*.json"):
            try:
                samples, age = json.loads(file.read_text("utf-8")), time.time() - file.stat().st_mtime
                yield samples["counters"]
                if age < FRESH_SECONDS:
                    yield samples["gauges"]
            except (OSError, ValueError, KeyError):  # cut off, or of an older version
                continue


def _family(sample: str) -> str:
    name = sample.partition("{")[0]
    for suffix in ("_bucket", "_sum", "_count"):
        if name.endswith(f"_seconds{suffix}"):
            return name.removesuffix(suffix)
    return name


def _kind(sample: str) -> str:
    name = _family(sample)
    if name.endswith("_seconds"):
        return "histogram"
    return "counter" if name.endswith("_total") else "gauge"
