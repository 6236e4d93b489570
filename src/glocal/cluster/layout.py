"""How a sharded collection lies on disk: one small file that describes it, and shards beside it.

    ROOT/cluster.json    format, number of shards, model
    ROOT/shard-00000/    an ordinary collection; so are the others

A photo belongs to a shard by the hash of its file's content, so that copies of a file lie together, a file that moves
stays in its shard, and everyone who knows the number of shards knows where a photo is.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from glocal.collection import Collection, ModelIdentity
from glocal.errors import CollectionError
from glocal.files import UNFINISHED, write_json

MANIFEST = "cluster.json"
FORMAT = 1
MOST_SHARDS = 100_000
"""As many as names of five digits; of a million photos each, a hundred thousand million photos."""


@dataclass(frozen=True)
class Layout:
    """What `cluster.json` says.

    Attributes:
        shards: their number, 1 to `MOST_SHARDS`; it never changes.
        model: what all of them were indexed with.

    Raises:
        ValueError: the number is out of range.
    """

    shards: int
    model: ModelIdentity

    def __post_init__(self) -> None:
        if not 1 <= self.shards <= MOST_SHARDS:
            raise ValueError(f"a collection has 1 to {MOST_SHARDS} shards, not {self.shards}")

    def shard_of(self, content_hash: bytes) -> int:
        """Return which shard a photo belongs to, by `glocal.images.content_hash` of its file."""
        return int.from_bytes(content_hash[:8], "big") % self.shards

    def folders(self, root: Path) -> list[Path]:
        """Return the folders of the shards, in their order."""
        return [root / f"shard-{number:05}" for number in range(self.shards)]

    @staticmethod
    def exists(root: Path) -> bool:
        """Say whether a folder holds a sharded collection."""
        return (root / MANIFEST).exists()

    @classmethod
    def create(cls, root: Path, shards: int, model: ModelIdentity) -> Layout:
        """Describe a new sharded collection, whose shards are made when photos are added.

        Raises:
            CollectionError: the folder holds something already, or cannot be written.
            ValueError: the number is out of range.
        """
        layout = cls(shards, model)
        try:
            root.mkdir(parents=True, exist_ok=True)
            if any(not entry.name.endswith(UNFINISHED) for entry in root.iterdir()):
                raise CollectionError(f"{root}: holds other files; name a new or an empty folder")
            write_json(root / MANIFEST, layout.to_dict())
        except OSError as error:
            raise CollectionError(f"{root}: cannot be made a sharded collection ({error.strerror})") from error
        return layout

    @classmethod
    def read(cls, root: Path) -> Layout:
        """Read what `create` wrote.

        Raises:
            CollectionError: there is none, it is damaged, or of a newer format.
        """
        try:
            content = (root / MANIFEST).read_bytes()
        except FileNotFoundError as error:
            raise CollectionError(
                f"{root}: no sharded collection here; make one with "
                f"`glocal cluster index PHOTOS --out {root} --shards N`"
            ) from error
        except OSError as error:
            raise CollectionError(f"{root / MANIFEST}: cannot be read ({error.strerror})") from error
        return cls.of(content, root / MANIFEST)

    @classmethod
    def of(cls, content: bytes, file: Path) -> Layout:
        """Return what the content of `cluster.json` says; `file` is what errors name.

        Raises:
            CollectionError: it is damaged, or of a newer format.
        """
        try:
            fields = json.loads(content)
            written = fields["format"]
            if written == FORMAT:
                return cls(fields["shards"], ModelIdentity(**fields["model"]))
        except (ValueError, TypeError, KeyError) as error:
            raise CollectionError(f"{file}: is damaged; restore it from a backup") from error
        raise CollectionError(f"{file.parent}: written by a newer glocal (format {written}); upgrade glocal")

    def to_dict(self) -> dict[str, Any]:
        """Return what `cluster.json` says, as JSON knows it."""
        return {"format": FORMAT, "shards": self.shards, "model": asdict(self.model)}


def require_shard(folder: Path) -> None:
    """Refuse to go on without a shard.

    Raises:
        CollectionError: it is missing.
    """
    if not Collection.exists(folder):
        raise CollectionError(f"{folder}: this shard is missing; run `glocal cluster index` again, or restore a backup")
