"""The list of a local index's segments on disk, and what they know of the catalog: replaced whole, trusted if sound."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glocal.collection.catalog import Commit
from glocal.files import write_whole

MANIFEST = "local.index"
FORMAT = 1


@dataclass(frozen=True)
class Manifest:
    """What the files of a local index hold.

    Attributes:
        commit: the state of the catalog they were level with.
        words: fingerprint of the visual words they are listed by.
        segments: names of their files.
        hidden: per segment the rows of photos that had gone or changed by then.
    """

    commit: Commit
    words: str
    segments: tuple[str, ...]
    hidden: tuple[tuple[int, ...], ...]

    def write(self, folder: Path) -> None:
        """Replace the manifest of a collection.

        Raises:
            OSError: the folder cannot be written, or the disk is full.
        """
        text = json.dumps(
            {
                "format": FORMAT,
                "generation": self.commit.generation,
                "token": self.commit.token.hex(),
                "words": self.words,
                "segments": self.segments,
                "hidden": self.hidden,
            }
        )
        write_whole(folder / MANIFEST, f"{zlib.crc32(text.encode()):08x} {text}\n")

    @classmethod
    def read(cls, folder: Path) -> Manifest | None:
        """Read the manifest of a collection; None if there is none, or it is damaged or of another format."""
        try:
            checksum, text = (folder / MANIFEST).read_text("utf-8").rstrip("\n").split(" ", 1)
            fields: dict[str, Any] = json.loads(text)
            if checksum != f"{zlib.crc32(text.encode()):08x}" or fields["format"] != FORMAT:
                return None
        except (OSError, ValueError, KeyError):
            return None
        return cls(
            Commit(fields["generation"], bytes.fromhex(fields["token"])),
            fields["words"],
            tuple(fields["segments"]),
            tuple(map(tuple, fields["hidden"])),
        )
