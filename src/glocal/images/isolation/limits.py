"""What one photo may take of the process that decodes it."""

from __future__ import annotations

MOST_SECONDS = 10
"""Of processor time, all threads of the decoder together. Photos of 200 megapixels take 2 to 6."""

MOST_SECONDS_BY_CLOCK = 60
"""Also waiting for the disk, or for processors that others use."""

DECODER_THREADS = 4
"""Of AVIF; HEIC has as many. Each thread's stack counts as memory, and machines have up to hundreds of cores."""

TOO_MUCH_MEMORY = 77
"""Exit code of a process that took too much memory, where the system does not refuse it."""
