"""A tiny base recipe as a file, and a table of two rows."""

import pytest

RECIPE = """
name = "tiny"
steps = 4
batch = 4
side = 64
save_every = 2

[network]
backbone = "test_resnet"
weights = "random"
global_dimensions = 8
code_dimensions = 8
attention_hidden = 8

[data]
validate_on = ["thing-2", "thing-3"]
held_out = ["thing-4", "thing-5"]

[start]
side = 64

[optimiser]
freeze_batch_norm = false
"""


@pytest.fixture
def recipe_file(tmp_path):
    path = tmp_path / "tiny.toml"
    path.write_text(RECIPE)
    return path


@pytest.fixture
def two_rows():
    pytest.importorskip("torch")
    from glocal.training.ablation.rows import Ablation, Column, Row

    stopped = Row("stopped", ("network.stop_gradient=true",), (45, 88))
    flowing = Row("flowing", ("network.stop_gradient=false",))
    columns = (Column("mAP", "mAP", "by global descriptor"), Column("AP inliers", "AP", "by inliers"))
    return Ablation("two", "Two rows", (stopped, flowing), columns, stopped)
