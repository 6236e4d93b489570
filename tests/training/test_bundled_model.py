"""The model that comes with the package: small enough, undamaged, honest, and alike in both precisions.

Needs no PyTorch: this is what people have installed.
"""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from example_photos import EXAMPLES

import glocal.extraction
from glocal.extraction import load_model
from glocal.extraction.card import ModelCard
from glocal.extraction.onnx_network import Network
from glocal.images import read_photo

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PHOTOS = sorted(EXAMPLES.glob("triple_*/*_01.jpg"))
WEIGHTS = Path(glocal.extraction.__file__).parents[1] / "weights"


@pytest.fixture(scope="module")
def card():
    return ModelCard.read(WEIGHTS / "delg-lite1.json")


def test_its_files_are_the_cards_and_small(card):
    total = 0
    for file in card.files.values():
        content = (WEIGHTS / file.name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == file.sha256
        assert len(content) == file.bytes
        total += file.bytes
    assert set(card.files) == {"float32", "int8"}
    assert total <= 18_500_000


def test_its_card_says_where_it_comes_from(card):
    assert card.licence == "Apache-2.0"
    assert {"data", "data_licence", "run", "recipe"} <= card.training.keys()
    assert {"seconds", "photos", "classes"} <= card.training["run"].keys()
    assert {"validation", "test"} <= card.results.keys()


def test_both_precisions_say_much_the_same(card):
    networks = [
        Network(WEIGHTS / card.files[precision].name, card.files[precision], card.mean, card.std, threads=1)
        for precision in ("float32", "int8")
    ]
    for path in PHOTOS[:3]:
        pixels = read_photo(path, fit=320)
        exact, rough = (network(pixels[:320, :320]) for network in networks)
        assert exact.global_descriptor @ rough.global_descriptor > 0.95
        assert ((exact.descriptors > 0) != (rough.descriptors > 0)).mean() < 0.08
        assert np.corrcoef(exact.attention.ravel(), rough.attention.ravel())[0, 1] > 0.93


def test_its_bits_are_balanced():
    codes = np.concatenate([load_model().extract(path).compact().codes for path in PHOTOS[:4]])
    share = np.unpackbits(codes, axis=1).mean(axis=0)
    assert 0.4 < share.mean() < 0.6
    assert (np.abs(share - 0.5) < 0.35).mean() > 0.95


def test_views_of_a_thing_are_nearest():
    photos = sorted(EXAMPLES.glob("triple_*/*_0[12].jpg"))
    model = load_model()
    descriptors = np.stack([model.extract(path).global_descriptor for path in photos])
    similarity = descriptors @ descriptors.T - 2 * np.eye(len(photos))
    for row, path in enumerate(photos):
        assert photos[similarity[row].argmax()].parent == path.parent
