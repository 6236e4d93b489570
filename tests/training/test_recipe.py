"""Recipes: strict, frozen, and the ones that come with the project."""

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from glocal.models.network import Extractor  # noqa: E402
from glocal.training.objective import start_network  # noqa: E402
from glocal.training.recipe import Recipe, RecipeError, load_recipe  # noqa: E402

PUBLISHED = {"delf-r50-gld", "delg-r50-gldv2clean", "delg-r101-gldv2clean", "dolg-r50-gldv2clean"}
RECIPES = sorted((Path(__file__).parents[2] / "recipes").glob("*.toml"))


@pytest.fixture
def recipe_file(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\nsteps = 5\n[optimiser]\nlearning_rate = 0.01\n')
    return path


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_bundled_recipe_is_valid_and_named_after_its_file(path):
    assert load_recipe(path).name == path.stem


@pytest.mark.slow
@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_bundled_recipe_builds_its_network(path):
    settings = load_recipe(path).network
    network = start_network(settings.model_copy(update={"weights": "random"})).eval()
    with torch.no_grad():
        descriptor, codes, attention = Extractor(network).eval()(torch.zeros(1, 3, 64, 96))
    assert tuple(descriptor.shape) == (1, settings.global_dimensions)
    assert tuple(codes.shape) == (1, settings.code_dimensions, 4, 6)
    assert tuple(attention.shape) == (1, 1, 4, 6)


def test_the_recipe_of_dolg_is_the_published_one():
    recipe = load_recipe(next(path for path in RECIPES if path.stem == "dolg-r50-gldv2clean"))
    epoch = 1_580_470 / recipe.batch
    assert recipe.steps == pytest.approx(100 * epoch, rel=1e-4)
    assert recipe.optimiser.warmup == pytest.approx(5 * epoch, rel=1e-4)
    assert (recipe.losses.margin, recipe.losses.scale, recipe.network.global_dimensions) == (0.15, 30.0, 512)
    assert (recipe.optimiser.nesterov, recipe.augmentation.lighting) == (True, 0.1)


def test_a_bundled_recipe_is_found_by_its_name_wherever_one_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path in RECIPES:
        assert load_recipe(path.stem) == load_recipe(path)


def test_an_unknown_name_lists_the_names():
    with pytest.raises(RecipeError) as raised:
        load_recipe("basline")
    message = str(raised.value)
    assert message.startswith("no recipe 'basline'; ")
    assert "\n" not in message
    assert message.endswith(": " + ", ".join(path.stem for path in RECIPES))


def test_there_are_recipes():
    assert {"baseline", "delg-lite1-small"} | PUBLISHED <= {path.stem for path in RECIPES}


def test_the_published_recipe_has_the_published_settings():
    recipe = load_recipe(next(path for path in RECIPES if path.stem == "delg-r50-gldv2clean"))
    assert (recipe.side, recipe.optimiser.name, recipe.network.global_dimensions) == (512, "sgd", 2048)
    assert (recipe.losses.margin, recipe.losses.reconstruction, recipe.losses.attention) == (0.1, 10.0, 1.0)


def test_the_recipe_of_delf_has_the_two_sides_of_its_paper():
    recipe = load_recipe("delf-r50-gld")
    assert (recipe.side, recipe.local_side, recipe.optimiser.stages) == (224, 720, "separate")
    assert recipe.data.side >= recipe.local_side


def test_overrides_are_dotted_keys_with_toml_values(recipe_file):
    recipe = load_recipe(
        recipe_file, ["optimiser.name=sgd", "steps=7", 'data.held_out=["a-*"]', "network.stop_gradient=false"]
    )
    assert (recipe.optimiser.name, recipe.optimiser.learning_rate, recipe.steps) == ("sgd", 0.01, 7)
    assert recipe.data.held_out == ("a-*",)
    assert not recipe.network.stop_gradient


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("optimizer.name=sgd", "optimizer"),
        ("optimiser.learning_rat=1", r"optimiser\.learning_rat"),
        ("optimiser.learning_rate=-1", r"optimiser\.learning_rate"),
        ("optimiser.learning_rate=nan", r"optimiser\.learning_rate"),
        ("steps=many", "steps"),
        ("augmentation.area=[0.9, 0.1]", "augmentation"),
        ("network.code_dimensions=100", "code_dimensions"),
        ("steps", "not of the form key=value"),
        ("steps.more=1", "steps is a value"),
    ],
)
def test_unknown_keys_and_wrong_values_are_named(recipe_file, override, message):
    with pytest.raises(RecipeError, match=message):
        load_recipe(recipe_file, [override])


def test_missing_and_broken_files_are_named(tmp_path):
    with pytest.raises(RecipeError, match=r"no recipe '.*gone\.toml'; name a TOML file or a bundled recipe: "):
        load_recipe(tmp_path / "gone.toml")
    with pytest.raises(RecipeError, match="cannot read the recipe"):
        load_recipe(tmp_path)
    (tmp_path / "broken.toml").write_text("steps = [")
    with pytest.raises(RecipeError, match=r"broken\.toml: not a TOML file"):
        load_recipe(tmp_path / "broken.toml")


def test_a_recipe_survives_json_and_cannot_be_changed(recipe_file):
    recipe = load_recipe(recipe_file)
    assert Recipe.model_validate_json(recipe.model_dump_json()) == recipe
    with pytest.raises(ValueError, match="frozen"):
        recipe.steps = 9


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["network.architecture=dolg"], 'the local codes of dolg are a PCA; set network.local_code = "pca"'),
        (["network.architecture=delf", "network.local_code=hidden"], "delf describes places by its local map"),
        (
            ["network.backbone=tf_efficientnet_lite0", "network.layout.stride='last'"],
            "network.layout is that of resnet50",
        ),
        (
            ["network.architecture=dolg", "network.local_code=pca", "optimiser.stages=separate"],
            'set optimiser.stages = "joint"',
        ),
        (
            ["network.architecture=dolg", "network.local_code=pca", "network.pooled=both"],
            'leave network.pooled = "deep"',
        ),
        (
            ["network.architecture=delf", "network.local_code=pca", "start.whitening=pairs"],
            'set start.whitening = "pca"',
        ),
        (["network.architecture=sift"], r"network\.architecture"),
        (["local_side=64"], 'set optimiser.stages = "separate"'),
        (["optimiser.nesterov=true"], 'set optimiser.name = "sgd"'),
        (["losses.instances=1.0"], r"set data\.views = 2"),
        (["batch=9", "data.views=2"], "a batch of 9 does not hold 2 views"),
        (
            ["network.architecture=delf", "network.local_code=pca", "losses.relation=1"],
            "delf learns no global descriptor",
        ),
    ],
)
def test_what_an_architecture_has_not_is_refused(recipe_file, overrides, message):
    with pytest.raises(RecipeError, match=message):
        load_recipe(recipe_file, overrides)
