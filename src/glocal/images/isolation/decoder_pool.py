"""The processes that decode photos, lent to the threads that ask."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from glocal.cores import available_cores
from glocal.errors import PhotoError
from glocal.forking import renew_in_child
from glocal.images.decoding import Decoded
from glocal.images.exif import Exif
from glocal.images.isolation.decoder_process import DecoderProcess, EndedError, GoneError
from glocal.images.photo import FilePhoto, describe

_PROCESSES_PER_CORE = 2
"""Photos that take long must not keep others waiting, as far as memory allows."""

_pools: list[DecoderPool] = []
_inherited: list[DecoderProcess] = []
"""Of the process this one was forked from: not ours to wait for."""


@contextmanager
def isolated_decoders() -> Iterator[None]:
    """Let `read_photo`, and all that uses it, decode files in processes of their own until this is left.

    In all threads of this process. A photo whose decoder takes more than 10 seconds of processor time, more than a
    gigabyte of memory (of large photos more than their format needs, two at most), or crashes, is refused as one that
    cannot be read. Processes are started when they are first needed, as many as are in use at a time. Windows has no
    such limits: there photos are decoded in this process all the same.
    """
    if os.name == "nt":
        yield
        return
    pool = DecoderPool()
    _pools.append(pool)
    try:
        yield
    finally:
        _pools.remove(pool)
        pool.close()


def isolating_pool() -> DecoderPool | None:
    """Return the processes that decode photos now; None: this one does."""
    return _pools[-1] if _pools else None


class DecoderPool:
    """Decodes photos in other processes. Safe to use from several threads, and in processes that are forked."""

    def __init__(self) -> None:
        self._all: set[DecoderProcess] = set()
        self._idle: list[DecoderProcess] = []
        self._is_open = True
        self._make_locks()
        renew_in_child(self)

    def decode(self, photo: FilePhoto, max_pixels: int, fit: int | None) -> Decoded:
        """Decode a photo; arguments as of `read_photo`.

        Raises:
            PhotoError: as `read_photo`, or its decoder took too much or failed.
            GlocalError: no process can be started.
        """
        request = {"want": "pixels", "max_pixels": max_pixels, "fit": fit}
        with self._asked(photo, request) as (process, answer):
            pixels = process.pixels(*answer["shape"]) if "shape" in answer else None
        width, height = _accepted(photo, answer)["size"]
        assert pixels is not None
        return Decoded(pixels, (width, height), fit)

    def size(self, photo: FilePhoto) -> tuple[int, int]:
        """Return (width, height) of the upright photo, from its header; errors as of `decode`."""
        with self._asked(photo, {"want": "size"}) as (_, answer):
            pass
        width, height = _accepted(photo, answer)["size"]
        return width, height

    def exif(self, photo: FilePhoto) -> Exif:
        """Return what the camera wrote into its header; errors as of `decode`."""
        with self._asked(photo, {"want": "exif"}) as (_, answer):
            pass
        return Exif(**_accepted(photo, answer)["exif"])

    def close(self) -> None:
        """End the processes; those that are lent end when they come back."""
        with self._lock:
            self._is_open = False
            idle, self._idle = self._idle, []
        for process in idle:
            self._end(process)

    def after_fork_in_child(self) -> None:
        """Leave the processes to the parent."""
        for process in self._all:
            process.leave()
        _inherited.extend(self._all)
        self._all, self._idle = set(), []
        self._make_locks()

    @contextmanager
    def _asked(self, photo: FilePhoto, wanted: Mapping[str, Any]) -> Iterator[tuple[DecoderProcess, dict[str, Any]]]:
        """Ask a process, and lend it with its answer; one that fails meanwhile is ended."""
        content = photo if isinstance(photo, bytes) else b""
        source = {"bytes": len(photo)} if isinstance(photo, bytes) else {"path": _from_anywhere(photo)}
        request = {**source, **wanted}
        with self._places:
            process = self._take()
            try:
                try:
                    answer = process.ask(request, content)
                except GoneError:  # killed while it waited: not for this photo
                    self._end(process)
                    process = self._start()
                    answer = process.ask(request, content)
                yield process, answer
            except EndedError as error:
                self._end(process)
                raise PhotoError(describe(photo), str(error)) from error
            except BaseException:
                self._end(process)
                raise
            self._give_back(process)

    def _take(self) -> DecoderProcess:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return self._start()

    def _start(self) -> DecoderProcess:
        process = DecoderProcess()
        with self._lock:
            self._all.add(process)
        return process

    def _give_back(self, process: DecoderProcess) -> None:
        with self._lock:
            if self._is_open:
                self._idle.append(process)
                return
        self._end(process)

    def _end(self, process: DecoderProcess) -> None:
        with self._lock:
            self._all.discard(process)
        process.end()

    def _make_locks(self) -> None:
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(_PROCESSES_PER_CORE * available_cores())


def _accepted(photo: FilePhoto, answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer that is no refusal.

    Raises:
        PhotoError: it is one.
    """
    if "reason" in answer:
        raise PhotoError(describe(photo), answer["reason"])
    return answer


def _from_anywhere(path: str | os.PathLike[str]) -> str:
    """Return the path as it is found from any current folder; an empty one stays what it is, an error."""
    name = os.fspath(path)
    return os.path.join(os.getcwd(), name) if name else name  # noqa: PTH109, PTH118  Path would lose a "/" at the end
