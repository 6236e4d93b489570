"""What each kind of job does."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from glocal.errors import PhotoError
from glocal.images import PassedOver, find_photos
from glocal.progress import OnProgress
from glocal.service.jobs.job_table import Job
from glocal.service.jobs.maintenance import maintain
from glocal.service.served_collection import ServedCollection
from glocal.service.settings import Settings

BACKUPS = "backups"
"""Folder of backups, below that of the service's state."""

_REASONS_SHOWN = 200
"""Unreadable photos named in a result; of more, the first."""


def work(job: Job, served: ServedCollection, settings: Settings, on_progress: OnProgress) -> Mapping[str, Any]:
    """Do a job and return its result. Done again after a kill, it goes on where it stopped."""
    if job.kind == "add":
        return _add(job.request, served, settings, on_progress)
    if job.kind == "maintenance":
        return maintain(job.request, served, settings.state / BACKUPS, on_progress)
    if job.kind == "albums":
        return _albums(served, on_progress)
    return _duplicates(served, on_progress)


def safe_folder(settings: Settings, root: str, folder: str) -> Path | None:
    """Return a folder that lies below a root, links followed; None if there is no such."""
    if root not in settings.roots:
        return None
    allowed = settings.roots[root].resolve()
    try:
        path = (allowed / folder.lstrip("/")).resolve()
        inside = path.is_relative_to(allowed) and path.is_dir()
    except (OSError, ValueError):  # a NUL byte, or a name too long
        return None
    return path if inside else None


def _add(
    request: Mapping[str, Any], served: ServedCollection, settings: Settings, on_progress: OnProgress
) -> Mapping[str, Any]:
    paths = [Path(path) for path in request.get("files", ()) if Path(path).is_file()]
    failed: list[PhotoError] = []
    passed_over = PassedOver()
    if "root" in request:
        folder = safe_folder(settings, request["root"], request["folder"])
        if folder is not None:
            allowed = settings.roots[request["root"]].resolve()
            found = find_photos([folder], on_unreadable=failed.append, passed_over=passed_over)
            # A link in the folder may lead out of the root.
            paths += [path for path in found if Path(os.path.realpath(path)).is_relative_to(allowed)]

    report = served.changeable.add(paths, on_progress)
    below = [(Path(error.photo), error.reason) for error in failed]
    unreadable = [{"name": path.name, "reason": reason} for path, reason in (*report.unreadable, *below)]
    noted = [{"name": path.name, "note": text} for path, text in report.noted[:_REASONS_SHOWN]]
    said = {"noted": noted, "passed_over": str(passed_over), "unreadable_count": len(unreadable)}
    facts = {**asdict(report), **said, "unreadable": unreadable[:_REASONS_SHOWN]}
    known = map(served.collection.photo_at, paths[:_REASONS_SHOWN])
    return {**facts, "photos": [photo.id for photo in known if photo is not None]}


def _duplicates(served: ServedCollection, on_progress: OnProgress) -> Mapping[str, Any]:
    generation = served.collection.counts().generation
    groups = []
    for group in served.collection.duplicates(on_progress=on_progress):
        pairs = [
            {"a": pair.first.id, "b": pair.second.id, "agreement": round(pair.proof.agreement, 4)}
            for pair in group.pairs
        ]
        kept = group.keep()
        copies = [
            {"photo": copy.photo.id, "differs": list(copy.differs), "could_go": copy.could_go} for copy in kept.copies
        ]
        photos = [photo.id for photo in group.photos]
        groups.append({"photos": photos, "pairs": pairs, "kept": kept.photo.id, "copies": copies})
    return {"generation": generation, "groups": groups}


def _albums(served: ServedCollection, on_progress: OnProgress) -> Mapping[str, Any]:
    generation = served.collection.counts().generation
    albums = served.collection.albums(on_progress=on_progress)
    found = [{"name": album.name, "photos": [photo.id for photo in album.photos]} for album in albums]
    return {"generation": generation, "albums": found}
