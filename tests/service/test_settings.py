"""What the service refuses to be started as."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from glocal.service.settings import Settings, SettingsError, is_loopback

LONG = "correct-horse-battery"


def settings(**changes: Any) -> Settings:
    return Settings(**{"collections": {"demo": Path("c")}, "state": Path("s"), **changes})


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_this_machine_alone_needs_no_token(host: str) -> None:
    assert is_loopback(host)
    settings(host=host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.org", "127.0.0.1.example.org", ""])
def test_any_other_address_needs_a_token(host: str) -> None:
    assert not is_loopback(host)
    with pytest.raises(SettingsError, match="--token"):
        settings(host=host)
    settings(host=host, token=LONG)


@pytest.mark.parametrize(
    "changes",
    [
        {"token": "short"},
        {"token": "with spaces in the middle"},
        {"token": "ümläute-are-not-sent-in-headers"},
        {"read_token": LONG},
        {"token": LONG, "read_token": LONG},
        {"collections": {}},
        {"collections": {"../etc": Path("c")}},
        {"roots": {"a/b": Path("c")}},
        {"workers": 0},
        {"slots": 0},
        {"port": 70000},
        {"max_upload": 0},
    ],
)
def test_what_makes_no_sense_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        settings(**changes)


def test_settings_reach_worker_processes_whole() -> None:
    given = settings(token=LONG, roots={"camera": Path("/x")}, hostnames=("nas",), workers=3)
    assert Settings.from_json(given.to_json()) == given
