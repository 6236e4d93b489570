"""Whitening as training starts from it."""

import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from glocal.models.imagenet import normalisation_of  # noqa: E402
from glocal.training.objective import start_network  # noqa: E402
from glocal.training.photos.labelled_photos import LabelledPhoto, PhotoCache  # noqa: E402
from glocal.training.statistics.start import start_from_photos  # noqa: E402


@pytest.fixture
def started(identities_folder, tiny_recipe):
    """Return a function from settings to (the descriptors [N, D] of the photos as training starts, their labels)."""
    paths = sorted(identities_folder.rglob("*.png"))
    photos = PhotoCache([LabelledPhoto(str(path), path.parent.name) for path in paths], 64)
    labels = torch.tensor([int(path.parent.name.removeprefix("thing-")) for path in paths])

    def start(pooled="deep", **settings):
        recipe = tiny_recipe.model_copy(
            update={
                "network": tiny_recipe.network.model_copy(update={"pooled": pooled}),
                "start": tiny_recipe.start.model_copy(update={"side": 64, **settings}),
            }
        )
        torch.manual_seed(0)
        network = start_network(recipe.network).eval()
        normalisation = normalisation_of(recipe.network.backbone)
        return start_from_photos(network, photos, labels, recipe, normalisation, lambda *_: None), labels

    return start


def similarity(descriptors):
    unit = torch.nn.functional.normalize(descriptors, dim=1)
    return unit @ unit.T


def within_by_total(descriptors, labels):
    """Return the share of the variance that lies within identities."""
    centred = torch.cat([own - own.mean(0) for own in (descriptors[labels == each] for each in labels.unique())])
    return (centred.square().sum() / (descriptors - descriptors.mean(0)).square().sum()).item()


@pytest.mark.parametrize("pooled", ["deep", "both"])
def test_by_pairs_without_a_share_of_identities_it_is_a_pca_whitening(started, pooled):
    by_pairs, _ = started(pooled, whitening="pairs", identities=0.0, exponent=0.25, shrinkage=0.2)
    pca, _ = started(pooled, whitening="pca", exponent=0.25, shrinkage=0.2)
    assert torch.allclose(similarity(by_pairs), similarity(pca), atol=1e-3)


def test_the_larger_the_share_of_identities_the_less_their_photos_differ(started):
    spread = [within_by_total(*started(whitening="pairs", identities=share)) for share in (0.0, 0.4, 1.0)]
    assert spread[0] > spread[1] > spread[2]
