"""`glocal serve`: the page and the REST API."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glocal.cli.output import note
from glocal.errors import GlocalError


def command(
    collection: Annotated[
        list[str],
        typer.Option("--collection", "-c", metavar="[NAME=]DIR", help="A collection; may be given several times."),
    ],
    allow: Annotated[
        list[str] | None,
        typer.Option(metavar="[NAME=]DIR", help="Folder below which clients may have photos indexed."),
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")] = 8000,
    token: Annotated[
        str | None, typer.Option(envvar="GLOCAL_TOKEN", help="Allows everything; needed beyond this machine.")
    ] = None,
    read_token: Annotated[
        str | None, typer.Option(envvar="GLOCAL_READ_TOKEN", help="Allows searching, and no changes.")
    ] = None,
    hostname: Annotated[
        list[str] | None, typer.Option(help="Name by which browsers may call, beside localhost.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    max_upload_mb: Annotated[int, typer.Option(min=1, help="Largest request.")] = 64,
    state: Annotated[
        Path | None, typer.Option(help="Folder of jobs and uploads; by default DIR/service of the first collection.")
    ] = None,
) -> None:
    """Open a page on which a photo is dropped and searched, and a REST API that does the same."""
    try:
        from glocal.service import MEGABYTE, Settings, serve
    except ModuleNotFoundError as error:
        raise GlocalError(f"serving needs {error.name}; install it with: pip install 'glocal[serve]'") from error
    collections = _named("--collection", collection)
    settings = Settings(
        collections=collections,
        state=state or next(iter(collections.values())) / "service",
        roots=_named("--allow", allow or []),
        host=host,
        port=port,
        token=token,
        read_token=read_token,
        hostnames=tuple(name.lower() for name in hostname or []),
        workers=workers,
        max_upload=max_upload_mb * MEGABYTE,
    )
    note(f"glocal: http://{f'[{host}]' if ':' in host else host}:{port}/  (Ctrl-C ends it)")
    serve(settings)


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
