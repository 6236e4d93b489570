"""The average of models: weight by weight, and of one kind of network only."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from glocal.errors import ModelError  # noqa: E402
from glocal.training.averaging import average  # noqa: E402
from glocal.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint  # noqa: E402


@pytest.fixture
def saved(tmp_path, tiny_recipe):
    def save(name, weight, count=7):
        tensors = {"weight": torch.tensor(weight), "seen": torch.tensor(count)}
        path = tmp_path / name / "model.safetensors"
        path.parent.mkdir()
        save_checkpoint(path, Checkpoint(tensors, tiny_recipe.model_copy(update={"name": name}), {"steps": count}))
        return path

    return save


def test_weights_are_means_and_counters_those_of_the_first(saved, tmp_path):
    one, two, three = saved("one", [1.0, 2.0]), saved("two", [3.0, -2.0], 9), saved("three", [8.0, 3.0])
    made = load_checkpoint(average([one, two, three], tmp_path / "soup"))
    assert np.allclose(made.tensors["weight"].numpy(), [4.0, 1.0])
    assert int(made.tensors["seen"]) == 7
    assert made.recipe.name == "one"
    assert [recipe["name"] for recipe in made.facts["averaged"]] == ["one", "two", "three"]
    assert made.facts["steps"] == 7


def test_weights_in_16_bits_stay_so_and_do_not_overflow(saved, tmp_path):
    paths = [saved(str(number), [60000.0, 1.0]) for number in range(2)]
    for path in paths:
        known = load_checkpoint(path)
        known.tensors["weight"] = known.tensors["weight"].half()
        save_checkpoint(path, known)
    weight = load_checkpoint(average(paths, tmp_path / "soup")).tensors["weight"]
    assert weight.dtype == torch.float16
    assert weight.tolist() == [60000.0, 1.0]


def test_one_model_or_another_network_is_refused(saved, tmp_path):
    one, other = saved("one", [1.0, 2.0]), saved("other", [1.0, 2.0, 3.0])
    with pytest.raises(ModelError, match="name two or more"):
        average([one], tmp_path / "soup")
    with pytest.raises(ModelError, match=r"other/model\.safetensors: is another network"):
        average([one, other], tmp_path / "soup")
    assert not (tmp_path / "soup").exists()
