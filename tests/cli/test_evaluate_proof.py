"""`glocal evaluate proof` on real photos."""

import json

import pytest
from example_photos import EXAMPLES


@pytest.mark.slow
def test_unlike_photos_in_the_same_frame_are_not_proved(glocal, tmp_path):
    report = tmp_path / "proof.html"
    ended = glocal("evaluate", "proof", EXAMPLES, "--identities", "triple_*", "--framed", 4, "--save", report, "--json")
    assert ended.code == 0, ended.err
    kinds = {result["protocol"]: result["metrics"] for result in json.loads(ended.out)["results"]}
    searched = kinds.pop("searched")
    assert searched["right, proved"] > 0
    assert searched["wrong, proved"] == 0
    assert len(kinds) == 17
    assert all(one["wrong"] == 6 and one["right"] == 0 for one in kinds.values())
    assert sum(one["wrong, proved"] for one in kinds.values()) == 0
    assert "<svg" in report.read_text()
