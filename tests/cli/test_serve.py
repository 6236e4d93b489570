"""`glocal serve`, as far as it refuses to start."""

import pytest

pytest.importorskip("fastapi", reason="the service needs the [serve] extra")


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
