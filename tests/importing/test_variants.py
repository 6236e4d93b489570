"""Networks of every depth and variant compute what plain re-writings of the original codes compute."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tensor_bundle import write_bundle

torch = pytest.importorskip("torch")
pytestmark = [pytest.mark.train, pytest.mark.slow]

import original_networks as originals  # noqa: E402
from original_layers import KerasLayers, Layers, SlimLayers  # noqa: E402
from original_networks import Output  # noqa: E402

from glocal.errors import ModelError  # noqa: E402
from glocal.importing.crc32c import crc32c  # noqa: E402
from glocal.importing.imported import Imported  # noqa: E402
from glocal.importing.original import Original  # noqa: E402
from glocal.importing.parity import TOLERANCE, difference  # noqa: E402
from glocal.importing.reading_weights import import_weights  # noqa: E402

PICTURE = np.random.default_rng(3).integers(0, 256, (65, 97, 3), np.uint8)
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def normalised(mean: Any, std: Any, *, bgr: bool = False) -> Any:
    """Return the picture as a network takes it: values from 0 to 1, less the mean, by the deviation; [1, 3, H, W]."""
    values = (PICTURE / 255 - np.array(mean)) / np.array(std)
    ordered = values[..., ::-1] if bgr else values
    return torch.from_numpy(ordered.transpose(2, 0, 1)[None].astype(np.float32))


def made(run: Callable[[Any, Any], Output], layers: Layers, image: Any) -> Output:
    """Return what a network gives whose variables are made by a first run."""
    with torch.no_grad():
        run(layers, image)
        return run(layers, image)


def check(imported: Imported, wanted: Output) -> None:
    """Check that the network of imported weights gives the same."""
    original = Original.of(imported)
    seen = original.see(PICTURE, 1.0)
    if wanted.descriptor is not None:
        assert difference(seen.descriptor.numpy(), wanted.descriptor.numpy()) <= TOLERANCE
    if wanted.attention is not None and wanted.local is not None:
        assert difference(seen.raw.attention[0, 0].numpy(), wanted.attention.numpy()) <= TOLERANCE
        assert difference(original.local_descriptors(seen), wanted.local.numpy()) <= TOLERANCE


@pytest.mark.parametrize("wrapped", ["bare", "full", "data-parallel"])
def test_feymanpriv_delg_of_101_layers(tmp_path: Path, wrapped: str) -> None:
    layers = Layers(1)
    wanted = made(lambda of, seen: originals.feymanpriv_delg(of, seen, 101), layers, normalised(MEAN, STD, bgr=True))
    state: dict[str, Any] = layers.variables | {
        "globalmodel.stem.bn.num_batches_tracked": torch.tensor(7),
        "desc_cls.weight": torch.ones(5, 512),
        "desc_cls.t": torch.zeros(1),
        "att_cls.fc.weight": torch.ones(5, 512),
        "att_cls.fc.bias": torch.ones(5),
    }
    if wrapped == "data-parallel":
        state = {f"module.{name}": value for name, value in state.items()}
    content = state if wrapped == "bare" else {"epoch": 9, "model_state": state, "optimizer_state": {}, "cfg": "A: 1"}
    torch.save(content, tmp_path / "net.pyth", _use_new_zipfile_serialization=wrapped != "full")
    imported = import_weights(tmp_path / "net.pyth")
    assert imported.settings.backbone == "resnet101"
    check(imported, wanted)


@pytest.mark.parametrize(("depth", "atrous"), [(101, True), (101, False), (50, True), (50, False)])
def test_feymanpriv_dolg(tmp_path: Path, depth: int, atrous: bool) -> None:
    layers = Layers(2)
    image = normalised(MEAN, STD, bgr=True)
    wanted = made(lambda of, seen: originals.feymanpriv_dolg(of, seen, depth, atrous=atrous), layers, image)
    torch.save({"model_state": layers.variables}, tmp_path / "net.pyth")
    check(import_weights(tmp_path / "net.pyth"), wanted)


@pytest.mark.parametrize(
    ("depth", "pooling", "whitened"),
    [(101, "gem", True), (101, "gem", False), (50, "gemmp", True), (50, "mac", False), (50, "spoc", True)],
)
def test_cirtorch(tmp_path: Path, depth: int, pooling: str, whitened: bool) -> None:
    mean, std = (0.5, 0.4, 0.3), (0.2, 0.25, 0.3)
    layers = Layers(3)
    wanted = made(
        lambda of, seen: originals.cirtorch(of, seen, depth, pooling=pooling, whitened=whitened),
        layers,
        normalised(mean, std),
    )
    meta = {"architecture": f"resnet{depth}", "pooling": pooling, "whitening": whitened, "mean": mean, "std": std}
    torch.save({"meta": meta, "state_dict": layers.variables}, tmp_path / "net.pth")
    imported = import_weights(tmp_path / "net.pth")
    (descriptor,) = Original.of(imported).descriptors(PICTURE, [1.0])
    assert wanted.descriptor is not None
    assert difference(descriptor / np.linalg.norm(descriptor), wanted.descriptor.numpy()) <= TOLERANCE
    powered = pooling == "gem" and not whitened  # the code's own rule for several scales
    assert imported.fusion_power == (pytest.approx(layers.variables["pool.p"].item()) if powered else 1.0)


def write(prefix: Path, layers: Layers, attributes: tuple[str, ...] = ()) -> None:
    """Write TensorFlow's variables as a checkpoint."""
    tensors = {name: value.numpy() for name, value in layers.variables.items()}
    write_bundle(prefix, tensors, attributes, checksum=crc32c)


