"""What lies beside a catalog and cannot be made anew: judgements, and photos and tokens that a service was given."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from glocal.collection.catalog import SERVICE
from glocal.collection.judgements import Judgements
from glocal.errors import CollectionError
from glocal.files import publish, unfinished

TOKENS = Path(SERVICE, "tokens.json")
SENT_PHOTOS = Path(SERVICE, "photos")
"""Each in a folder named by the hash of its content; a file there never changes."""


@dataclass(frozen=True)
class BesideCatalog:
    """What was copied.

    Attributes:
        judgements: what counts in the copy.
        sent_photos: photos in the copy that a service was sent.
        bytes: size of all of it in the copy.
        unchanged: the copy had all of it already.
    """

    judgements: int
    sent_photos: int
    bytes: int
    unchanged: bool


def copy_beside(source: Path, target: Path, *, renew_tokens: bool) -> BesideCatalog:
    """Copy what lies beside a catalog; nothing that the target has is taken away.

    Judgements of both come together. Of jobs, uploaded queries and backups that a service keeps nothing is copied.

    Args:
        source, target: folders of collections.
        renew_tokens: put the source's tokens in the place of those that the target has, if it has any.

    Raises:
        CollectionError: the judgements or the target cannot be read or written.
    """
    judgements = Judgements(target)
    is_changed = judgements.take_in(Judgements(source))
    try:
        if (source / TOKENS).exists() and (renew_tokens or not (target / TOKENS).exists()):
            is_changed |= _copy(source / TOKENS, target / TOKENS, by_content=True)
        for photo in _files(source / SENT_PHOTOS):
            copy = target / SENT_PHOTOS / photo.relative_to(source / SENT_PHOTOS)
            is_changed |= _copy(photo, copy, by_content=False)
        photos = _files(target / SENT_PHOTOS)
        kept = [path for path in (*photos, target / TOKENS, judgements.path) if path.exists()]
        size = sum(path.stat().st_size for path in kept)
    except OSError as error:
        raise CollectionError(f"{error.filename or target}: cannot be copied ({error.strerror})") from error
    return BesideCatalog(len(judgements.all()), len(photos), size, not is_changed)


def _files(folder: Path) -> list[Path]:
    """Return the files below a folder, without hidden ones, which are uploads under way."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))


def _copy(source: Path, target: Path, *, by_content: bool) -> bool:
    """Copy a file, whole or not at all, unless the target is the same already; say whether it was copied."""
    if target.exists():
        is_same_size = target.stat().st_size == source.stat().st_size
        if is_same_size and not (by_content and target.read_bytes() != source.read_bytes()):
            return False
    target.parent.mkdir(parents=True, exist_ok=True)
    with unfinished(target) as draft:
        os.close(os.open(draft, os.O_CREAT | os.O_WRONLY, 0o600))  # of tokens nobody else reads even the draft
        shutil.copyfile(source, draft)
        shutil.copymode(source, draft)
        publish(draft, target)
    return True
