"""How results show themselves in notebooks and as pictures: they ask by name, and the room of drawing answers.

Results lie below the room that draws them and import nothing of it; the package says where it is.
"""

from __future__ import annotations

from html import escape
from importlib import import_module
from typing import Any

from glocal.errors import GlocalError

_where: list[str] = []


def shown_by(module: str) -> None:
    """Say which module has the functions; it is imported when the first one is asked for."""
    _where[:] = [module]


def drawn(function: str, *values: Any) -> Any:
    """Return what a function of that module makes of values."""
    return getattr(import_module(_where[0]), function)(*values)


def html(function: str, value: object) -> str:
    """Return HTML for a value; its name alone where a photo of it is gone."""
    try:
        return str(drawn(function, value))
    except GlocalError as error:
        return f"<p>{escape(repr(value))}<br>{escape(str(error))}</p>"
