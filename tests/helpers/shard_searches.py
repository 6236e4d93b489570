"""Searches of a sharded collection by processes of Ray, in a process of its own, where Ray was not imported before.

Run as a program with ROOT and REPLICAS it reads searches, a line of JSON each, and writes answers, a pickle in a line
of base64 each; before the first one a line "ready".
"""

from __future__ import annotations

import base64
import json
import os
import pickle
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from asked_process import AskedProcess

from glocal.cluster import serve_shards
from glocal.collection import Ranking, Where


class ShardSearches(AskedProcess):
    """Start with `with`; it is ended at the end whatever happens."""

    def __init__(self, root: Path, replicas: int, log: Path, environment: Mapping[str, str] = os.environ) -> None:
        command = [sys.executable, __file__, str(root), str(replicas)]
        super().__init__(command, {**environment, "PYTHONPATH": os.pathsep.join(sys.path)}, log)

    def started(self, line: str) -> None:
        assert line == "ready"

    def search(self, *photos: Path, where: str = "", **options: Any) -> Ranking:
        """Search as `Cluster.search` does."""
        asked = {"photos": [str(photo) for photo in photos], "where": where, **options}
        found: Ranking = pickle.loads(base64.b64decode(self.ask(json.dumps(asked))))
        return found


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
