"""Comparing a fact of a photo with what a condition says: as numbers where both are, else as text."""

from __future__ import annotations

import json
import math
import re
from typing import Any, Literal

Relation = Literal["=", "!=", "<", "<=", ">", ">="]


def value_meets(found: object, relation: Relation, value: str, *, begins: bool = False) -> bool:
    """Say whether a fact stands so to a value.

    Args:
        found: a JSON value; None: not known, which is only "!=" to a value. Of a list one entry is enough.
        relation: how.
        value: as a person wrote it. "a..b" is from a to b, both included and either may be empty; in text, `*` stands
            for anything, `?` for one character, and capital letters count as small ones.
        begins: compare only as many characters of the fact as the value has, as for dates.
    """
    if relation == "!=":
        return not value_meets(found, "=", value, begins=begins)
    if isinstance(found, list):
        return any(value_meets(one, relation, value, begins=begins) for one in found)
    if found is None:
        return False
    first, dots, last = value.partition("..")
    if relation == "=" and dots and (first or last):
        return (not first or _compared(found, ">=", first)) and (not last or _compared(found, "<=", last))
    if relation == "=":
        return _is(found, value, begins=begins)
    return _compared(found, relation, value)


def _is(found: object, value: str, *, begins: bool) -> bool:
    number = _number(value)
    if number is not None and _number(found) is not None:
        return number == _number(found)
    text = _text(found)
    pattern = "".join({"*": ".*", "?": "."}.get(one, re.escape(one)) for one in value)
    found_whole = re.fullmatch(pattern, text[: len(value)] if begins else text, re.DOTALL | re.IGNORECASE)
    return found_whole is not None


def _compared(found: object, relation: str, value: str) -> bool:
    """Compare numbers, or text by as many characters as the value has: all of May is <= "2024-05"."""
    a: Any = _number(found)
    b: Any = _number(value)
    if a is None or b is None:
        a, b = _text(found)[: len(value)].casefold(), value.casefold()
    return bool({"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[relation])


def _number(value: object) -> float | None:
    """Return a number, also one written as text; dates and other text are none, nor are true and false."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
