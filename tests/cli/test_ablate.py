"""`glocal ablate` as a person types it wrongly."""

import numpy as np
import pytest

pytest.importorskip("torch")
pytestmark = pytest.mark.train

RECIPE = "ablation"


@pytest.fixture
def photos(tmp_path):
    from glocal.images import save_picture

    root = tmp_path / "photos"
    for name in ("one", "two", "three"):
        (root / name).mkdir(parents=True)
        for view in range(2):
            save_picture(np.full((40, 40, 3), 40 * view, np.uint8), root / name / f"{view}.png")
    return root


@pytest.mark.parametrize("table", ["local", "global"])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--recipe", "absent.toml"], "no recipe 'absent.toml'; name a TOML file or a bundled recipe: ablation, adapt"),
        (["--seeds", "0,one"], "--seeds 0,one: give whole numbers"),
        (["--seeds", "1,1"], "--seeds 1,1: a seed given twice"),
        (["--set", "optimiser.learning_rat=1"], "optimiser.learning_rat"),
        (["--set", "data.validate_on=[]", "--set", "data.held_out=[]"], "nothing is held out to measure on"),
        (["--held-out", "one"], "one: matches 1 identities; two with two photos each are needed"),
        ([], "aix-*, orange-*: matches 0 identities"),
    ],
)
def test_mistakes_come_before_work(glocal, photos, tmp_path, table, options, message):
    recipe = [] if "--recipe" in options else ["--recipe", RECIPE]
    ended = glocal("ablate", table, photos, "--out", tmp_path / "out", *recipe, *options)
    assert ended.code == 2
    assert message in ended.err
    assert not (tmp_path / "out").exists()


def test_a_missing_folder_of_photos_is_named(glocal, tmp_path):
    ended = glocal("ablate", "local", tmp_path / "absent", "--out", tmp_path / "out", "--recipe", RECIPE)
    assert (ended.code, "no such folder of photos" in ended.err) == (2, True)


def test_jobs_are_one_at_least(glocal, photos, tmp_path):
    ended = glocal("ablate", "global", photos, "--out", tmp_path / "out", "--recipe", RECIPE, "--jobs", "0")
    assert ended.code == 2
