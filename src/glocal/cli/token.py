"""`glocal token`: who may use a service, by name."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.table import Table

from glocal.cli.output import Json, note, out, print_json
from glocal.errors import GlocalError

if TYPE_CHECKING:
    from glocal.service import TokenFile

app = typer.Typer(help="Make, list and revoke the named tokens of a service.", no_args_is_help=True)

FirstCollection = Annotated[
    Path | None,
    typer.Option(
        "--collection", "-c", metavar="DIR", help="First collection of the service.", envvar="GLOCAL_COLLECTION"
    ),
]
StateDir = Annotated[Path | None, typer.Option(envvar="GLOCAL_STATE", help="The service's --state, if it has one.")]
Name = Annotated[str, typer.Argument(help="Of a person or a program.")]


@app.command()
def add(
    name: Name,
    collection: FirstCollection = None,
    state: StateDir = None,
    rights: Annotated[
        Literal["read", "write", "admin"],
        typer.Option(help="read: search. write: change photos too. admin: look after the collections too."),
    ] = "read",
    per_minute: Annotated[int | None, typer.Option(min=1, help="Most requests a minute, in each worker.")] = None,
) -> None:
    """Make a token and print it. It is kept as a hash, so this is the only time it can be seen."""
    token = _file(collection, state).add(name, rights, per_minute)
    note(f"glocal: {name} may {rights}; keep this token, it cannot be shown again:")
    out.print(token, highlight=False, soft_wrap=True)


@app.command()
def revoke(name: Name, collection: FirstCollection = None, state: StateDir = None) -> None:
    """Let a token mean nothing from now on, also where a service is running."""
    _file(collection, state).revoke(name)
    note(f"glocal: the token of {name} is revoked")


@app.command("list")
def show(collection: FirstCollection = None, state: StateDir = None, as_json: Json = False) -> None:
    """List the tokens."""
    tokens = _file(collection, state).all()
    if as_json:
        shown = ("name", "rights", "created", "per_minute")
        print_json([{field: getattr(token, field) for field in shown} for token in tokens])
        return
    table = Table("name", "rights", "made", "a minute", box=None)
    for token in tokens:
        made = time.strftime("%Y-%m-%d", time.gmtime(token.created))
        table.add_row(token.name, token.rights, made, str(token.per_minute or ""))
    out.print(table)


def _file(collection: Path | None, state: Path | None) -> TokenFile:
    try:
        from glocal.service import TokenFile
    except ModuleNotFoundError as error:
        raise GlocalError(f"tokens need {error.name}; install it with: pip install 'glocal[serve]'") from error
    if state is None and collection is None:
        raise GlocalError("which service? give --collection DIR, or --state as it was given to `glocal serve`")
    # GLOCAL_COLLECTION may hold what `glocal serve` takes: NAME=DIR
    folder = state or Path(str(collection).partition("=")[2] or str(collection)) / "service"
    return TokenFile(folder)
