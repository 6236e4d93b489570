"""`glocal token`, as an operator types it."""

import json

import pytest

pytest.importorskip("fastapi", reason="the service needs the [serve] extra")


def test_a_token_is_made_listed_and_revoked(glocal, tmp_path):
    made = glocal("token", "add", "anna", "--rights", "write", "--per-minute", 60, "-c", tmp_path)
    assert made.code == 0
    token = made.out.strip()
    assert len(token) == 32
    listed = json.loads(glocal("token", "list", "--json", "-c", tmp_path).out)
    assert [(one["name"], one["rights"], one["per_minute"]) for one in listed] == [("anna", "write", 60)]
    assert token not in (tmp_path / "service" / "tokens.json").read_text()
    assert glocal("token", "revoke", "anna", "-c", tmp_path).code == 0
    assert json.loads(glocal("token", "list", "--json", "-c", tmp_path).out) == []


def test_mistakes_are_one_line(glocal, tmp_path, monkeypatch):
    monkeypatch.delenv("GLOCAL_COLLECTION", raising=False)
    for arguments in (("add", "anna"), ("revoke", "nobody", "-c", tmp_path), ("add", "a b", "-c", tmp_path)):
        ended = glocal("token", *arguments)
        assert ended.code == 2
        assert ended.err.count("\n") == 1
