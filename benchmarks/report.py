"""What a benchmark found, as Markdown."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from glocal.cores import available_cores
from glocal.evaluation.reports import Table, markdown_table

PACKAGES = ("glocal", "numpy", "scipy", "scikit-image", "opencv-python-headless", "numba", "onnxruntime", "faiss-cpu")


@dataclass(frozen=True)
class Target:
    """A measured figure beside what was aimed at.

    Attributes:
        name: of the figure.
        value: as measured.
        limit: the target.
        unit: of both.
        at_most: True if the limit is an upper one.
        if_missed: what bounds the figure; shown only where the target is missed.
    """

    name: str
    value: float
    limit: float
    unit: str
    at_most: bool
    if_missed: str

    @property
    def met(self) -> bool:
        """Whether the measured figure reaches the target."""
        return self.value <= self.limit if self.at_most else self.value >= self.limit


@dataclass(frozen=True)
class Section:
    """One benchmark's results: a table, the targets, and how it was measured."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    targets: tuple[Target, ...]
    notes: tuple[str, ...] = field(default=())


def render(
    sections: Sequence[Section],
    load_before: float,
    options: str,
    how: str = "Medians of rounds in which the sides take turns.",
) -> str:
    """Return the whole report.

    Args:
        sections: in the order shown.
        load_before: load average when the run began: 0 on an idle machine.
        options: how the run was called.
        how: what the figures are, in a sentence.
    """
    parts = ["# Benchmark results", _setting(load_before, options, how), "## Targets", _targets(sections)]
    for section in sections:
        parts += [f"## {section.title}", markdown_table(Table(tuple(section.header), tuple(map(tuple, section.rows))))]
        parts += ["\n".join(f"- {note}" for note in section.notes)]
    return "\n\n".join(parts) + "\n"


def put_out(text: str, file: Path | None) -> None:
    """Write tables to a file, or print them."""
    if file:
        file.write_text(text, "utf-8")
    else:
        sys.stdout.write(text)


def _setting(load_before: float, options: str, how: str) -> str:
    versions = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    return "\n".join(
        [
            f"Written by `python -m benchmarks{options}`. {how}",
            "",
            (
                f"- {time.strftime('%Y-%m-%d %H:%M %z')}, load average {load_before:.1f} when it "
                f"began, {os.getloadavg()[0]:.1f} when it ended (the benchmark itself adds up to one per core)"
            ),
            f"- {_processor()}, {available_cores()} cores, {platform.system()} {platform.machine()}",
            f"- Python {platform.python_version()}, {versions}",
        ]
    )


def _targets(sections: Sequence[Section]) -> str:
    rows = []
    for title, target in ((section.title, target) for section in sections for target in section.targets):
        sign = "at most" if target.at_most else "at least"
        verdict = "met" if target.met else f"**missed**: {target.if_missed}"
        measured, limit = (f"{_number(value)} {target.unit}".rstrip() for value in (target.value, target.limit))
        rows.append((target.name, title, measured, f"{sign} {limit}", verdict))
    return markdown_table(Table(("figure", "section", "measured", "target", ""), tuple(rows)))


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "(not installed as a package)"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown processor"
