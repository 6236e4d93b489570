"""Every network computes what the code computed that its checkpoint comes from."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytestmark = [pytest.mark.train, pytest.mark.slow]

from glocal.importing.original import Original  # noqa: E402
from glocal.importing.parity import compare  # noqa: E402
from glocal.importing.reading_weights import import_weights  # noqa: E402
from glocal.importing.reference import read_reference  # noqa: E402

SAMPLES = {
    "feymanpriv-delg-r50": "model_epoch_0100.pyth",
    "feymanpriv-dolg-r50": "r50_dolg_512.pyth",
    "cirtorch-r50-gem-w": "synthetic-resnet50-gem-w.pth",
    "tf2-delg-r50": "delf_weights.index",
    "tf-slim-delf-r50": "savedmodel",
}


@pytest.mark.parametrize("name", SAMPLES)
def test_every_output_is_the_original_s(unpacked, name):
    folder = unpacked(name)
    imported = import_weights(folder / SAMPLES[name])
    comparisons = list(compare(Original.of(imported), read_reference(folder / "reference.npz")))
    assert len(comparisons) > 10
    assert [one.name for one in comparisons if one.difference is None] == []
    assert [(one.name, one.difference) for one in comparisons if not one.is_within] == []


def test_all_files_of_one_training_run_hold_the_same_network(unpacked):
    folder = unpacked("tf2-delg-r50")
    weights, checkpoint, exported = (import_weights(folder / part) for part in (".", "delf_tf2-ckpt", "savedmodel"))
    for other in (checkpoint, exported):
        assert other.settings == weights.settings
        assert all(torch.equal(value, other.tensors[name]) for name, value in weights.tensors.items())
    assert any("OPTIMIZER_SLOT" in name for name in checkpoint.left_aside)
