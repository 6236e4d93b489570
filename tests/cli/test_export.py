"""Train and export by command: the card says what it was told, and mistakes end on one line."""

import json
from pathlib import Path

import pytest
from example_photos import EXAMPLES

pytest.importorskip("torch")
pytestmark = [pytest.mark.train, pytest.mark.slow]

RECIPE = """
name = "tiny"
steps = 1
batch = 2
side = 64
[network]
architecture = "dolg"
backbone = "test_resnet"
weights = "random"
global_dimensions = 4
code_dimensions = 8
attention_hidden = 8
local_code = "pca"
"""


@pytest.fixture
def trained(glocal, tmp_path):
    for thing in ("triple_books", "stitch_trees"):
        (tmp_path / "photos").mkdir(exist_ok=True)
        (tmp_path / "photos" / thing).symlink_to(EXAMPLES / thing)
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(RECIPE)
    photos = [tmp_path / "photos" / thing for thing in ("triple_books", "stitch_trees")]
    ended = glocal("train", *photos, "--recipe", recipe, "--out", tmp_path / "run", "--json")
    assert ended.code == 0, ended.err
    return Path(json.loads(ended.out)["checkpoint"])


def test_facts_and_results_reach_the_card(glocal, trained, tmp_path):
    results = tmp_path / "results.json"
    results.write_text('{"test": {"mAP": 0.25}}')
    told = ("--fact", "data=my photos", "--fact", "data_licence = CC-BY-4.0, see a=b", "--results", results)
    ended = glocal("export", trained, "--out", tmp_path / "model", "--name", "mine", *told, "--json")
    assert ended.code == 0, ended.err
    card = json.loads(Path(json.loads(ended.out)["card"]).read_text())
    assert card["architecture"] == "dolg"
    assert card["training"]["data"] == "my photos"
    assert card["training"]["data_licence"] == "CC-BY-4.0, see a=b"
    assert card["training"]["run"]["photos"] == len(list((tmp_path / "photos").glob("*/*.jpg")))
    assert card["results"] == {"test": {"mAP": 0.25}}


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--fact", "data", "--fact data: not of the form key=value"),
        ("--fact", "=mine", "not of the form key=value"),
        ("--results", "gone.json", "gone.json: cannot read the results"),
        ("--results", "broken.json", "broken.json: not valid JSON"),
        ("--results", "list.json", "list.json: holds no JSON object"),
    ],
)
def test_mistakes_are_named(glocal, tmp_path, monkeypatch, option, value, message):
    monkeypatch.chdir(tmp_path)
    Path("broken.json").write_text("{")
    Path("list.json").write_text("[1]")
    ended = glocal("export", "model.safetensors", "--out", "model", "--name", "mine", option, value)
    assert ended.code == 2
    assert message in ended.err
    assert len(ended.err.splitlines()) == 1
