"""The network as a whole: stop-gradient, codes, export form, and maps of any size."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from glocal.errors import ModelError  # noqa: E402
from glocal.models.autoencoder import Autoencoder  # noqa: E402
from glocal.models.backbone import create_backbone, create_network  # noqa: E402
from glocal.models.code_rotation import iterative_quantization  # noqa: E402
from glocal.models.delg import Delg  # noqa: E402
from glocal.models.losses import Objective, Supervision  # noqa: E402
from glocal.models.network import Extractor  # noqa: E402
from glocal.models.principal_components import principal_components  # noqa: E402


def labelled(labels):
    """Return what is known of views of different photos without teachers."""
    return Supervision(labels, torch.arange(len(labels)), torch.empty(len(labels), 0))


def small_delg(seed=0, **options):
    torch.manual_seed(seed)
    backbone = create_backbone("resnet10t")
    return Delg(backbone, global_dimensions=16, code_dimensions=8, attention_hidden=12, **options)


def backbone_gradients(delg, *, local_only):
    objective = Objective(dimensions=16, channels=delg.backbone.local_channels, classes=3)
    image = torch.randn(3, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    losses = objective(delg(image), labelled(torch.arange(3)))
    loss = 10 * losses.reconstruction + losses.attention if local_only else losses.total
    loss.backward()
    return [parameter.grad for parameter in delg.backbone.parameters()]


def test_local_losses_give_the_backbone_no_gradient_at_all():
    delg = small_delg()
    gradients = backbone_gradients(delg, local_only=True)
    assert all(gradient is None or not gradient.any() for gradient in gradients)
    assert delg.autoencoder.encoder.weight.grad.any()
    assert delg.attention.score.weight.grad.any()


def test_of_both_maps_each_is_pooled_and_normalised_by_itself():
    delg = small_delg(pooled="both").eval()
    image = torch.randn(2, 3, 64, 96, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        pooled = delg.raw_features(image).pooled.numpy()
        local_map, deep_map = (found.numpy().astype(np.float64) for found in delg.backbone(image))
    gem = [np.cbrt((np.maximum(found, 1e-6) ** 3).mean((2, 3))) for found in (deep_map, local_map)]
    expected = np.concatenate([vector / np.linalg.norm(vector, axis=1, keepdims=True) for vector in gem], axis=1)
    assert pooled.shape == (2, sum(delg.pooled_widths))
    assert np.allclose(pooled, expected, atol=1e-5)


def test_local_losses_give_the_backbone_no_gradient_where_its_local_map_is_pooled_either():
    gradients = backbone_gradients(small_delg(pooled="both"), local_only=True)
    assert all(gradient is None or not gradient.any() for gradient in gradients)


def test_without_stop_gradient_the_local_losses_reach_the_backbone():
    gradients = backbone_gradients(small_delg(stop_gradient=False), local_only=True)
    assert any(gradient is not None and gradient.any() for gradient in gradients)


def test_the_backbone_learns_from_the_global_loss_alone():
    joint, alone = small_delg(), small_delg()
    image = torch.randn(3, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    torch.manual_seed(2)
    objective = Objective(dimensions=16, channels=joint.backbone.local_channels, classes=3)
    objective(joint(image), labelled(torch.arange(3))).total.backward()
    objective(alone(image), labelled(torch.arange(3))).global_.backward()
    for one, other in zip(joint.backbone.parameters(), alone.backbone.parameters(), strict=True):
        assert (one.grad is None) == (other.grad is None)
        assert one.grad is None or torch.equal(one.grad, other.grad)


@pytest.mark.parametrize("name", ["tf_efficientnet_lite0", "resnet10t"])
@pytest.mark.parametrize("size", [(32, 32), (33, 47), (97, 130)])
def test_maps_have_strides_16_and_32_rounded_up(name, size):
    backbone = create_backbone(name).eval()
    with torch.no_grad():
        local_map, deep_map = backbone(torch.zeros(1, 3, *size))
    assert tuple(local_map.shape[1:]) == (backbone.local_channels, *(-(-side // 16) for side in size))
    assert tuple(deep_map.shape[1:]) == (backbone.deep_channels, *(-(-side // 32) for side in size))


def test_resnet50_has_the_papers_maps():
    backbone = create_backbone("resnet50")
    assert (backbone.local_channels, backbone.deep_channels) == (1024, 2048)


def test_lite0_is_timms_network_up_to_its_head_on_multiples_of_32():
    torch.manual_seed(0)
    network = create_network("tf_efficientnet_lite0").eval()
    backbone = create_backbone("tf_efficientnet_lite0", network.state_dict()).eval()
    image = torch.randn(1, 3, 64, 96)
    with torch.no_grad():
        assert torch.allclose(backbone(image)[1], network.forward_features(image), atol=1e-6)


def test_a_pyramid_backbone_takes_over_the_weights():
    torch.manual_seed(0)
    network = create_network("resnet10t").eval()
    backbone = create_backbone("resnet10t", network.state_dict()).eval()
    image = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        assert torch.allclose(backbone(image)[1], network.forward_features(image), atol=1e-5)


def test_unknown_networks_and_weights_that_do_not_fit_are_named():
    with pytest.raises(ModelError, match="no_such_net"):
        create_backbone("no_such_net")
    with pytest.raises(ModelError, match="resnet10t: the weights do not fit"):
        create_backbone("resnet10t", {"wrong": torch.zeros(1)})


def test_the_extractor_is_the_network_centred_rotated_and_normalised():
    delg = small_delg().eval()
    delg.code_transform.learn(torch.randn(200, 8) + 3, seed=0)
    image = torch.randn(1, 3, 64, 96)
    with torch.no_grad():
        descriptor, descriptors, attention = Extractor(delg).eval()(image)
        local_map, _ = delg.backbone(image)
        codes = delg.autoencoder(local_map)[0][0, :, 1, 2] - delg.code_transform.mean
        output = delg(image)
    rotated = delg.code_transform.matrix @ codes
    assert torch.allclose(descriptors[0, :, 1, 2], rotated / rotated.norm(), atol=1e-4)
    assert torch.allclose(descriptor[0], output.descriptor[0] / output.descriptor[0].norm(), atol=1e-5)
    assert torch.equal(attention, output.attention)


def test_the_autoencoder_starts_as_the_best_linear_one():
    sample = torch.rand(500, 10, generator=torch.Generator().manual_seed(4)) + 1
    autoencoder = Autoencoder(10, 4)
    autoencoder.start_from(principal_components(sample))
    with torch.no_grad():
        _, reconstruction = autoencoder(sample.T[None, :, :, None])
    centred = sample - sample.mean(0)
    lost = torch.linalg.svdvals(centred)[4:].square().sum() / sample.numel()
    assert (reconstruction[0, :, :, 0].T - sample).square().mean().item() == pytest.approx(lost.item(), rel=1e-3)


def test_iterative_quantization_rotates_towards_the_signs():
    generator = torch.Generator().manual_seed(0)
    turn = torch.linalg.qr(torch.randn(8, 8, generator=generator))[0]
    signs = torch.randint(0, 2, (500, 8), generator=generator) * 2.0 - 1
    codes = (signs + 0.1 * torch.randn(500, 8, generator=generator)) @ turn
    rotation = iterative_quantization(codes, seed=0)
    assert torch.allclose(rotation @ rotation.T, torch.eye(8), atol=1e-5)

    def quantisation_loss(rows):
        rows = rows / rows.norm(dim=1, keepdim=True)
        return (rows - rows.sign() / 8**0.5).square().sum(1).mean().item()

    assert quantisation_loss(codes @ rotation.T) < 0.5 * quantisation_loss(codes)
    assert torch.equal(rotation, iterative_quantization(codes, seed=0))


def test_with_pca_the_codes_are_projections_of_cells_of_length_one():
    torch.manual_seed(0)
    delg = Delg(create_backbone("resnet10t"), global_dimensions=16, code_dimensions=8, local_code="pca").eval()
    sample = torch.nn.functional.normalize(torch.rand(600, delg.backbone.local_channels), dim=1)
    delg.pca.start_from(principal_components(sample))
    assert "autoencoder" not in delg.local_parts()
    assert not any(parameter.requires_grad for parameter in delg.pca.parameters())
    image = torch.randn(1, 3, 64, 96)
    with torch.no_grad():
        _, descriptors, _ = Extractor(delg).eval()(image)
        cell = delg.backbone(image)[0][0, :, 1, 2].numpy()
        assert delg(image).reconstruction is None
    centred = sample.numpy() - sample.numpy().mean(0)
    axes = np.linalg.svd(centred, full_matrices=False)[2][:8]
    code = axes @ (cell / np.linalg.norm(cell) - sample.numpy().mean(0))
    found = descriptors[0, :, 1, 2].numpy()
    # a principal component has no sign
    assert np.allclose(np.abs(found), np.abs(code / np.linalg.norm(code)), atol=1e-3)
