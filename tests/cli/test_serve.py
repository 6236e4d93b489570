"""`glocal serve`: what it refuses to start as, where its options come from, and a collection from nothing."""

import re
import socket
import subprocess
import sys
import time

import pytest
import typer
from example_photos import EXAMPLES

from glocal.cli.app import app

pytest.importorskip("fastapi", reason="the service needs the [serve] extra")

from glocal.service import TokenFile


@pytest.mark.parametrize(("option", "extra"), [("--collection", []), ("--allow", ["-c", "c"])])
def test_two_folders_of_one_name_are_refused(glocal, tmp_path, option, extra):
    first, second = tmp_path / "a" / "photos", tmp_path / "b" / "photos"
    ended = glocal("serve", *extra, option, first, option, second)
    assert ended.code == 2
    assert ended.err.count("\n") == 1
    for words in (str(first), str(second), f"{option} NAME={second}"):
        assert words in ended.err


def test_a_name_given_twice_is_refused(glocal, tmp_path):
    ended = glocal("serve", "-c", f"x={tmp_path / 'a'}", "-c", f"x={tmp_path / 'b'}")
    assert ended.code == 2
    assert "would both be called x" in ended.err


def one_line(ended):
    assert ended.code == 2
    assert ended.err.count("\n") == 1
    return ended.err


def test_a_port_in_use_is_said_before_anything_is_loaded(glocal, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = one_line(glocal("serve", "-c", tmp_path / "none", "--port", taken.getsockname()[1]))
    assert "--port" in said


@pytest.mark.parametrize("workers", [1, 2])
def test_what_cannot_be_served_is_said_without_an_address_to_visit(glocal, tmp_path, workers):
    said = one_line(glocal("serve", "-c", tmp_path / "none", "--port", 0, "--workers", workers))
    for words in (f"{tmp_path / 'none'}: no collection here", "glocal index", "--create"):
        assert words in said
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "catalog.sqlite").write_bytes(b"SQLite format 3\0" + bytes(5000))
    assert "damaged" in one_line(glocal("serve", "-c", tmp_path / "damaged", "--port", 0, "--workers", workers))


def test_a_wrong_folder_is_said(glocal, tmp_path):
    assert "check the path" in one_line(glocal("serve", "-c", tmp_path, "--allow", tmp_path / "none"))


def test_options_come_from_the_environment(glocal, tmp_path, monkeypatch):
    monkeypatch.setenv("GLOCAL_COLLECTION", str(tmp_path / "none"))
    monkeypatch.setenv("GLOCAL_ROOT_PATH", "no slash")
    assert "--root-path no slash" in one_line(glocal("serve"))


def test_every_option_has_a_variable_of_its_name():
    command = typer.main.get_group(app).commands["serve"]
    options = {option.name: option.envvar for option in command.params if option.name != "help"}
    assert options == {name: f"GLOCAL_{name.upper()}" for name in options}
    assert len(options) > 12


@pytest.mark.slow
def test_a_missing_collection_is_made_and_filled_over_the_network(tmp_path):
    """As an operator starts from nothing: make a token, serve, add photos; the port is free, as 0 asks for."""
    httpx = pytest.importorskip("httpx")
    command = [sys.executable, "-c", "from glocal.cli import main; main()", "serve", "--create", "--port", "0"]
    photo = EXAMPLES / "triple_books/books_01.jpg"
    token = TokenFile(tmp_path / "new" / "service").add("anna", "write")
    headers = {"Authorization": f"Bearer {token}"}
    with subprocess.Popen([*command, "-c", str(tmp_path / "new")], stderr=subprocess.PIPE, text=True) as process:
        try:
            assert "made an empty collection" in process.stderr.readline()
            url = re.search(r"http://[\d.:]+", process.stderr.readline())[0]
            options = {"transport": httpx.HTTPTransport(retries=60), "headers": headers, "timeout": 300}
            with httpx.Client(base_url=f"{url}/api/v1/collections/", **options) as client:
                assert client.get("new").json()["photos"] == 0
                client.post("new/photos", files={"photo": (photo.name, photo.read_bytes())})
                deadline = time.monotonic() + 60
                while client.get("new").json()["photos"] == 0 and time.monotonic() < deadline:
                    time.sleep(0.2)
                assert client.get("new").json()["photos"] == 1
        finally:
            process.terminate()
