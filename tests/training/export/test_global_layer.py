"""The layer of the global descriptor in the bundled networks: what goes in, and another in its place."""

from importlib.resources import files
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

import onnx  # noqa: E402

from glocal.errors import ModelError  # noqa: E402
from glocal.training.export import before_layer, with_layer  # noqa: E402

WEIGHTS = Path(str(files("glocal"))) / "weights"


def run(network, image):
    outputs = ort.InferenceSession(network, providers=["CPUExecutionProvider"]).run(None, {"image": image})
    return [output[0] for output in outputs]


@pytest.fixture(params=["delg-lite1.onnx", "delg-lite1-int8.onnx"])
def network(request):
    return (WEIGHTS / request.param).read_bytes()


@pytest.fixture
def image():
    return np.random.default_rng(0).standard_normal((1, 3, 96, 130)).astype(np.float32)


def test_another_layer_maps_what_goes_in_and_leaves_the_rest(network, image):
    random = np.random.default_rng(1)
    weight, bias = (random.standard_normal(shape).astype(np.float32) for shape in ((512, 1952), 512))
    (pooled,) = run(before_layer(network), image)
    descriptor, *local = run(with_layer(network, weight, bias), image)
    expected = weight.astype(np.float16).astype(np.float64) @ pooled + bias
    assert descriptor == pytest.approx(expected / np.linalg.norm(expected), abs=1e-4)
    for before, after in zip(run(network, image)[1:], local, strict=True):
        assert np.array_equal(before, after)


def test_the_file_grows_by_nothing(network):
    replaced = with_layer(network, np.ones((512, 1952), np.float32), np.ones(512, np.float32))
    assert abs(len(replaced) - len(network)) < 1000


def test_a_network_without_such_a_layer_is_refused():
    tensor = onnx.helper.make_tensor_value_info("global_descriptor", onnx.TensorProto.FLOAT, [1, 3])
    image = onnx.helper.make_tensor_value_info("image", onnx.TensorProto.FLOAT, [1, 3])
    node = onnx.helper.make_node("Identity", ["image"], ["global_descriptor"])
    plain = onnx.helper.make_model(onnx.helper.make_graph([node], "plain", [image], [tensor]))
    with pytest.raises(ModelError, match="no linear layer"):
        before_layer(plain.SerializeToString())
