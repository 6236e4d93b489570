"""Inputs made of good ones by what their format knows: values of a JSON tree exchanged, lines and numbers broken.

Coverage alone hardly gets past a parser: most files with a changed byte are no JSON. These nearly all are.
"""

from __future__ import annotations

import copy
import json
import pickle
import random
from collections.abc import Iterable, Iterator
from typing import Any

from fuzz_targets import seeds

ODD: list[Any] = [None, True, False, 0, -1, 1, 2, 3, 0.5, 1e308, -1e308, float("nan"), float("inf"), 1 << 63, 10**400]
ODD += ["", "a", "\0", "\ud800", "../x", "/etc/passwd", "/dev/zero", "a" * 1000, "1", "ü", "é/\\", "\r\n", "NaN"]
ODD += [[], {}, [[]], [0] * 1000, {"a": 1}, [1, 2, 3], [1.0, -1.0, float("nan")], [[1, 2], [3]]]
BROKEN = [b",", b'"', b"\n", b"\0", b"nan", b"1e999", b"-", b"=", b">", b"km", b"9" * 400, b"\xff", b"{", b"[", b"\r"]
TREES = ("card", "benchmark-annotations", "annotations")
"""Targets that read JSON; the others read a line of text."""

Place = tuple[str | int, ...]


def mutated(target: str, chance: random.Random) -> bytes:
    """Return another input of a target."""
    seed = chance.choice(seeds(target))
    if target not in TREES or chance.random() < 0.3:
        return _broken(seed, chance)
    tree = json.loads(seed.splitlines()[-1] if target == "annotations" and seed.startswith(b"{") else _whole(target))
    changed = _changed(tree, chance)
    if target == "benchmark-annotations" and chance.random() < 0.3:
        packed = pickle.dumps(changed, protocol=chance.choice([0, 2, 4]))
        return _broken(packed, chance) if chance.random() < 0.5 else packed
    return json.dumps(changed, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")


def _whole(target: str) -> bytes:
    return next(seed for seed in seeds(target) if seed.startswith(b"{"))


def _changed(tree: Any, chance: random.Random) -> Any:
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        places = list(_places(tree))
        if not places:
            return copy.deepcopy(chance.choice(ODD))
        place = chance.choice(places)
        parent, last = _at(tree, place[:-1]), place[-1]
        way = chance.random()
        if way < 0.15:
            del parent[last]
        elif way < 0.3:
            parent[last] = copy.deepcopy(_at(tree, chance.choice(places)))
        elif way < 0.4:
            parent[last] = [parent[last]]
        else:
            parent[last] = copy.deepcopy(chance.choice(ODD))
    return tree


def _places(tree: Any, place: Place = ()) -> Iterator[Place]:
    """Yield the places of all values below the top, of long lists the first ones."""
    items: Iterable[tuple[str | int, Any]] = ()
    if isinstance(tree, dict | list):
        items = tree.items() if isinstance(tree, dict) else enumerate(tree[:6])
    for key, value in items:
        yield (*place, key)
        yield from _places(value, (*place, key))


def _at(tree: Any, place: Place) -> Any:
    for key in place:
        tree = tree[key]
    return tree


def _broken(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice([1, 2, 4])):
        place, way = chance.randrange(len(changed) + 1), chance.random()
        if way < 0.4 and changed:
            changed[place % len(changed)] = chance.randrange(256)
        elif way < 0.7:
            changed[place:place] = chance.choice(BROKEN)
        else:
            del changed[place : place + chance.randrange(1, 5)]
    return bytes(changed)
