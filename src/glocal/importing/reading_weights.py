"""Which network a file or folder holds, and whose code wrote it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from glocal.errors import ModelError
from glocal.importing.bundle import Bundle, open_bundle
from glocal.importing.cirtorch import import_cirtorch
from glocal.importing.classifiers import import_classifier
from glocal.importing.feymanpriv import import_delg, import_dolg
from glocal.importing.imported import FAMILIES, Imported
from glocal.importing.naming import shown
from glocal.importing.released import THRESHOLDS
from glocal.importing.slim import import_slim, is_slim
from glocal.importing.tf2 import import_tf2, is_tf2
from glocal.importing.torch_file import read_torch, state_of

KINDS = ("auto", *FAMILIES, *THRESHOLDS)
"""What can be asked for: a family, or a released model, whose threshold is then known."""

_TORCH_SUFFIXES = (".pth", ".pyth", ".pt", ".safetensors")
_SHARD = re.compile(r"(.+)\.data-\d{5}-of-\d{5}")


def import_weights(source: Path, kind: str = "auto") -> Imported:
    """Read the weights in a file or folder into a network of ours.

    Args:
        source: a PyTorch file; the index or the prefix of a TensorFlow checkpoint; or a folder that holds one of them,
            such as a SavedModel.
        kind: one of `KINDS`; "auto" sees the family from the weights.

    Raises:
        ModelError: there is no such network, or several, or it is not of the kind; or the files are damaged.
    """
    if kind not in KINDS:
        raise ModelError(f"no kind of weights is called {kind!r}; choose one of {', '.join(KINDS)}")
    path = _checkpoint(source)
    if path.suffix == ".index":
        imported = _from_tensorflow(open_bundle(path.with_suffix("")), kind)
    else:
        imported = _from_torch(path)
    if kind in FAMILIES and kind != imported.family:
        raise ModelError(f"{path}: these are weights of the kind {imported.family}, not {kind}; leave --kind away")
    if kind in THRESHOLDS and imported.family != "tf-slim":
        raise ModelError(f"{path}: {kind} is a model of TF-slim, and these weights are of the kind {imported.family}")
    return imported


def _from_tensorflow(bundle: Bundle, kind: str) -> Imported:
    if is_tf2(bundle):
        return import_tf2(bundle)
    if is_slim(bundle):
        return import_slim(bundle, kind if kind in THRESHOLDS else None)
    raise ModelError(f"{bundle.index}: neither DELG nor DELF, its variables are {shown(sorted(bundle.entries))}")


def _from_torch(path: Path) -> Imported:
    content = read_torch(path)
    state = state_of(content, path)
    if _has(state, "fc_t.") or _has(state, "pool_g."):
        return import_dolg(state, path)
    if _has(state, "localmodel.") or _has(state, "globalmodel."):
        return import_delg(state, path)
    if _has(state, "features."):
        return import_cirtorch(content, state, path)
    if _has(state, "layer1.") or _has(state, "stem."):
        return import_classifier(state, path)
    raise ModelError(f"{path}: a network of no known kind, its weights are {shown(state)}")


def _has(state: Mapping[str, Tensor], prefix: str) -> bool:
    return any(name.startswith(prefix) for name in state)


def _checkpoint(source: Path) -> Path:
    """Return the PyTorch file, or the index of the TensorFlow checkpoint, that is meant.

    Raises:
        ModelError: there is none, or there are several.
    """
    if source.is_dir():
        return _in_folder(source)
    shard = _SHARD.fullmatch(source.name)
    index = source.with_name(f"{shard[1] if shard else source.name}.index")
    if source.suffix == ".index" or (source.is_file() and shard is None):
        return source
    if index.is_file():
        return index
    raise ModelError(f"{source}: no such file or folder of weights, and no checkpoint {index.name} beside it")


def _in_folder(folder: Path) -> Path:
    """Return the one checkpoint in a folder: the last that TensorFlow wrote there, else the only one, at any depth."""
    named = folder / "checkpoint"
    if named.is_file():
        last = re.search(r'^model_checkpoint_path: "(.+)"', named.read_text("utf-8", "replace"), re.MULTILINE)
        if last is not None and (folder / f"{Path(last[1]).name}.index").is_file():
            return folder / f"{Path(last[1]).name}.index"
    for pattern in ("*", "variables/*", "**/*"):
        found = [path for path in sorted(folder.glob(pattern)) if path.suffix in (".index", *_TORCH_SUFFIXES)]
        if len(found) == 1:
            return found[0]
        if found:
            raise ModelError(f"{folder}: holds several checkpoints: {shown(map(str, found))}; name one of them")
    raise ModelError(f"{folder}: holds no weights; name a PyTorch file, or the .index of a TensorFlow checkpoint")
