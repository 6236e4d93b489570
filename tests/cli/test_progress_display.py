"""Long work says a line now and then where nobody sees a bar."""

from __future__ import annotations

import time

import pytest

from glocal.cli.progress_display import Lines


def test_a_line_every_half_minute(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    lines = Lines()
    for second in range(100):
        now = 100.0 + second
        lines("indexing", 2 * second, 400)
    now += 31.0
    lines("writing", 0, None)
    assert capfd.readouterr().err.splitlines() == [
        "indexing: 60 of 400, 2.0/s",
        "indexing: 120 of 400, 2.0/s",
        "indexing: 180 of 400, 2.0/s",
        "writing: 0, 0.0/s",
    ]
