"""The global branch of one network behind the trunk, and beside the local branch, of another."""

import copy

import numpy as np
import onnxruntime as ort
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

import onnx  # noqa: E402
from onnx import numpy_helper  # noqa: E402

from glocal.errors import ModelError  # noqa: E402
from glocal.extraction import load_model  # noqa: E402
from glocal.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint  # noqa: E402
from glocal.training.export import export  # noqa: E402
from glocal.training.run import train  # noqa: E402

GLOBAL = ("backbone.network.layer4", "whitening")
LOCAL = ("attention", "autoencoder")


@pytest.fixture(scope="module")
def checkpoint(identities_folder, tiny_recipe, tmp_path_factory):
    recipe = tiny_recipe.model_copy(update={"steps": 1})
    return train(recipe, [identities_folder], tmp_path_factory.mktemp("model")).checkpoint


@pytest.fixture(scope="module")
def photos(identities_folder):
    return sorted(identities_folder.rglob("*.png"))[:6]


@pytest.fixture(scope="module")
def giver(checkpoint, photos):
    return export(checkpoint, checkpoint.parent / "giver", name="giver", calibration_photos=photos)


def changed(checkpoint, name, *parts):
    """Return a checkpoint whose weights of these parts are others."""
    saved, random = load_checkpoint(checkpoint), torch.Generator().manual_seed(5)
    tensors = {
        key: value + 0.1 * torch.randn(value.shape, generator=random)
        if key.startswith(parts) and value.is_floating_point() and "running" not in key
        else value
        for key, value in saved.tensors.items()
    }
    path = checkpoint.parent / f"{name}.safetensors"
    save_checkpoint(path, Checkpoint(tensors, saved.recipe, copy.deepcopy(saved.facts)))
    return path


def run(file):
    image = np.random.default_rng(0).standard_normal((1, 3, 96, 130)).astype(np.float32)
    session = ort.InferenceSession(file.read_bytes(), providers=["CPUExecutionProvider"])
    return session.run(["global_descriptor", "descriptors", "attention"], {"image": image})


def test_local_features_stay_to_the_bit_and_the_global_descriptor_is_the_new_one(checkpoint, giver, photos):
    other = changed(checkpoint, "other", *GLOBAL, *LOCAL)
    plain = export(other, checkpoint.parent / "plain", name="plain", calibration_photos=photos)
    joined = export(other, checkpoint.parent / "joined", name="new", calibration_photos=photos, local_of=giver)
    for suffix in ("", "-int8"):
        (old, *local), (new, *other_local) = (
            run(giver.with_name(f"giver{suffix}.onnx")),
            run(plain.with_name(f"plain{suffix}.onnx")),
        )
        made, *kept = run(joined.with_name(f"new{suffix}.onnx"))
        assert np.abs(old - new).max() > 0.01
        assert made == pytest.approx(new, abs=1e-6)
        for before, after, another in zip(local, kept, other_local, strict=True):
            assert np.array_equal(before, after)
            assert not np.array_equal(before, another)
    known, card = load_model(str(giver)).card, load_model(str(joined)).card
    assert (card.local, card.presets) == (known.local, known.presets)
    assert card.training["local_features"] == known.training


def test_a_network_that_learned_before_the_local_map_is_refused(checkpoint, giver, tmp_path):
    other = changed(checkpoint, "deeper", "backbone.network.layer1")
    with pytest.raises(ModelError, match="differ before the local map"):
        export(other, tmp_path, name="new", calibration_photos=[], local_of=giver)
    assert not list(tmp_path.iterdir())


def test_the_folder_of_the_other_model_and_a_missing_precision_are_refused(checkpoint, giver, photos, tmp_path):
    with pytest.raises(ModelError, match="name another folder"):
        export(checkpoint, giver.parent, name="new", calibration_photos=[], local_of=giver)
    alone = export(checkpoint, tmp_path / "alone", name="alone", calibration_photos=[])
    with pytest.raises(ModelError, match="has no network in int8"):
        export(checkpoint, tmp_path / "new", name="new", calibration_photos=photos, local_of=alone)


def test_networks_of_other_layouts_are_refused(giver):
    from glocal.training.export.branches import with_global_branch

    network = giver.with_name("giver.onnx").read_bytes()
    model = onnx.load_model_from_string(network)
    weight = next(one for one in model.graph.initializer if "whitening.weight" in one.name)
    weight.CopyFrom(numpy_helper.from_array(np.ones((3, 4), np.float32), weight.name))
    with pytest.raises(ModelError, match="has another shape"):
        with_global_branch(network, model.SerializeToString())
