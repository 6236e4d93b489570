"""`glocal`: the commands, and how a mistake ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import metadata
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from glocal.cli.lazy_commands import LazyCommands
from glocal.cli.output import note, out, print_anything
from glocal.errors import GlocalError

MISTAKE = 2
"""Exit code of a mistake the user can mend; Typer uses the same for wrong options."""

INTERRUPTED = 130
"""Exit code after Ctrl-C: 128 + SIGINT, as shells have it."""

_PHOTOS = ("index", "search", "match", "attention", "duplicates", "group", "annotate")
_COLLECTIONS = ("tables", "features", "pairs", "info", "remove", "serve")
_MAINTENANCE = ("check", "repair", "backup", "restore", "compact")
_MODELS = ("pack", "train", "average", "export", "whiten", "calibrate", "words")
_GROUPS = ("evaluate", "ablate", "data", "cluster", "token")
MODULES = {
    **{name: f"glocal.cli.{name}" for name in (*_PHOTOS, *_COLLECTIONS, *_MAINTENANCE, *_MODELS)},
    "import": "glocal.cli.import_weights",
    **{name: f"glocal.cli.{name}" for name in _GROUPS},
}
"""Commands to their modules, in the order of the help."""


class Program(TyperGroup):
    """The commands of `MODULES`."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{**settings, "commands": LazyCommands(MODULES)})


app = typer.Typer(
    cls=Program,
    help="Find photos of the same thing, and prove it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _print_version(asked: bool) -> None:
    if asked:
        out.print(f"glocal {metadata.version('glocal')}", highlight=False)
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and end.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """Find photos of the same thing, and prove it."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line. A mistake is one line on standard error and exit code 2, never a traceback.

    Args:
        arguments: without the program's name; those of the process if None.

    Raises:
        SystemExit: always, with the exit code.
    """
    print_anything()
    try:
        app(arguments, prog_name="glocal")
    except GlocalError as error:
        note(f"glocal: {error}")
        sys.exit(MISTAKE)
    except OSError as error:
        note(f"glocal: {_explain(error)}")
        sys.exit(MISTAKE)
    except KeyboardInterrupt:
        note("glocal: interrupted; what was acknowledged is kept")
        sys.exit(INTERRUPTED)


def _explain(error: OSError) -> str:
    """Return what the system refused, in one line that names the file if there is one."""
    from glocal.images import describe

    reason = error.strerror or str(error) or type(error).__name__
    return f"{describe(os.fsdecode(error.filename))}: {reason}" if error.filename else reason
