"""What a walk for photos did not take, counted and said in one line."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from glocal.images.extra_formats import REMEDY, suffixes

Why = Literal[
    "hidden", "system", "excluded", "no photo", "too small", "link", "found before", "in no subfolder", "odd key"
]

_WORDS: dict[Why, tuple[str, str]] = {
    "hidden": ("hidden name", "hidden names"),
    "system": ("folder of a system or program", "folders of a system or program"),
    "excluded": ("excluded name", "excluded names"),
    "no photo": ("file that glocal does not read", "files that glocal does not read"),
    "too small": ("photo that is too small", "photos that are too small"),
    "link": ("symbolic link", "symbolic links"),
    "found before": ("further link to the same file or folder", "further links to the same files or folders"),
    "odd key": ("object whose key has an empty part", "objects whose keys have an empty part"),
    "in no subfolder": ("photo in no subfolder", "photos in no subfolder"),
}

_KINDS_NAMED = 6


@dataclass
class PassedOver:
    """How many files and folders a walk did not take, and why. Give one to `find_photos`; it counts.

    Attributes:
        counts: for each reason, how many.
        kinds: files that are no photos by their suffix, in lower case; "" for those without one.
    """

    counts: dict[Why, int] = field(default_factory=dict)
    kinds: Counter[str] = field(default_factory=Counter)

    def count(self, why: Why, path: Path | None = None) -> None:
        """Count one more; of a file that is no photo, also its kind.

        "in no subfolder" is said by those that take photos from subfolders alone.
        """
        self.counts[why] = self.counts.get(why, 0) + 1
        if why == "no photo" and path is not None:
            self.kinds[path.suffix.lower()] += 1

    def __str__(self) -> str:
        """Return one line, empty if nothing was passed over: "passed over: 2 hidden names"."""
        parts = [self._part(why, count) for why, count in self.counts.items()]
        return f"passed over: {', '.join(parts)}{self._remedy()}" if parts else ""

    def _part(self, why: Why, count: int) -> str:
        said = f"{count} {_WORDS[why][count > 1]}"
        return f"{said} ({self._kinds_said()})" if why == "no photo" and self.kinds else said

    def _kinds_said(self) -> str:
        named = self.kinds.most_common(_KINDS_NAMED)
        said = [f"{count} {suffix or 'without a suffix'}" for suffix, count in named]
        more = self.kinds.total() - sum(count for _, count in named)
        return ", ".join([*said, f"{more} of other kinds"] if more else said)

    def _remedy(self) -> str:
        """Return what would read kinds that were passed over, if a package does."""
        kinds = sorted(suffixes(installed=False) & self.kinds.keys())
        return f"; {REMEDY} reads {', '.join(kinds)}" if kinds else ""
