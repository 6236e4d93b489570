"""The network's threads: what they do when there is nothing to do."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

import glocal.extraction
from glocal.extraction import load_model
from glocal.extraction.onnx_network import Network

WEIGHTS = Path(glocal.extraction.__file__).parents[1] / "weights"


def test_threads_leave_the_cores_to_others_once_the_network_has_run() -> None:
    card = load_model().card
    file = card.files["float32"]
    network = Network(WEIGHTS / file.name, file, card.mean, card.std, threads=2)
    picture = np.random.default_rng(0).integers(0, 255, (96, 128, 3), np.uint8)

    def idle_seconds() -> float:
        network(picture)
        before = time.process_time()  # of all threads
        time.sleep(0.2)
        return time.process_time() - before

    assert min(idle_seconds() for _ in range(5)) < 0.005
