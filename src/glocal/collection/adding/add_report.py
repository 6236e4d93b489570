"""What adding photos says at its end."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class AddReport:
    """What adding did.

    Attributes:
        added: photos that are new.
        updated: photos whose content changed.
        renamed: photos that moved: same content, and the old file is gone.
        unchanged: photos that were left as they are.
        unreadable: (photo, reason) of each that cannot be read, in the order found.
        noted: (photo, note) of each new one that was read although something is wrong with its file.
        passed_over: one line that counts what was found beside the photos and not taken; empty if nothing.
        seconds: time it took.
    """

    added: int
    updated: int
    renamed: int
    unchanged: int
    unreadable: tuple[tuple[Path, str], ...]
    seconds: float
    noted: tuple[tuple[Path, str], ...] = ()
    passed_over: str = ""
