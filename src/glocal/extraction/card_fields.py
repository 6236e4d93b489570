"""Reading a model card's JSON: one file, of a sensible size, whose fields are of the right kind and in range."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from glocal.errors import ModelError

MOST_BYTES = 1 << 22
"""4 MiB. The bundled card takes some kilobytes; results of many evaluations may make one of more."""


def read_json(path: Path) -> object:
    """Read a card's file.

    Raises:
        ModelError: it is missing, not a regular file (reading a pipe or a device could go on for ever), too large, or
            no JSON. NaN and Infinity are no JSON (RFC 8259, section 6).
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_BYTES:
            raise ModelError(f"{path}: not a model card (not a file of at most {MOST_BYTES} bytes)")
        parsed: object = json.loads(path.read_text("utf-8"), parse_constant=_refuse)
    except OSError as error:
        raise ModelError(f"{path}: cannot read the model card ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path}: not a model card (no valid JSON); name the .json file of a model") from error
    return parsed


def text(fields: Mapping[str, Any], name: str) -> str:
    """Return a field that is text of one printable line.

    Raises:
        KeyError, ValueError: it is missing, or something else.
    """
    value = fields[name]
    if not isinstance(value, str) or not value.isprintable() or not value:
        raise ValueError(f"{name} must be a line of text, not {value!r:.40}")
    return value


def number(fields: Mapping[str, Any], name: str, least: float, most: float) -> float:
    """Return a field that is a finite number within [least, most]. Raises as `text`."""
    value: float = _checked(fields[name], name, least, most)
    return value


def whole(fields: Mapping[str, Any], name: str, least: int, most: int) -> int:
    """Return a field that is a whole number within [least, most]. Raises as `text`."""
    value = _checked(fields[name], name, least, most)
    if not isinstance(value, int):
        raise TypeError(f"{name} must be a whole number, not {value!r}")
    return value


def numbers(fields: Mapping[str, Any], name: str, least: float, most: float) -> tuple[float, ...]:
    """Return a field that is a list of finite numbers within [least, most]. Raises as `text`."""
    return tuple(float(_checked(value, name, least, most)) for value in _of_kind(fields[name], name, list))


def mapping(fields: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return a field that is a JSON object. Raises as `text`."""
    found: dict[str, Any] = _of_kind(fields[name], name, dict)
    return found


def file_name(fields: Mapping[str, Any], name: str) -> str:
    """Return a field that names a file beside the card, and nothing elsewhere. Raises as `text`."""
    value = text(fields, name)
    if value in (os.curdir, os.pardir) or "/" in value or "\\" in value or ":" in value:
        raise ValueError(f"{name} must be a file's name beside the card, not {value!r}")
    return value


def _checked(value: object, name: str, least: float, most: float) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} must be a number, not {value!r:.40}")
    if not least <= value <= most:  # nor is NaN
        raise ValueError(f"{name} must be within {least:g} and {most:g}, not {value!r:.40}")
    return value


def _of_kind(value: object, name: str, kind: type) -> Any:
    if not isinstance(value, kind):
        raise TypeError(f"{name} must be a JSON {'object' if kind is dict else 'list'}, not {value!r:.40}")
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")
