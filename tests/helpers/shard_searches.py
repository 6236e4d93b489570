"""Searches of a sharded collection by processes of Ray, in a process of its own, where Ray was not imported before.

Run as a program with ROOT and REPLICAS it reads searches, a line of JSON each, and writes answers, a pickle in a line
of base64 each; before the first one a line "ready".
"""

from __future__ import annotations

import base64
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from threading import Timer
from typing import Any

from glocal.cluster import serve_shards
from glocal.collection import Ranking, Where

LIMIT_SECONDS = 400
"""Until a start or an answer is given up: Ray starts a dozen processes, beside others that work."""


class ShardSearches:
    """Start with `with`; it is ended at the end whatever happens."""

    def __init__(self, root: Path, replicas: int, log: Path, environment: Mapping[str, str] = os.environ) -> None:
        self._command = [sys.executable, __file__, str(root), str(replicas)]
        self._log = log
        self._environment = {**environment, "PYTHONPATH": os.pathsep.join(sys.path)}

    def __enter__(self) -> ShardSearches:
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._line() == "ready", self._log.read_text()
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.process.communicate(timeout=60)
        finally:
            self.process.kill()
            self.process.wait()

    def search(self, *photos: Path, where: str = "", **options: Any) -> Ranking:
        """Search as `Cluster.search` does."""
        assert self.process.stdin
        asked = {"photos": [str(photo) for photo in photos], "where": where, **options}
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        found: Ranking = pickle.loads(base64.b64decode(self._line()))
        return found

    def _line(self) -> str:
        assert self.process.stdout
        limit = Timer(LIMIT_SECONDS, self.process.kill)
        limit.start()
        line = self.process.stdout.readline()
        limit.cancel()
        assert line, self._log.read_text()
        return line.rstrip()


def main(root: str, replicas: str) -> None:
    """Answer until there are no more searches. Whatever Ray prints goes where errors go."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def say(line: str) -> None:
        answers.write(line + "\n")
        answers.flush()

    with serve_shards(root, int(replicas)) as cluster:
        say("ready")
        for line in sys.stdin:
            asked = json.loads(line)
            photos, where = asked.pop("photos"), asked.pop("where")
            allowed = Where.of(where) if where else None
            found = cluster.search(photos if len(photos) > 1 else photos[0], allowed=allowed, **asked)
            say(base64.b64encode(pickle.dumps(found)).decode())


if __name__ == "__main__":
    main(*sys.argv[1:])
