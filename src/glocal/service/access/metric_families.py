"""What the metrics are called, what they mean, and how they are written for those who collect them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric

Sample = tuple[str, tuple[tuple[str, str], ...]]
"""Name, and labels in a fixed order."""

_FAMILIES = (
    ("glocal_requests", "counter", "Requests answered."),
    ("glocal_request_seconds", "histogram", "Time from a request to the end of its answer."),
    ("glocal_refused", "counter", "Work turned away because too much was waiting."),
    ("glocal_pending", "gauge", "Work that runs or waits."),
    ("glocal_jobs_waiting", "gauge", "Jobs that wait for a worker."),
    ("glocal_photos", "gauge", "Photos of a collection."),
    ("glocal_photos_unreadable", "gauge", "Photos of a collection that could not be read."),
)
_SUFFIXES = ("_total", "_bucket", "_sum", "_count")


def sample(name: str, **labels: str) -> Sample:
    """Return what a value is kept under."""
    return name, tuple(labels.items())


def is_counter(key: Sample) -> bool:
    """Return whether values only grow, so that those of ended workers still count."""
    return key[0].endswith(_SUFFIXES)


def exposed(values: Mapping[Sample, float], accept: str) -> tuple[bytes, str]:
    """Write values in the form that is asked for, Prometheus' text or OpenMetrics.

    Args:
        values: of all samples, whose names begin with that of a family.
        accept: as in the HTTP header.

    Returns:
        The document, and its media type.
    """
    encode, media_type = choose_encoder(accept)
    return encode(_Collector(list(_families(values)))), media_type


class _Collector:
    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _families(values: Mapping[Sample, float]) -> Iterator[Metric]:
    for name, kind, meaning in _FAMILIES:
        family = Metric(name, meaning, kind)
        own = {key for key in values if _family(key) == name}
        for key in sorted(own, key=_order):
            family.add_sample(key[0], dict(key[1]), values[key])
        if own:
            yield family


def _family(key: Sample) -> str:
    name = key[0]
    suffix = next((suffix for suffix in _SUFFIXES if name.endswith(suffix)), "")
    return name.removesuffix(suffix)


def _order(key: Sample) -> tuple[object, ...]:
    """Return what sorts the samples of a family: series by series, the buckets of one by their bounds."""
    labels = dict(key[1])
    bound = float(labels.pop("le", "inf"))
    return sorted(labels.items()), _SUFFIXES.index("_" + key[0].rpartition("_")[2]) if is_counter(key) else 0, bound
