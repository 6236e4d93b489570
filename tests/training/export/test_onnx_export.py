"""Exported networks against PyTorch, in both precisions, and run by the search side itself."""

import copy

import numpy as np
import onnxruntime as ort
import pytest
from example_photos import EXAMPLES

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from glocal.errors import ModelError  # noqa: E402
from glocal.extraction import load_model  # noqa: E402
from glocal.extraction.card import ModelCard  # noqa: E402
from glocal.images import read_photo, shrink  # noqa: E402
from glocal.models.imagenet import Normalisation  # noqa: E402
from glocal.models.network import Extractor  # noqa: E402
from glocal.training.checkpoint import load_checkpoint  # noqa: E402
from glocal.training.export import check_onnx, export, to_onnx  # noqa: E402
from glocal.training.export.halving import store_halved  # noqa: E402
from glocal.training.network_settings import Network  # noqa: E402
from glocal.training.objective import start_network  # noqa: E402
from glocal.training.photos.batches import to_input  # noqa: E402
from glocal.training.photos.labelled_photos import TrainingError  # noqa: E402
from glocal.training.run import train  # noqa: E402

PHOTOS = sorted((EXAMPLES / "triple_books").glob("*.jpg"))


def random_extractor(backbone):
    torch.manual_seed(3)
    network = Network(backbone=backbone, weights="random", global_dimensions=16, attention_hidden=16)
    delg = start_network(network)
    for module in delg.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 2)
    delg.code_transform.learn(torch.randn(300, 128) + 1, seed=0)
    return Extractor(delg.eval()).eval()


@pytest.mark.parametrize("backbone", ["test_resnet", "test_efficientnet"])
def test_onnx_equals_pytorch_at_any_size(backbone):
    extractor = random_extractor(backbone)
    session = ort.InferenceSession(to_onnx(extractor), providers=["CPUExecutionProvider"])
    for height, width in [(32, 32), (33, 95), (97, 64), (131, 203), (256, 160)]:
        image = np.random.default_rng(width).standard_normal((1, 3, height, width)).astype(np.float32)
        with torch.no_grad():
            wanted = [value.numpy() for value in extractor(torch.from_numpy(image))]
        for value, expected in zip(session.run(None, {"image": image}), wanted, strict=True):
            assert value.shape == expected.shape
            assert np.abs(value - expected).max() <= 1e-4 * np.abs(expected).max()
        descriptor, descriptors, attention = wanted
        assert np.linalg.norm(descriptor) == pytest.approx(1, rel=1e-5)
        assert np.allclose(np.linalg.norm(descriptors, axis=1), 1, rtol=1e-4)
        assert attention.min() >= 0


def test_halved_weights_take_half_the_file_and_compute_in_float32():
    extractor = random_extractor("test_resnet")
    network = to_onnx(extractor)
    halved = store_halved(network)
    assert len(halved) < 0.6 * len(network)
    assert check_onnx(halved, extractor, 1e-2) > 0
    rounded = copy.deepcopy(extractor)
    for parameter in rounded.parameters():
        parameter.data = parameter.data.half().float()
    image = np.random.default_rng(0).standard_normal((1, 3, 64, 96)).astype(np.float32)
    (descriptor, *_) = ort.InferenceSession(halved, providers=["CPUExecutionProvider"]).run(None, {"image": image})
    with torch.no_grad():
        (wanted, *_) = rounded(torch.from_numpy(image))
    assert float(descriptor[0] @ wanted[0].numpy()) == pytest.approx(1, abs=1e-4)


def test_a_network_that_differs_is_refused():
    network = to_onnx(random_extractor("test_resnet"))
    other = random_extractor("test_resnet")
    with torch.no_grad():
        other.network.whitening.weight[0] += 0.01
    with pytest.raises(ModelError, match="differs from PyTorch"):
        check_onnx(network, other)


@pytest.fixture(scope="module")
def exported(identities_folder, tiny_recipe, tmp_path_factory):
    out = tmp_path_factory.mktemp("model")
    checkpoint = train(tiny_recipe, [identities_folder], out).checkpoint
    card = export(checkpoint, out / "export", name="tiny", calibration_photos=PHOTOS, results={"mAP": 0.5})
    return card, checkpoint


def test_the_card_says_what_was_trained(exported, tiny_recipe):
    card = ModelCard.read(exported[0])
    assert (card.name, card.backbone, card.global_dimensions) == ("tiny", "test_resnet", 8)
    assert card.local.stride == 16
    assert card.local.attention_threshold == load_checkpoint(exported[1]).facts["attention_threshold"]
    assert card.training["recipe"] == tiny_recipe.model_dump(mode="json")
    assert card.results == {"mAP": 0.5}
    for file in card.files.values():
        assert (exported[0].parent / file.name).stat().st_size == file.bytes
    assert card.files["int8"].bytes < 0.7 * card.files["float32"].bytes  # whose weights take 16 bits


def test_the_search_side_runs_what_was_exported(exported):
    model = load_model(str(exported[0]))
    features = model.extract(PHOTOS[0])
    assert features.global_descriptor.shape == (8,)
    assert len(features) > 0


def test_the_8_bit_network_answers_much_like_the_float_one(exported):
    card = ModelCard.read(exported[0])
    pixels = shrink(read_photo(PHOTOS[0]), 203)[None]
    image = np.ascontiguousarray(to_input(pixels, Normalisation(card.mean, card.std)).numpy())
    answers = []
    for precision in ("float32", "int8"):
        path = exported[0].parent / card.files[precision].name
        answers.append(ort.InferenceSession(str(path), providers=["CPUExecutionProvider"]).run(None, {"image": image}))
    for value, rough in zip(*answers, strict=True):
        assert value.shape == rough.shape
        assert np.corrcoef(value.ravel(), rough.ravel())[0, 1] > 0.9


def test_exporting_twice_gives_the_same_network(exported, tmp_path):
    again = export(exported[1], tmp_path, name="tiny", calibration_photos=[])
    cards = ModelCard.read(exported[0]), ModelCard.read(again)
    assert cards[0].files["float32"] == cards[1].files["float32"]
    assert "int8" not in cards[1].files


def test_a_file_that_is_no_checkpoint_is_named(tmp_path):
    (tmp_path / "photo.safetensors").write_bytes(b"not a checkpoint")
    for name in ("photo", "gone"):
        with pytest.raises(TrainingError, match=rf"{name}\.safetensors: cannot read"):
            export(tmp_path / f"{name}.safetensors", tmp_path, name="x", calibration_photos=[])
