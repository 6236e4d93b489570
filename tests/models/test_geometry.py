"""Receptive fields against what the network really sees."""

import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from torch import nn  # noqa: E402

from glocal.models.backbone import create_backbone  # noqa: E402
from glocal.models.dolg import MultiAtrous  # noqa: E402
from glocal.models.geometry import ReceptiveField, local_receptive_field  # noqa: E402


def positive(backbone):
    """Make every layer pass every signal on, so that the gradient's support is the whole receptive field."""
    for parent in list(backbone.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.ReLU | nn.ReLU6):
                setattr(parent, name, nn.Identity())
            elif isinstance(child, nn.MaxPool2d):
                setattr(parent, name, nn.AvgPool2d(child.kernel_size, child.stride, child.padding))
    for module in backbone.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.constant_(module.weight, 1.0 / module.weight[0].numel())
        elif isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
            nn.init.constant_(module.weight, 1.0)
            nn.init.constant_(module.bias, 0.01)
    return backbone.double().eval()


def seen(backbone, column, side, branch=None):
    """Return the first and last pixel column that local cell (column, column) depends on."""
    image = torch.full((1, 3, side, side), 0.5, dtype=torch.double, requires_grad=True)
    local_map, _ = backbone(image)
    cells = local_map if branch is None else branch(local_map)
    cells[0, :, column, column].sum().backward()
    columns = image.grad[0].abs().sum((0, 1)).nonzero().flatten()
    return columns[0].item(), columns[-1].item()


@pytest.mark.parametrize(("name", "side"), [("tf_efficientnet_lite0", 512), ("resnet10t", 384)])
def test_the_gradient_reaches_exactly_the_receptive_field(name, side):
    backbone = positive(create_backbone(name))
    field = local_receptive_field(backbone)
    column = side // 32
    first, last = seen(backbone, column, side)
    assert first == field.start + field.stride * column
    assert last - first + 1 == field.size
    assert (first + last) / 2 == field.offset + field.stride * column


def test_the_field_is_the_same_for_odd_inputs():
    backbone = positive(create_backbone("tf_efficientnet_lite0"))
    field = local_receptive_field(backbone)
    first, last = seen(backbone, 14, 491)
    assert (first, last - first + 1) == (field.start + 14 * field.stride, field.size)


def test_an_impulse_moved_by_the_stride_moves_by_one_cell():
    torch.manual_seed(0)
    backbone = create_backbone("tf_efficientnet_lite0").eval()
    maps = []
    for column in (256, 272):
        image = torch.zeros(1, 3, 480, 544)
        image[:, :, 240, column] = 50.0
        with torch.no_grad():
            maps.append(backbone(image)[0])
    # far from the borders, whose padding does not move along
    assert torch.allclose(maps[0][..., 10:20, 11:22], maps[1][..., 10:20, 12:23], atol=1e-5)
    assert not torch.allclose(maps[0][..., 10:20, 12:23], maps[1][..., 10:20, 12:23], atol=1e-3)


def test_resnet50_has_the_published_field():
    """Torchvision's layout, stride on the 3x3: size 267, padding 133 (Araujo et al., Distill 2019)."""
    assert local_receptive_field(create_backbone("resnet50")) == ReceptiveField(-133, 267, 16)


@pytest.mark.slow
def test_dilated_convolutions_widen_the_field_as_far_as_the_gradient_reaches():
    backbone, atrous = positive(create_backbone("resnet10t")), positive(MultiAtrous(256, 4))
    for layer in (atrous.near, *atrous.dilated, atrous.merge):
        nn.init.zeros_(layer.bias)
    nn.init.zeros_(atrous.whole.weight)  # the mean of the map sees all of it
    field = local_receptive_field(backbone, atrous)
    assert field.size == local_receptive_field(backbone).size + 2 * 18 * 16
    first, last = seen(backbone, 30, 960, atrous)
    assert first == field.start + field.stride * 30
    assert last - first + 1 == field.size


def test_maps_of_different_stride_cannot_be_joined():
    with pytest.raises(ValueError, match="stride 8 and 16"):
        ReceptiveField(stride=8).joined(ReceptiveField(stride=16))
