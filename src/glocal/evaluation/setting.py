"""What must be known to repeat an evaluation."""

from __future__ import annotations

import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from glocal.cores import available_cores
from glocal.extraction import Model

_PACKAGES = ("glocal", "numpy", "onnxruntime", "opencv-python-headless", "pillow")


def environment() -> dict[str, Any]:
    """Return date, command, versions and machine."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": " ".join([sys.argv[0].rpartition("/")[2], *sys.argv[1:]]),
        "python": platform.python_version(),
        **{name: _version(name) for name in _PACKAGES},
        "machine": f"{platform.system()} {platform.machine()}, {available_cores()} cores",
    }


def model_setting(model: Model) -> dict[str, Any]:
    """Return which model extracted, with the hash that decides its features."""
    return {
        "model": model.name,
        "model_hash": model.fingerprint,
        "preset": model.preset.name,
        "precision": model.precision,
        "global_scales": list(model.preset.global_scales),
        "local_scales": list(model.preset.local_scales),
        "max_features": model.preset.max_features,
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
