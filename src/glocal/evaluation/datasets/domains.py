"""Domains: different kinds of photos that a model is judged on side by side, described in a TOML file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from glocal.errors import PhotoError
from glocal.evaluation.datasets.folder_set import every_photo_a_query
from glocal.evaluation.datasets.identity_folders import find_identity_folders
from glocal.evaluation.datasets.photo_set import PhotoSet
from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.measures import FOLDERS
from glocal.images import find_photos


@dataclass(frozen=True)
class Domain:
    """One kind of photos. Each photo of its identities is a query for the others of its identity.

    Attributes:
        name: as reports call it.
        folder: holds a folder per identity; its path below the root of all domains.
        identities: patterns (as in a shell) of the identities to search for; the folder's others are left out.
        among: folders, below the same root, whose photos are searched too and are right for no query. Photos of
            the domain's own identities in them count once, as what they are.

    Raises:
        EvaluationError: an empty name or folder, or no pattern.
    """

    name: str
    folder: str
    identities: tuple[str, ...] = ("*",)
    among: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.name or not self.folder or not self.identities:
            raise EvaluationError(f"domain {self.name!r}: needs a name, a folder and patterns of identities")


def read_domains(file: Path) -> tuple[Domain, ...]:
    """Read the tables `[[domain]]` of a TOML file; their keys are the attributes of `Domain`.

    Raises:
        EvaluationError: not readable, not TOML, no domain, an unknown key, a value of another type, or a name twice.
    """
    try:
        tables = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise EvaluationError(f"{file}: cannot read the domains ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{file}: not a TOML file: {error}") from error
    listed = tables.pop("domain", None)
    if tables or not isinstance(listed, list) or not listed:
        raise EvaluationError(f"{file}: write each domain as a table [[domain]] with name and folder, and nothing else")
    domains = tuple(_domain(file, number, table) for number, table in enumerate(listed, 1))
    names = [domain.name for domain in domains]
    for name in names:
        if names.count(name) > 1:
            raise EvaluationError(f"{file}: two domains are called {name!r}; give each a name of its own")
    return domains


def domain_set(root: Path, domain: Domain) -> PhotoSet:
    """Find the photos of a domain below `root`.

    Raises:
        EvaluationError: a folder is missing or holds no photos, or no identity that matches has two of them.
    """
    every = find_identity_folders(root / domain.folder)
    found = every.only(lambda name: any(fnmatchcase(name, pattern) for pattern in domain.identities))
    if not found.paths:
        patterns = ", ".join(domain.identities)
        raise EvaluationError(f"{every.folder}: no identity matches {patterns} (domain {domain.name})")
    others = {path for among in domain.among for path in _photos_below(root / among)}
    distractors = sorted(others - set(found.paths))
    return every_photo_a_query(domain.name, found, range(len(found.paths)), FOLDERS, distractors=distractors)


def _domain(file: Path, number: int, table: Any) -> Domain:
    """Return the domain that a TOML table describes."""
    known = {field.name for field in fields(Domain)}
    if not isinstance(table, dict) or table.keys() - known:
        unknown = ", ".join(sorted(set(table) - known))
        raise EvaluationError(f"{file}: domain {number}: unknown {unknown}; the keys are {', '.join(sorted(known))}")
    values: dict[str, Any] = {"name": "", "folder": "", "identities": ["*"], "among": [], **table}
    for key in ("name", "folder"):
        if not isinstance(values[key], str):
            raise EvaluationError(f"{file}: domain {number}: {key} must be a text")
    for key in ("identities", "among"):
        if not isinstance(values[key], list) or not all(isinstance(one, str) for one in values[key]):
            raise EvaluationError(f"{file}: domain {number}: {key} must be a list of texts")
    return Domain(values["name"], values["folder"], tuple(values["identities"]), tuple(values["among"]))


def _photos_below(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise EvaluationError(f"{folder}: no such folder")
    try:
        photos = list(find_photos([folder]))
    except PhotoError as error:
        raise EvaluationError(str(error)) from error
    if not photos:
        raise EvaluationError(f"{folder}: no photos")
    return photos
