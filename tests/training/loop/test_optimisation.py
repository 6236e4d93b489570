"""The optimiser against its formulas."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from glocal.training.loop.optimisation import create_optimiser, set_learning_rate  # noqa: E402
from glocal.training.objective import create_objective, start_network  # noqa: E402
from glocal.training.photos.labelled_photos import Classes  # noqa: E402
from glocal.training.recipe import Recipe  # noqa: E402


@pytest.mark.parametrize("nesterov", [False, True])
def test_momentum_is_plain_or_nesterovs(tiny_recipe, nesterov):
    settings = {"name": "sgd", "nesterov": nesterov, "learning_rate": 0.1, "weight_decay": 0.01}
    recipe = Recipe.model_validate({**tiny_recipe.model_dump(), "optimiser": settings})
    network = start_network(recipe.network)
    objective = create_objective(network, recipe, Classes(np.array([0, 1]), 2, 2))
    optimiser = create_optimiser(network, objective, recipe.optimiser)
    weight = network.whitening.weight
    expected, velocity = weight.detach().double().numpy(), np.zeros(1)
    for step in range(4):
        gradient = np.random.default_rng(step).normal(size=expected.shape)
        weight.grad = torch.from_numpy(gradient).float()
        rate = set_learning_rate(optimiser, recipe.optimiser, step, recipe.steps)
        optimiser.step()
        slope = gradient + 0.01 * expected
        velocity = 0.9 * velocity + slope
        # Sutskever et al., ICML 2013: Nesterov's step looks ahead along the velocity it has just updated.
        expected = expected - rate * (slope + 0.9 * velocity if nesterov else velocity)
    assert weight.detach().numpy() == pytest.approx(expected, abs=1e-5)
