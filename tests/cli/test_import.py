"""Imported models by command: each is indexed with, searched, evaluated and trained on, or says in one line why not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from example_photos import EXAMPLES
from PIL import Image

torch = pytest.importorskip("torch")
pytestmark = [pytest.mark.train, pytest.mark.slow]

import original_networks as originals  # noqa: E402
from original_layers import Layers  # noqa: E402

THINGS = ("triple_books", "stitch_trees", "triple_skull", "scale_beach")
SIDE = 200


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of photos per thing, made small."""
    folder = tmp_path_factory.mktemp("photos")
    for thing in THINGS:
        (folder / thing).mkdir()
        for path in sorted((EXAMPLES / thing).glob("*.*")):
            with Image.open(path) as photo:
                photo.thumbnail((SIDE, SIDE))
                photo.convert("RGB").save(folder / thing / f"{path.stem}.png")
    return folder


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with random ResNet-50 weights as feymanpriv/DELG and cnnimageretrieval-pytorch keep them."""
    folder = tmp_path_factory.mktemp("weights")
    picture = torch.randn(1, 3, 97, 65, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        delg, gem = Layers(1), Layers(2)
        originals.feymanpriv_delg(delg, picture, 50)
        originals.cirtorch(gem, picture, 50, pooling="gem", whitened=True)
    torch.save({"model_state": delg.variables}, folder / "delg.pyth")
    torch.save({"meta": {"pooling": "gem"}, "state_dict": gem.variables}, folder / "gem.pth")
    return folder


def succeed(ended: Any) -> Any:
    assert ended.code == 0, ended.err
    return ended


def refuse(ended: Any, told: str) -> None:
    """Check that a command ended with one line that tells why."""
    assert ended.code == 2
    line = ended.err.strip().splitlines()[-1]
    assert line.startswith("glocal: ")
    assert told in line


def searched(glocal: Any, card: Path, photos: Path, out: Path, *options: str) -> tuple[dict[str, Any], str]:
    """Index photos and search them with one of them; return what is found and what is said."""
    succeed(glocal("index", photos, "--collection", out, "--model", card))
    query = next((photos / THINGS[0]).iterdir())
    ended = succeed(glocal("search", query, "--collection", out, "--json", *options))
    hits = json.loads(ended.out)["hits"]
    assert hits[0]["path"] == str(query)
    assert hits[0]["similarity"] == pytest.approx(1.0, abs=0.02)
    assert json.loads(succeed(glocal("info", "--collection", out, "--json")).out)["model"] == card.stem
    return hits[0], ended.err


def test_a_global_descriptor_alone(glocal, photos, weights, tmp_path):
    succeed(glocal("import", weights / "gem.pth", "--out", tmp_path))
    card = tmp_path / "gem.json"
    best, said = searched(glocal, card, photos, tmp_path / "collection")
    assert "no local features: ranked by similarity alone" in said
    assert (best["inliers"] or 0, best["proved"]) == (0, False)
    a, b = sorted((photos / THINGS[0]).iterdir())[:2]
    succeed(glocal("match", a, b, "--model", card))
    succeed(glocal("evaluate", "folders", photos, "--model", card, "--rerank", "0", "--work", tmp_path / "work"))
    refuse(glocal("words", card, photos), "no binary local features")
    refuse(glocal("calibrate", card, photos), "no local features to calibrate")
    refuse(glocal("attention", a, "--model", card, "--save", tmp_path / "attention.png"), "attention")


def test_ten_steps_from_an_imported_network(glocal, photos, weights, tmp_path):
    succeed(glocal("import", weights / "delg.pyth", "--out", tmp_path, "--name", "start"))
    changes = ["steps=10", "batch=2", "side=64", "start.side=96", "optimiser.backbone=0.1", "optimiser.whitening=0.1"]
    settings = [word for change in changes for word in ("--set", change)]
    start = tmp_path / "start.safetensors"
    ended = succeed(
        glocal(
            "train", photos, "--recipe", "baseline", "--start", start, "--out", tmp_path / "run", *settings, "--json"
        )
    )
    assert json.loads(ended.out)["steps"] == 10
    log = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert np.isfinite([line["total"] for line in log if "total" in line]).sum() == 10
    succeed(glocal("export", json.loads(ended.out)["checkpoint"], "--out", tmp_path / "models", "--name", "on"))
    searched(glocal, tmp_path / "models" / "on.json", photos, tmp_path / "collection")
