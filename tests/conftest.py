"""What holds for all tests: threads, and how Hypothesis looks for examples."""

import os

from hypothesis import settings

# One thread a process, as `make` has it: networks this small gain nothing from more, and wait for each other when the
# cores are busy.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# No limit of time for an example: how long one takes says how busy the machine is.
settings.register_profile("glocal", deadline=None)
settings.load_profile("glocal")
