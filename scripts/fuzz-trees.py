"""Fuzz what reads cards, annotations, conditions and regions with inputs that are nearly right.

    nice python scripts/fuzz-trees.py SECONDS [SEED]

Beside scripts/fuzz.py, which is guided by coverage and hardly gets past a parser. It ends with a count of inputs, or at
the first one that ends otherwise than its target allows, or with a warning, whose bytes it prints.
"""

from __future__ import annotations

import random
import sys
import time
import warnings
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests/helpers"))

from fuzz_targets import TARGETS
from tree_mutations import mutated


def main() -> None:
    """Try inputs for so many seconds."""
    seconds, chance = float(sys.argv[1]), random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    warnings.simplefilter("error")
    targets = [target for target in TARGETS if target not in ("header", "photo")]
    tried: Counter[str] = Counter()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        target = chance.choice(targets)
        data = mutated(target, chance)
        try:
            TARGETS[target](data)
        except BaseException:
            sys.stderr.write(f"{target}: {data!r}\n")
            raise
        tried[target] += 1
    sys.stdout.write(f"{tried.total()} inputs: {dict(tried)}\n")


if __name__ == "__main__":
    main()
