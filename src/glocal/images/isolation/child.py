"""What runs in a process that decodes photos: a request a line, and an answer a line, as JSON.

    {"path": "/photos/1.jpg", "want": "pixels", "max_pixels": 64000000, "fit": 1024}   →  {"size": ..., "shape": [H, W]}
    {"bytes": 4711, "want": "size"}   →  {"size": [width, height]}
    {"bytes": 4711, "want": "exif"}   →  {"exif": {"camera": ...}}, or {"reason": "is damaged ..."}

Bytes of photos come, and pixels go, by a file in memory that both processes have open.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from collections.abc import Mapping
from io import FileIO
from typing import Any

from PIL import AvifImagePlugin

from glocal.errors import PhotoError
from glocal.images.decoding import decode, header_exif, header_size
from glocal.images.decoding_memory import MOST_OF_SMALL
from glocal.images.isolation.enforcement import MemoryLimit, allow_time, memory_limit
from glocal.images.isolation.limits import DECODER_THREADS

Answer = dict[str, Any]


def main(shared: int) -> None:
    """Answer requests until there are no more.

    Args:
        shared: file descriptor of the file in memory.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks, which then ends this one
    for deadly in (signal.SIGXCPU, signal.SIGALRM):
        signal.signal(deadly, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answers = FileIO(os.dup(1), "w")
    os.dup2(2, 1)  # what decoders print is no answer
    AvifImagePlugin.DEFAULT_MAX_THREADS = DECODER_THREADS
    memory, file = memory_limit(), FileIO(shared, "r+")
    answers.write(b"{}\n")
    for line in sys.stdin.buffer:
        allow_time()
        memory.set(MOST_OF_SMALL)
        answer = _answer(json.loads(line), file, memory)
        signal.alarm(0)
        answers.write(json.dumps(answer).encode() + b"\n")


def _answer(request: Mapping[str, Any], file: FileIO, memory: MemoryLimit) -> Answer:
    photo: str | bytes = request["path"] if "path" in request else _received(file, request["bytes"])
    try:
        if request["want"] == "exif":
            return {"exif": header_exif(photo).to_dict()}
        if request["want"] == "size":
            return {"size": header_size(photo)}
        decoded = decode(photo, request["max_pixels"], request["fit"], memory.set)
    except PhotoError as error:
        return {"reason": error.reason}
    _send(file, decoded.pixels.data)
    return {"size": decoded.size, "shape": decoded.pixels.shape[:2]}


def _received(file: FileIO, size: int) -> bytes:
    file.seek(0)
    return file.read(size)


def _send(file: FileIO, pixels: memoryview) -> None:
    left = pixels.cast("B")
    file.seek(0)
    while left:
        left = left[file.write(left) :]
