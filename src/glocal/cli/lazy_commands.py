"""Commands whose modules are imported when they are named, so that none waits for the libraries of the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import typer


class LazyCommands(Mapping[str, Any]):
    """The commands of a program, by name, as Typer makes them.

    Args:
        modules: name of a command to its module, which has the function `command`, or an `app` of several commands.
    """

    def __init__(self, modules: Mapping[str, str]) -> None:
        self._modules = modules
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        """Import and return a command.

        Raises:
            KeyError: there is none of that name.
        """
        if name not in self._made:
            self._made[name] = _made(name, self._modules[name])
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        """Yield the names, in the order of the help."""
        return iter(self._modules)

    def __len__(self) -> int:
        """Return the number of commands."""
        return len(self._modules)


def _made(name: str, module: str) -> Any:
    imported = import_module(module)
    program = typer.Typer(add_completion=False)
    if hasattr(imported, "app"):
        program.add_typer(imported.app, name=name)
    else:
        program.command(name)(imported.command)
    return typer.main.get_group(program).commands[name]
