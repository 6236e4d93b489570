"""DELG, DELF and DOLG by the same trainer, exporter and collection: from photos to a hit."""

import json

import numpy as np
import onnxruntime as ort
import pytest
from example_photos import EXAMPLES

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")
pytestmark = [pytest.mark.train, pytest.mark.slow]

from glocal.collection import Collection  # noqa: E402
from glocal.extraction import load_model  # noqa: E402
from glocal.extraction.card import ModelCard  # noqa: E402
from glocal.images import read_photo, shrink  # noqa: E402
from glocal.models.geometry import local_receptive_field  # noqa: E402
from glocal.models.imagenet import Normalisation  # noqa: E402
from glocal.models.network import Extractor  # noqa: E402
from glocal.training.checkpoint import load_checkpoint  # noqa: E402
from glocal.training.export import export, to_onnx  # noqa: E402
from glocal.training.objective import empty_network  # noqa: E402
from glocal.training.photos.batches import to_input  # noqa: E402
from glocal.training.recipe import Recipe  # noqa: E402
from glocal.training.run import train  # noqa: E402

PHOTOS = EXAMPLES / "triple_books"
CHOICES = {
    "delg": {},
    "delf": {
        "network": {"local_code": "pca"},
        "losses": {"classifier": "softmax"},
        "optimiser": {"stages": "separate"},
    },
    "dolg": {"network": {"local_code": "pca"}},
}


@pytest.fixture(scope="module", params=CHOICES)
def trained(request, tiny_recipe, tmp_path_factory):
    fields = tiny_recipe.model_dump() | {"steps": 4}
    for part, values in CHOICES[request.param].items():
        fields[part] |= values
    fields["network"] |= {"architecture": request.param, "code_dimensions": 64, "attention_hidden": 64}
    fields["data"] |= {"validate_on": ["triple_b*"], "held_out": ["pixabay", "scale_*", "stitch_*"]}
    out = tmp_path_factory.mktemp(request.param)
    return train(Recipe.model_validate(fields), [EXAMPLES], out)


@pytest.fixture(scope="module")
def card_path(trained):
    photos = sorted(PHOTOS.glob("*.jpg"))
    return export(trained.checkpoint, trained.checkpoint.parent / "export", name="tiny", calibration_photos=photos)


def restored(trained):
    saved = load_checkpoint(trained.checkpoint)
    network = empty_network(saved.recipe.network)
    network.load_state_dict(saved.tensors)
    return network.eval()


def test_it_trains_and_validates(trained):
    assert (trained.photos, trained.classes) == (24, 8)
    assert 0 < trained.validation <= 1
    assert load_checkpoint(trained.checkpoint).facts["attention_threshold"] > 0


def test_the_card_tells_which_network_and_what_its_cells_see(trained, card_path):
    card = ModelCard.read(card_path)
    network = restored(trained)
    assert card.architecture == load_checkpoint(trained.checkpoint).recipe.network.architecture
    plain = local_receptive_field(network.backbone)
    wider = 2 * 18 * 16 if card.architecture == "dolg" else 0
    assert card.local.receptive_field == plain.size + wider
    assert card.local.offset == plain.offset


def answers(card_path, precision, image):
    path = card_path.parent / ModelCard.read(card_path).files[precision].name
    return ort.InferenceSession(str(path), providers=["CPUExecutionProvider"]).run(None, {"image": image})


def rounded(network):
    """Return the ONNX network with every weight of 1024 numbers or more rounded to float16 and back."""
    model = onnx.load_model_from_string(network)
    for tensor in model.graph.initializer:
        values = onnx.numpy_helper.to_array(tensor)
        if values.dtype == np.float32 and values.size >= 1024:
            short = values.astype(np.float16).astype(np.float32)
            tensor.CopyFrom(onnx.numpy_helper.from_array(short, tensor.name))
    return model.SerializeToString()


def test_the_float_network_is_pytorchs_with_its_weights_rounded(trained, card_path):
    extractor = Extractor(restored(trained)).eval()
    exact = to_onnx(extractor)
    sessions = [
        ort.InferenceSession(network, providers=["CPUExecutionProvider"]) for network in (exact, rounded(exact))
    ]
    for height, width in [(64, 64), (33, 95), (131, 203)]:
        image = np.random.default_rng(width).standard_normal((1, 3, height, width)).astype(np.float32)
        with torch.no_grad():
            wanted = [value.numpy() for value in extractor(torch.from_numpy(image))]
        unrounded, stored = (session.run(None, {"image": image}) for session in sessions)
        for value, expected in zip(unrounded, wanted, strict=True):
            assert value.shape == expected.shape
            assert np.abs(value - expected).max() <= 1e-4 * np.abs(expected).max()
        for value, expected in zip(answers(card_path, "float32", image), stored, strict=True):
            assert np.abs(value - expected).max() <= 1e-5 * np.abs(expected).max()


def test_the_8_bit_network_says_much_the_same_of_a_photo(card_path):
    card = ModelCard.read(card_path)
    pixels = shrink(read_photo(PHOTOS / "books_02.jpg"), 203)[None]
    image = np.ascontiguousarray(to_input(pixels, Normalisation(card.mean, card.std)).numpy())
    exact, rough = (answers(card_path, precision, image) for precision in ("float32", "int8"))
    assert (exact[0] * rough[0]).sum() > 0.9
    assert (exact[1] * rough[1]).sum(axis=1).mean() > 0.9
    assert np.corrcoef(exact[2].ravel(), rough[2].ravel())[0, 1] > 0.9


def calibrated(card_path):
    """Give the card the bundled model's calibration: only the order of hits is looked at."""
    card = json.loads(card_path.read_text())
    card["calibration"] = load_model().card.calibration
    path = card_path.with_name("calibrated.json")
    path.write_text(json.dumps(card))
    return path


def test_a_collection_finds_a_photo_by_its_features(card_path, tmp_path):
    model = load_model(str(calibrated(card_path)))
    query = PHOTOS / "books_01.jpg"
    features = model.extract(query)
    assert len(features) > 0
    assert np.linalg.norm(features.global_descriptor) == pytest.approx(1, rel=1e-4)
    with Collection.create(tmp_path / "collection", model) as collection:
        places = (PHOTOS, EXAMPLES / "pixabay" / "cat01.jpg")
        assert collection.add(places).added == 4
        hits = [hit for hit in collection.search(query) if not hit.by_keypoints]  # these need no features
    # random networks see all photos alike: what proves the query itself is where its features lie
    best = max(hits, key=lambda hit: hit.inliers or 0)
    assert best.path == query
    assert best.similarity == pytest.approx(1, abs=0.01)
    assert best.inliers == best.correspondences > 20
