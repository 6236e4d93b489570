"""One thread a process in the tests, as `make` has it: networks this small gain nothing from more, and wait for each
other when the cores are busy."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
