"""Fetch and unpack what a benchmark lacks. Nothing is ever deleted or overwritten."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path

from glocal.evaluation.datasets.benchmarks import Dataset
from glocal.evaluation.datasets.completeness import CheckReport, check
from glocal.evaluation.datasets.download import fetch
from glocal.evaluation.errors import EvaluationError
from glocal.files import unfinished
from glocal.progress import OnProgress, silent


def prepare(dataset: Dataset, folder: Path, *, on_progress: OnProgress = silent) -> CheckReport:
    """Fetch every file that is missing, unpack the archives, and check the result.

    A set that is already complete is left alone, also when its archives are gone.

    Args:
        dataset: what to fetch.
        folder: where to.
        on_progress: called with (name of the file, bytes here, bytes in all) as they arrive.

    Returns:
        What `check` finds afterwards.

    Raises:
        EvaluationError: a file cannot be fetched or unpacked. Run again to continue.
    """
    before = check(dataset, folder)
    if before.complete:
        return before
    for download in dataset.downloads:
        target = folder / download.target
        fetch(download.url, target, md5_url=download.md5_url, on_progress=on_progress)
        if download.unpack is not None:
            unpack(target, folder / download.unpack, flat=download.flat)
    return check(dataset, folder)


def unpack(archive: Path, folder: Path, *, flat: bool = False) -> int:
    """Unpack the files of a tar archive that are not there yet.

    Each file appears under its name only when complete. Links, devices and names that lead out of the folder
    are refused.

    Args:
        archive: the tar archive, compressed or not.
        folder: where to.
        flat: leave out the archive's folders.

    Returns:
        How many files were written.

    Raises:
        EvaluationError: the archive is damaged or holds what a set of photos never does.
    """
    written = 0
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                if not member.isfile():
                    continue
                member = tarfile.data_filter(member, str(folder))
                name = Path(member.name).name if flat else member.name
                written += _write(tar, member, folder / name)
    except (tarfile.TarError, EOFError) as error:
        raise EvaluationError(f"{archive}: a damaged archive ({error}); move it away and run again") from None
    except OSError as error:
        raise EvaluationError(f"{archive}: cannot be unpacked ({error})") from None
    return written


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> bool:
    """Write one file unless something but an empty file is there."""
    if path.exists() and (path.stat().st_size or not path.is_file()):
        return False
    source = tar.extractfile(member)
    if source is None:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    with source, unfinished(path) as draft:
        with draft.open("wb") as file:
            shutil.copyfileobj(source, file)
        draft.replace(path)  # without waiting for the disk: an archive holds thousands, and can be unpacked again
    return True
