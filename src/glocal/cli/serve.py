"""`glocal serve`: the page and the REST API."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from socket import socket
from typing import TYPE_CHECKING, Annotated

import typer

from glocal.cli.option_bundles import with_bundles
from glocal.cli.output import note
from glocal.cluster import kind_of
from glocal.collection import Collection
from glocal.errors import GlocalError
from glocal.extraction import load_model

if TYPE_CHECKING:
    from glocal.service import Settings


@dataclass(frozen=True)
class Network:
    """Where the service is reached, and through what."""

    host: Annotated[str, typer.Option(envvar="GLOCAL_HOST", help="Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, typer.Option(envvar="GLOCAL_PORT", min=0, max=65535, help="Port; 0: a free one.")] = 8000
    hostname: Annotated[
        list[str] | None,
        typer.Option(envvar="GLOCAL_HOSTNAME", help="Name by which browsers may call, beside localhost."),
    ] = None
    root_path: Annotated[
        str, typer.Option(envvar="GLOCAL_ROOT_PATH", help="Where a proxy has put the service, such as /photos.")
    ] = ""
    behind_proxy: Annotated[
        list[str] | None,
        typer.Option(envvar="GLOCAL_BEHIND_PROXY", help="Address or network of a proxy that is believed; repeatable."),
    ] = None


@dataclass(frozen=True)
class Limits:
    """How much the service takes."""

    workers: Annotated[int, typer.Option(envvar="GLOCAL_WORKERS", min=1, help="Processes.")] = 1
    slots: Annotated[
        int | None, typer.Option(envvar="GLOCAL_SLOTS", min=1, help="Searches at once in each; by default the cores.")
    ] = None
    max_upload: Annotated[int, typer.Option(envvar="GLOCAL_MAX_UPLOAD", min=1, help="Largest request, megabytes.")] = 64
    max_megapixels: Annotated[
        float, typer.Option(envvar="GLOCAL_MAX_MEGAPIXELS", min=0.01, help="Largest photo sent, megapixels.")
    ] = 64


@dataclass(frozen=True)
class Allowed:
    """What clients may have indexed."""

    allow: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[NAME=]DIR", envvar="GLOCAL_ALLOW", help="Folder below which clients may have photos indexed."
        ),
    ] = None

    def roots(self) -> dict[str, Path]:
        """Return the folders below which clients may have photos indexed, by name.

        Raises:
            GlocalError: one is not there, or two have one name.
        """
        roots = _named("--allow", self.allow or [])
        for folder in roots.values():
            if not folder.is_dir():
                raise GlocalError(f"--allow {folder}: there is no such folder; check the path")
        return roots


@dataclass(frozen=True)
class Access:
    """Who may do what."""

    token: Annotated[
        str | None, typer.Option(envvar="GLOCAL_TOKEN", help="Allows everything; needed beyond this machine.")
    ] = None
    read_token: Annotated[
        str | None, typer.Option(envvar="GLOCAL_READ_TOKEN", help="Allows searching, and no changes.")
    ] = None


THIS_MACHINE, USUAL, EVERYTHING, NOWHERE = Network(), Limits(), Access(), Allowed()
"""What no option was given for."""


@with_bundles
def command(
    collection: Annotated[
        list[str],
        typer.Option(
            "--collection",
            "-c",
            metavar="[NAME=]DIR",
            envvar="GLOCAL_COLLECTION",
            help="A collection; may be given several times.",
        ),
    ],
    create: Annotated[
        bool, typer.Option("--create", envvar="GLOCAL_CREATE", help="Make collections that are not there, empty.")
    ] = False,
    allowed: Allowed = NOWHERE,
    access: Access = EVERYTHING,
    state: Annotated[
        Path | None,
        typer.Option(
            envvar="GLOCAL_STATE", help="Folder of jobs and uploads; by default DIR/service of the first collection."
        ),
    ] = None,
    network: Network = THIS_MACHINE,
    limits: Limits = USUAL,
) -> None:
    """Open a page on which a photo is dropped and searched, and a REST API that does the same."""
    collections = _named("--collection", collection)
    settings = settings_of(collections, state, allowed.roots(), access, network, limits)
    from glocal.service import listen, serve

    with listen(settings) as listening:
        _find(collections.values(), create=create)
        serve(settings, listening, on_open=lambda: note(address_of(listening)))


def address_of(listening: socket) -> str:
    """Return what to say of where the service is reached."""
    host, port = listening.getsockname()[:2]
    return f"glocal: http://{f'[{host}]' if ':' in host else host}:{port}/  (Ctrl-C ends it)"


def settings_of(
    collections: dict[str, Path],
    state: Path | None,
    roots: dict[str, Path],
    access: Access,
    network: Network,
    limits: Limits,
) -> Settings:
    """Return what the options say.

    Raises:
        GlocalError: the service is not installed, or options make no sense.
    """
    try:
        from glocal.service import MEGABYTE, Settings
    except ModuleNotFoundError as error:
        raise GlocalError(f"serving needs {error.name}; install it with: pip install 'glocal[serve]'") from error
    settings = Settings(
        collections=collections,
        state=state or next(iter(collections.values())) / "service",
        roots=roots,
        host=network.host,
        port=network.port,
        token=access.token or None,
        read_token=access.read_token or None,
        hostnames=tuple(name.lower() for name in network.hostname or ()),
        root_path=network.root_path.rstrip("/"),
        proxies=tuple(network.behind_proxy or ()),
        workers=limits.workers,
        max_upload=limits.max_upload * MEGABYTE,
        max_pixels=round(limits.max_megapixels * 1e6),
    )
    return settings if limits.slots is None else replace(settings, slots=limits.slots)


def _find(folders: Iterable[Path], *, create: bool) -> None:
    """See that there are collections, or make those that are missing.

    Raises:
        GlocalError: one is missing, and none is to be made.
    """
    for folder in folders:
        if kind_of(folder).exists(folder):
            continue
        if not create:
            fill = f"fill one with `glocal index PHOTOS --collection {folder}`"
            raise GlocalError(f"{folder}: no collection here; {fill}, or begin with an empty one by --create")
        Collection.create(folder, load_model()).close()
        note(f"glocal: made an empty collection in {folder}")


def _named(option: str, given: list[str]) -> dict[str, Path]:
    """Read NAME=DIR, or DIR whose last part is the name, as often as it is given.

    Raises:
        GlocalError: two folders have one name.
    """
    folders: dict[str, Path] = {}
    for text in given:
        name, found, folder = text.partition("=")
        path = Path(folder if found else text)
        name = name if found else path.resolve().name
        if name in folders:
            raise GlocalError(f"{folders[name]} and {path} would both be called {name}; use {option} NAME={path}")
        folders[name] = path
    return folders
