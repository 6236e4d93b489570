"""What a job does that looks after a collection: check, repair, back up, compact, all while it is searched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from glocal.cluster import AnyCollection
from glocal.collection import CheckReport
from glocal.progress import OnProgress
from glocal.service.served_collection import ServedCollection

_SHOWN = 200
"""Damaged photos and files named in a result; of more, the first."""


def maintain(
    request: Mapping[str, Any], served: ServedCollection, backups: Path, on_progress: OnProgress
) -> Mapping[str, Any]:
    """Do a task and return its result.

    Args:
        request: "task", which is "check", "repair", "backup" or "compact"; of a check also "files".
        served: the collection.
        backups: folder in which each collection has a backup of its name.
        on_progress: called as the task calls it.
    """
    task, collection = request["task"], served.collection
    if task == "check":
        report = collection.check(files=request["files"], on_progress=on_progress)
        return {"task": task, **_checked(report)}
    if task == "repair":
        return {"task": task, **_repaired(collection, on_progress)}
    if task == "backup":
        return {"task": task, **asdict(collection.backup(backups / served.name, on_progress))}
    return {"task": task, **asdict(collection.compact())}


def _repaired(collection: AnyCollection, on_progress: OnProgress) -> dict[str, Any]:
    """Repair, and return what was found and what came of it: of the photos that were damaged, those read again."""
    report = collection.repair(collection.directory, collection.model, on_progress)
    extracted = [path.name for path in report.extracted[:_SHOWN]]
    counts = {"extracted_count": len(report.extracted), "lost_count": len(report.lost)}
    return {"found": _checked(report.found), "extracted": extracted, **counts}


def _checked(report: CheckReport) -> dict[str, Any]:
    """Return what a check found; of paths, which tell of the server's disk, only the names."""
    damaged = [
        {"photo": damage.photo, "name": damage.path and damage.path.name, "part": damage.part}
        for damage in report.damage[:_SHOWN]
    ]
    return {
        "sound": report.is_sound,
        "photos": report.photos,
        "structure": len(report.structure),
        "damaged": damaged,
        "damaged_count": len(report.damage),
        "derived": [path.name for path in report.derived],
        "files": [{"name": file.path.name, "state": file.state} for file in report.files[:_SHOWN]],
        "files_count": len(report.files),
    }
