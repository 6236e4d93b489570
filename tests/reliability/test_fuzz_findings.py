"""What fuzzing begins with, and what it found, ends as it should."""

from __future__ import annotations

import random

import pytest
from fuzz_targets import FINDINGS, TARGETS, seeds
from tree_mutations import mutated

INPUTS = [(target, data) for target in TARGETS for data in seeds(target)]
INPUTS += [(file.parent.name, file.read_bytes()) for file in sorted(FINDINGS.glob("*/*"))]


@pytest.mark.parametrize(
    ("target", "data"), INPUTS, ids=[f"{target}-{number}" for number, (target, _) in enumerate(INPUTS)]
)
def test_an_input_ends_as_its_target_allows(target: str, data: bytes) -> None:
    TARGETS[target](data)


@pytest.mark.parametrize("target", [target for target in TARGETS if target not in ("header", "photo")])
def test_inputs_that_are_nearly_right_end_as_their_target_allows(target: str) -> None:
    chance = random.Random(target)
    for _ in range(200):
        TARGETS[target](mutated(target, chance))
