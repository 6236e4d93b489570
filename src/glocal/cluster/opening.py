"""Collections of either kind: what a folder holds, one or a sharded one, is found out here and nowhere else."""

from __future__ import annotations

from pathlib import Path

from glocal.cluster.cluster import Cluster
from glocal.cluster.maintenance import check_shards
from glocal.collection import CheckReport, Collection, Extractor, PathLike, check
from glocal.progress import OnProgress, silent

AnyCollection = Collection | Cluster
"""What both can do, whoever has one need not know which it is."""


def kind_of(directory: PathLike) -> type[Collection] | type[Cluster]:
    """Return of which kind the collection in a folder is; where there is none, the ordinary one: its errors say so."""
    return Cluster if Cluster.exists(directory) else Collection


def open_collection(directory: PathLike, model: Extractor | None = None) -> AnyCollection:
    """Open a collection of either kind.

    Args:
        directory: its folder.
        model: the model it was indexed with; if None it is loaded when first needed.

    Raises:
        CollectionError: there is none, or it is damaged or of a newer version.
        ModelError: it was indexed with another model.
    """
    return kind_of(directory).open(directory, model)


def check_collection(directory: Path, *, files: bool = False, on_progress: OnProgress = silent) -> CheckReport:
    """Check a collection of either kind, which may be too damaged to be opened: see `Collection.check`.

    Raises:
        CollectionError: there is none, or it cannot be read.
    """
    checked = check_shards if Cluster.exists(directory) else check
    return checked(directory, files=files, on_progress=on_progress)
