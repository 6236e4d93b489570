"""Folders: those of a collection's photos, and those on the server from which photos may be added."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi import Path as PathParameter

from glocal.images import PHOTO_SUFFIXES
from glocal.service.answers import folder_name, job_answer
from glocal.service.bodies import AddFolder
from glocal.service.jobs import safe_folder
from glocal.service.parameters import CollectionNow, StateNow
from glocal.service.problems import Problem
from glocal.service.responses import FolderAnswer, FoldersAnswer, JobAnswer, ServerFolderAnswer
from glocal.service.worker_state import State

router = APIRouter(tags=["folders"])

_LISTED = 1000


@router.get("/collections/{collection}/folders")
def folders(state: StateNow, served: CollectionNow) -> FoldersAnswer:
    """List the folders that hold photos of the collection; photos that were sent are one."""
    answers = []
    sent = 0
    first = 0
    for path, (photo, count) in served.collection.folders().items():
        if path.is_relative_to(state.added):  # each photo that was sent lies in a folder of its own
            sent, first = sent + count, photo
            continue
        answers.append(FolderAnswer(name=folder_name(path), photo=photo, photos=count))
    if sent:
        answers.append(FolderAnswer(name="", photo=first, photos=sent))
    return FoldersAnswer(folders=answers)


@router.get("/roots/{root}")
def server_folder(
    state: StateNow,
    root: Annotated[str, PathParameter(max_length=64)],
    folder: Annotated[str, Query(max_length=1000, description="Below the root.", examples=["2024"])] = "",
) -> ServerFolderAnswer:
    """List what a folder on the server holds, below one of the roots that its operator allowed."""
    path = _allowed(state, root, folder)
    try:
        with os.scandir(path) as entries:
            names = sorted((entry.name, entry.is_dir()) for entry in entries if not entry.name.startswith("."))
    except OSError:
        raise Problem(404, "This folder cannot be read.") from None
    inner = [name for name, is_folder in names if is_folder and _is_text(name)]
    photos = sum(Path(name).suffix.lower() in PHOTO_SUFFIXES for name, is_folder in names if not is_folder)
    return ServerFolderAnswer(root=root, folder=folder.strip("/"), folders=inner[:_LISTED], photos=photos)


@router.post("/collections/{collection}/folders", status_code=202)
def add_folder(state: StateNow, served: CollectionNow, wanted: AddFolder) -> JobAnswer:
    """Add the photos of a folder on the server, below one of the roots that its operator allowed."""
    _allowed(state, wanted.root, wanted.folder)
    _ = served.changeable
    return job_answer(state.begin(served, "add", {"root": wanted.root, "folder": wanted.folder}))


def _allowed(state: State, root: str, folder: str) -> Path:
    path = safe_folder(state.settings, root, folder)
    if path is None:
        raise Problem(404, "There is no such folder below a root that the operator allowed.")
    return path


def _is_text(name: str) -> bool:
    """Say whether a name can be told to a client and come back."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
