"""`glocal data check|prepare` as a person types it."""

import json
from pathlib import Path

from typer.testing import CliRunner

from glocal.cli.data import app
from glocal.errors import GlocalError


def test_an_empty_folder_lists_what_to_fetch(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["check", "rparis6k", str(tmp_path)])
    assert result.exit_code == 1
    assert "gnd_rparis6k.pkl" in result.output
    assert "http://cmp.felk.cvut.cz/revisitop/data/datasets/rparis6k/gnd_rparis6k.pkl" in result.output
    assert list(tmp_path.iterdir()) == []


def test_as_json(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["check", "gldv2", str(tmp_path), "--json"])
    report = json.loads(result.stdout)
    assert report["dataset"] == "gldv2"
    assert not report["complete"]
    assert report["findings"][0]["problem"] == "missing"
    assert len(report["findings"][-1]["sources"]) == 500


def test_an_unknown_name(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["check", "imagenet", str(tmp_path)])
    assert isinstance(result.exception, GlocalError)
    assert "choose one of roxford5k, rparis6k, r1m, gldv2" in str(result.exception)