@pytest.mark.parametrize(
    ("depth", "global_part", "bits", "prefix"),
    [(101, True, 128, "model/"), (50, False, 0, ""), (101, False, 128, "_model/"), (50, True, 96, "")],
)
def test_tensorflow_2(tmp_path: Path, depth: int, global_part: bool, bits: int, prefix: str) -> None:
    layers = KerasLayers(4, prefix)
    image = normalised([128 / 255] * 3, [128 / 255] * 3)
    wanted = made(
        lambda of, seen: originals.keras_delg(of, seen, depth, global_part=global_part, bits=bits), layers, image
    )
    slot = "backbone/conv1/kernel/.OPTIMIZER_SLOT/optimizer/momentum/.ATTRIBUTES/VARIABLE_VALUE"
    layers.variables |= {
        f"{prefix}{slot}": torch.ones(7, 7, 3, 64),
        f"{prefix}attn_classification/kernel/.ATTRIBUTES/VARIABLE_VALUE": torch.ones(1024, 5),
        "optimizer/iter/.ATTRIBUTES/VARIABLE_VALUE": torch.tensor(5),
        "save_counter/.ATTRIBUTES/VARIABLE_VALUE": torch.tensor(5),
    }
    write(tmp_path / "ckpt-5", layers, ("backbone", "subsampling_layer"))
    imported = import_weights(tmp_path)
    assert imported.settings.architecture == ("delg" if global_part else "delf")
    assert f"{prefix}{slot}" in imported.left_aside
    check(imported, wanted)


NAMES = {
    "told by name": {
        "attention": "attention_block/attention/compute",
        "whitening": "whitening/embedding",
        "autoencoder": "autoencoder",
    },
    "told by shape": {"attention": "a", "whitening": "b/c", "autoencoder": "d"},
}


@pytest.mark.parametrize("depth", [50, 101])
@pytest.mark.parametrize("names", NAMES)
def test_tf_slim_delg(tmp_path: Path, depth: int, names: str) -> None:
    layers = SlimLayers(5)
    image = normalised([128 / 255] * 3, [128 / 255] * 3)
    wanted = made(lambda of, seen: originals.slim_delg(of, seen, depth, NAMES[names]), layers, image)
    folder = tmp_path / "r101delg_gldv2clean_20200914"
    write(folder / "variables" / "variables", layers)
    imported = import_weights(folder)
    assert (imported.attention_threshold, imported.resize) == (357.48, "tensorflow1")
    check(imported, wanted)


def test_tf_slim_delf_of_101_layers(tmp_path: Path) -> None:
    layers = SlimLayers(6)
    image = normalised([128 / 255] * 3, [128 / 255] * 3)
    names = {"attention": "attention_block/attention/compute"}
    wanted = made(lambda of, seen: originals.slim_delg(of, seen, 101, names), layers, image)
    write(tmp_path / "variables" / "variables", layers)
    imported = import_weights(tmp_path, "delf_gld_20190411")
    assert (imported.settings.architecture, imported.attention_threshold) == ("delf", 100.0)
    check(imported, wanted)


def test_a_global_descriptor_alone_is_imported(tmp_path: Path) -> None:
    image = normalised([128 / 255] * 3, [128 / 255] * 3)
    slim = SlimLayers(7)
    wanted = made(lambda of, seen: originals.slim_delg(of, seen, 50, {"whitening": "embedding"}), slim, image)
    write(tmp_path / "slim" / "variables", slim)
    keras = KerasLayers(8, "_model/")
    other = made(lambda of, seen: originals.keras_delg(of, seen, 50, local_part=False), keras, image)
    write(tmp_path / "keras" / "variables", keras, ("subsampling_layer",))
    for folder, told in (("slim", wanted), ("keras", other)):
        imported = import_weights(tmp_path / folder)
        assert imported.settings.architecture == "global"
        check(imported, told)


def test_neither_part_is_said(tmp_path: Path) -> None:
    keras = KerasLayers(9, "_model/")
    with torch.no_grad():
        originals.keras_resnet(keras, normalised([0.5] * 3, [0.5] * 3), 50)
    write(tmp_path / "variables", keras)
    with pytest.raises(
        ModelError, match=r"variables\.index: has neither attention nor a layer for a global descriptor"
    ):
        import_weights(tmp_path)
