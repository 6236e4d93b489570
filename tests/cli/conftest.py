"""The command line, run in this process: what it prints, and how it ends."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from example_photos import EXAMPLES

from glocal.cli import main


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


Glocal = Callable[..., Ended]


@pytest.fixture
def glocal(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Glocal:
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: Any) -> Ended:
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        assert "Traceback" not in out + err
        return Ended(int(ended.value.code or 0), out, err)

    return run


@pytest.fixture(scope="session")
def small_collection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve photos: four things with two or three views each."""
    folder = tmp_path_factory.mktemp("small") / "collection"
    things = ("stitch_apartment_building", "triple_turkey", "triple_skull", "stitch_trees")
    with pytest.raises(SystemExit):
        main(["index", *[str(EXAMPLES / thing) for thing in things], "--collection", str(folder)])
    return folder
