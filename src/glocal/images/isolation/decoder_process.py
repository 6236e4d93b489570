"""A process that decodes photos, as the process that asks it sees it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from io import FileIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glocal.errors import GlocalError
from glocal.images.decoding_memory import MOST_OF_SMALL
from glocal.images.isolation.limits import MOST_SECONDS, MOST_SECONDS_BY_CLOCK, TOO_MUCH_MEMORY

_START = """
import sys, types
sys.path[:] = {path!r}
package = types.ModuleType("glocal")  # without its public names: they would load all that searching needs
package.__path__ = [{package!r}]
sys.modules["glocal"] = package
from glocal.images.isolation.child import main
main({shared})
"""
_PACKAGE = Path(__file__).parents[2]
_KEPT = 1 << 26
"""Bytes that stay allocated for the next photo's pixels."""

_LONGEST_ANSWER = 1 << 16
_MEMORY = f"takes more than {MOST_OF_SMALL >> 30} GB of memory to be decoded; make a smaller copy, or save it anew"
_ENDS = {
    "SIGXCPU": f"takes more than {MOST_SECONDS} seconds to be decoded; save it anew with another program",
    "SIGALRM": f"cannot be read within {MOST_SECONDS_BY_CLOCK} seconds; check the disk, or save it anew",
    f"code {TOO_MUCH_MEMORY}": _MEMORY,
}


class EndedError(Exception):
    """The process ended over a photo. The message completes "the photo ..."."""


class GoneError(Exception):
    """The process had ended before it was asked."""


class DecoderProcess:
    """Starts the process. Used by one thread at a time.

    Raises:
        GlocalError: it cannot be started.
    """

    def __init__(self) -> None:
        self._file = FileIO(_file_in_memory(), "r+")
        path, shared = [os.path.abspath(entry) for entry in sys.path], self._file.fileno()  # noqa: PTH100  "" is here
        start = _START.format(path=path, package=str(_PACKAGE), shared=shared)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
        try:
            self._process = subprocess.Popen(  # noqa: S603  the interpreter that runs this
                [sys.executable, "-c", start],
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pass_fds=[shared],
                env={**environment, "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"},
            )
        except OSError as error:
            self._file.close()
            raise GlocalError(f"no process to decode photos can be started ({error.strerror}); end others") from error
        self._is_ready = False

    def ask(self, request: Mapping[str, Any], content: bytes = b"") -> dict[str, Any]:
        """Return the answer to a request, both as `child` describes them.

        Raises:
            EndedError: the process ended over it.
            GoneError: it had ended before.
            GlocalError: it never was able to decode.
        """
        if not self._is_ready:
            if not self._line():
                raise GlocalError(f"the process that decodes photos ends at once, with code {self._process.wait()}")
            self._is_ready = True
        if content:
            self._put(content)
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
        except BrokenPipeError as error:
            raise GoneError from error
        line = self._line()
        if not line:
            raise EndedError(_reason(self._process.wait()))
        answer: dict[str, Any] = json.loads(line)
        return answer

    def pixels(self, height: int, width: int) -> NDArray[np.uint8]:
        """Return the pixels of the last answer, [H, W, 3] and read-only.

        Raises:
            EndedError: there are fewer.
        """
        pixels = np.empty((height, width, 3), np.uint8)
        left = pixels.data.cast("B")
        self._file.seek(0)
        while left:
            count = self._file.readinto(left)
            if not count:
                raise EndedError("makes its decoder fail; save it anew with another program")
            left = left[count:]
        if pixels.size > _KEPT:
            self._file.truncate(0)
        pixels.flags.writeable = False
        return pixels

    def end(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        self.leave()

    def leave(self) -> None:
        """Close this side. A process that nobody can ask any more ends by itself."""
        for stream in (self._process.stdin, self._process.stdout, self._file):
            assert stream is not None
            stream.close()

    def _put(self, content: bytes) -> None:
        left = memoryview(content)
        self._file.seek(0)
        while left:
            left = left[self._file.write(left) :]

    def _line(self) -> bytes:
        """Return the next line; empty if the process ended before its end."""
        assert self._process.stdout is not None
        line = b""
        while not line.endswith(b"\n"):
            piece = self._process.stdout.read(_LONGEST_ANSWER)
            if not piece or len(line) > _LONGEST_ANSWER:
                return b""
            line += piece
        return line


def _file_in_memory() -> int:
    """Return the descriptor of a new file without a name: in memory on Linux, elsewhere among temporary files."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("glocal-photo")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _reason(code: int) -> str:
    how = signal.Signals(-code).name if code < 0 else f"code {code}"
    return _ENDS.get(how) or f"makes its decoder fail ({how}); save it anew with another program"
