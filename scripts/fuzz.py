"""Fuzz what takes bytes from strangers, guided by coverage, with Atheris (pip install atheris) and so libFuzzer.

    nice python scripts/fuzz.py photo corpus/photo -max_total_time=600 -artifact_prefix=findings/

The targets are in tests/helpers/fuzz_targets.py. What they begin with is written into the folder of the corpus, and so
is each input that reaches new code; further arguments are libFuzzer's. It ends at the first input that ends otherwise
than the target allows, or takes too long, and keeps it: put it into tests/helpers/fuzz_findings/TARGET/ for the tests.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[1] / "tests/helpers"))

READERS = [
    "glocal.images",
    "glocal.extraction",
    "glocal.evaluation.datasets",
    "glocal.cli",
    "glocal.collection.conditions",
]
"""What is watched: packages without compiled loops, which cannot be compiled once they are watched."""

with atheris.instrument_imports(include=READERS):
    from fuzz_targets import TARGETS, seeds


def main() -> None:
    """Read the target and the corpus, and fuzz."""
    if len(sys.argv) < 3 or sys.argv[1] not in TARGETS:
        sys.exit(f"usage: fuzz.py {'|'.join(TARGETS)} CORPUS [options of libFuzzer]")
    target, corpus = sys.argv[1], Path(sys.argv[2])
    corpus.mkdir(parents=True, exist_ok=True)
    for seed in seeds(target):
        (corpus / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
    atheris.Setup([sys.argv[0], *sys.argv[2:]], TARGETS[target])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
