"""`glocal evaluate proof` on real photos."""

import json

import pytest
from example_photos import EXAMPLES


@pytest.mark.slow
def test_unlike_photos_in_the_same_frame_are_not_proved(glocal, tmp_path):
    report, work = tmp_path / "proof.html", tmp_path / "work"
    asked = ("--identities", "triple_*", "--framed", 4, "--most", 4, "--work", work, "--save", report, "--json")
    ended = glocal("evaluate", "proof", EXAMPLES, *asked)
    assert ended.code == 0, ended.err
    kinds = {result["protocol"]: result["metrics"] for result in json.loads(ended.out)["results"]}
    alone, searched = kinds.pop("searched, by features alone"), kinds.pop("searched")
    for found in (alone, searched):
        assert found["right"] == 4 * 2
        assert found["right, proved"] > 0
        assert found["wrong, proved"] == 0
    assert len(kinds) == 17
    assert all(one["wrong"] == 4 * 3 and one["right"] == 0 for one in kinds.values())
    assert sum(one["wrong, proved"] for one in kinds.values()) == 0
    assert "<svg" in report.read_text()
    assert not list(work.glob("framed-*"))
