"""Which photos are meant, by folder, date, place, camera and the user's metadata, in a small language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from glocal.collection.compared_values import Relation, value_meets
from glocal.errors import ConditionError
from glocal.images import absolute_path

_CONDITION = re.compile(r"\s*(?P<name>[^=<>!]+?)\s*(?:(?P<relation>!=|>=|<=|=|<|>)\s*(?P<value>.*?)\s*)?", re.DOTALL)
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d([T ]\d\d(:\d\d(:\d\d)?)?)?)?)?")
_DATES = "dates are 2024, 2024-05, 2024-05-17 or 2024-05-17T14:03, ranges of them 2023..2024-05"
_BOX = "give south,west,north,east in degrees, for example gps=47.5,7.5,49.8,10.5"


@dataclass(frozen=True)
class Box:
    """A part of the earth, in degrees; it may cross the antimeridian: its west is then greater than its east."""

    south: float
    west: float
    north: float
    east: float

    def __post_init__(self) -> None:
        if not (-90 <= self.south <= self.north <= 90 and abs(self.west) <= 180 and abs(self.east) <= 180):
            raise ValueError("the box is empty or leaves the earth")

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Say whether a photo was taken there; one of an unknown place was not."""
        latitude, longitude = facts.get("latitude"), facts.get("longitude")
        if not isinstance(latitude, int | float) or not isinstance(longitude, int | float):
            return False
        if self.west <= self.east:
            across = self.west <= longitude <= self.east
        else:
            across = longitude >= self.west or longitude <= self.east
        return across and self.south <= latitude <= self.north


@dataclass(frozen=True)
class Condition:
    """One condition on what is known of a photo, see `PhotoRecord.facts`.

    Attributes:
        name: of a fact; dots lead into objects.
        relation: how it has to stand to the value; "there": it is known.
        value: as it was written.
    """

    name: str
    relation: Relation | Literal["there"]
    value: str = ""

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Say whether it holds."""
        found = _fact(facts, self.name)
        if self.relation == "there":
            return found is not None
        return value_meets(found, self.relation, self.value, begins=self.name == "date")


@dataclass(frozen=True)
class Where:
    """Conditions that all have to hold.

    Attributes:
        conditions: on facts.
        boxes: where it was taken.
        folders: below which its file lies.
    """

    conditions: tuple[Condition, ...] = ()
    boxes: tuple[Box, ...] = ()
    folders: tuple[Path, ...] = ()

    @classmethod
    def of(cls, *texts: str) -> Where:
        """Read conditions such as "date=2023..2024-05", "camera=*pixel*", "gps=47.5,7.5,49.8,10.5", "folder=trips".

        Raises:
            ConditionError: one of them cannot be understood.
        """
        conditions, boxes, folders = [], [], []
        for text in texts:
            found = _CONDITION.fullmatch(text)
            if found is None:
                raise ConditionError(text, "a condition is NAME=VALUE, with = != < <= > or >=, or a NAME alone")
            name, relation, value = found["name"], found["relation"], found["value"]
            if name in ("folder", "gps") and relation != "=":
                raise ConditionError(text, f"{name} takes = alone")
            if name == "folder":
                folders.append(absolute_path(value))
            elif name == "gps":
                boxes.append(_box(text, value))
            else:
                if name == "date" and relation is not None:
                    value = _date(text, value)
                conditions.append(Condition(name, cast("Relation", relation or "there"), value or ""))
        return cls(tuple(conditions), tuple(boxes), tuple(folders))

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Say whether what is known of a photo meets all but the folders."""
        met = all(condition.holds(facts) for condition in self.conditions)
        return met and all(box.holds(facts) for box in self.boxes)


def _fact(facts: Mapping[str, Any], name: str) -> Any:
    if name in facts:
        return facts[name]
    first, _, rest = name.partition(".")
    within = facts.get(first)
    return _fact(within, rest) if rest and isinstance(within, Mapping) else None


def _box(text: str, value: str) -> Box:
    try:
        return Box(*map(float, value.split(",")))
    except (TypeError, ValueError):
        raise ConditionError(text, _BOX) from None


def _date(text: str, value: str) -> str:
    parts = [part for part in value.split("..") if part] if ".." in value else [value]
    if not parts or not all(map(_DATE.fullmatch, parts)):
        raise ConditionError(text, _DATES)
    return value.replace(" ", "T")
