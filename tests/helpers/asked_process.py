"""A process of our own that answers in lines, and ends when it is asked nothing more."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Timer
from typing import Self

LIMIT_SECONDS = 400
"""Until a start or an answer is given up: Ray starts a dozen processes, beside others that work."""


class AskedProcess:
    """Start with `with`; it is ended at the end whatever happens.

    Attributes:
        process: what runs; its input is ours to write.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        with log.open("ab") as errors:
            self.process = subprocess.Popen(
                command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
            )
        self._log = log

    def __enter__(self) -> Self:
        try:
            self.started(self.answer())
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.process.communicate(timeout=60)
        finally:
            self.process.kill()
            self.process.wait()

    def started(self, line: str) -> None:
        """Take the first line, which says that it may be asked now."""
        raise NotImplementedError

    def ask(self, line: str) -> str:
        """Write a line, and return the next one that it answers."""
        assert self.process.stdin
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.answer()

    def answer(self) -> str:
        """Return the next line that it writes."""
        assert self.process.stdout
        limit = Timer(LIMIT_SECONDS, self.process.kill)
        limit.start()
        line = self.process.stdout.readline()
        limit.cancel()
        assert line, self._log.read_text()
        return line.rstrip()
