"""The checkpoints that the original codes wrote, where they are."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

SAMPLES = Path(os.environ.get("GLOCAL_IMPORT_SAMPLES", Path(__file__).parents[2].parent / "shared" / "import"))


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return what unpacks an archive of checkpoints once, and skips a test where the archives are not."""
    folder = tmp_path_factory.mktemp("samples")

    def unpack(name: str) -> Path:
        archive = SAMPLES / f"{name}.tar.xz"
        if not archive.is_file():
            pytest.skip(f"no {archive.name} in {SAMPLES}; set GLOCAL_IMPORT_SAMPLES to the folder that has it")
        if not (folder / name).is_dir():
            with tarfile.open(archive) as opened:
                opened.extractall(folder, filter="data")
        return folder / name

    return unpack
