"""Attention that learns which cells find their place in another view."""

import numpy as np
import pytest
from example_photos import EXAMPLES

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from glocal.models.geometry import ReceptiveField, local_receptive_field  # noqa: E402
from glocal.models.imagenet import normalisation_of  # noqa: E402
from glocal.training.network_settings import Network  # noqa: E402
from glocal.training.objective import start_network  # noqa: E402
from glocal.training.photos.batches import to_input  # noqa: E402
from glocal.training.photos.labelled_photos import LabelledPhoto, PhotoCache, fitted  # noqa: E402
from glocal.training.recipe import Recipe  # noqa: E402
from glocal.training.statistics.matchability import learn_attention, matched_cells  # noqa: E402
from glocal.training.statistics.two_views import view_pair  # noqa: E402

PHOTOS = sorted(EXAMPLES.rglob("*.jpg"))
FIELD = ReceptiveField(start=-150, size=331, stride=16)


def random_signs(seed, rows=6, columns=8):
    return torch.sign(torch.randn(64, rows, columns, generator=torch.Generator().manual_seed(seed)))


def test_cells_of_a_shifted_view_are_found_where_they_went():
    signs = random_signs(0)
    shift = np.array([(1.0, 0.0, -32.0), (0.0, 1.0, -16.0), (0.0, 0.0, 1.0)])
    shifted = torch.roll(signs, (-1, -2), (1, 2))
    seen, found = matched_cells(signs, shifted, shift, FIELD)
    inside = torch.zeros(6, 8, dtype=torch.bool)
    inside[1:, 2:] = True
    assert torch.equal(seen, inside.flatten())
    assert found[seen].all()


def test_cells_that_look_alike_or_stand_elsewhere_are_not_found():
    signs = random_signs(1)
    signs[:, :3] = signs[:, :1, :1]  # the upper half looks the same everywhere
    _, found = matched_cells(signs, signs, np.eye(3), FIELD)
    assert found[24:].all()
    assert found[:24].sum() <= 1
    _, elsewhere = matched_cells(signs, torch.roll(signs, 3, 2), np.eye(3), FIELD)
    assert not elsewhere[24:].any()


def test_cells_that_another_photo_has_too_are_not_found():
    signs = random_signs(2)
    other = random_signs(3)
    other[:, 0] = signs[:, 4]
    _, found = matched_cells(signs, signs, np.eye(3), FIELD, other)
    assert not found.reshape(6, 8)[4].any()
    assert found.reshape(6, 8)[:4].all()


def test_learned_attention_is_higher_where_other_photos_are_matched():
    photos = PhotoCache([LabelledPhoto(str(path), None) for path in PHOTOS], 256)
    learning, rest = (PhotoCache(photos.photos[half::2], 256) for half in (0, 1))
    torch.manual_seed(0)
    recipe = Recipe(name="test", steps=0, start={"side": 256}, network=Network(global_dimensions=8))
    network = start_network(recipe.network).eval()
    normalisation = normalisation_of(recipe.network.backbone)
    assert learn_attention(network, learning, recipe, normalisation, lambda *_: None).min() >= 0
    field = local_receptive_field(network.backbone)
    attention: dict[bool, list[float]] = {True: [], False: []}
    for row in range(0, len(rest), 2):
        photo = fitted(rest[row], 256)
        view, transform = view_pair(photo, np.random.default_rng(row))
        with torch.no_grad():
            own, other = (network.raw_features(to_input(one[None], normalisation)) for one in (photo, view))
            signs, view_signs = (torch.sign(network.encoder(one.cells))[0] for one in (own, other))
        seen, found = matched_cells(signs, view_signs, transform, field)
        for score, right in zip(own.attention.flatten()[seen], found[seen], strict=True):
            attention[bool(right)].append(float(score))
    higher = np.array(attention[True])[:, None] > np.array(attention[False])
    assert higher.mean() > 0.55
