"""Options that belong together, as one value: a command takes the bundle, its user types the single options."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any, get_type_hints


def with_bundles(command: Callable[..., None]) -> Callable[..., None]:
    """Return the command for Typer, each parameter whose default is a dataclass replaced by one option per field.

    The fields are annotated as Typer's options are; the values of the default are theirs. The command gets a new
    dataclass of what was typed, so what a bundle refuses when it is made is refused before the command begins.

    Raises:
        TypeError: two parameters or fields have the same name.
    """
    hints = get_type_hints(command, include_extras=True)
    given = inspect.signature(command).parameters.values()
    bundles: dict[str, Any] = {one.name: one.default for one in given if is_dataclass(one.default)}
    shown = [part for one in given for part in _expanded(one.replace(annotation=hints[one.name]))]
    names = [one.name for one in shown]
    if len(set(names)) < len(names):
        raise TypeError(f"{command.__name__}: options of the same name: {sorted(names)}")

    @functools.wraps(command)
    def typed(**values: Any) -> None:
        for name, default in bundles.items():
            values[name] = type(default)(**{field.name: values.pop(field.name) for field in fields(default)})
        command(**values)

    typed.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]  # what Typer reads
    typed.__annotations__ = {one.name: one.annotation for one in shown}
    return typed


def _expanded(parameter: inspect.Parameter) -> Iterator[inspect.Parameter]:
    bundle = parameter.default
    if not is_dataclass(bundle):
        yield parameter
        return
    hints = get_type_hints(type(bundle), include_extras=True)
    for field in fields(bundle):
        yield parameter.replace(name=field.name, default=getattr(bundle, field.name), annotation=hints[field.name])
