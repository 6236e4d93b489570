"""The table of jobs: one SQLite file that all workers share. What was accepted survives a kill."""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from glocal.collection import explained
from glocal.service.problems import Problem

State = Literal["queued", "running", "done", "failed", "cancelled"]
Kind = Literal["add", "duplicates", "albums", "maintenance"]

SILENT_SECONDS = 15.0
"""A worker that has not been heard of for so long is dead, and its job goes to another. Each worker counts this for
itself, from when it saw the last sign of life: times of clocks that somebody may set are not compared."""

MOST_WAITING = 1000
"""Jobs that may wait; more are refused."""

KEPT = 500
"""Jobs remembered after their end."""

# The lease counts the signs of life.
_TABLE = """
CREATE TABLE IF NOT EXISTS jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    collection TEXT NOT NULL,
    kind TEXT NOT NULL,
    request TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'queued',
    done INTEGER NOT NULL DEFAULT 0,
    total INTEGER NOT NULL DEFAULT 0,
    result TEXT NOT NULL DEFAULT 'null',
    created REAL NOT NULL,
    updated REAL NOT NULL,
    owner TEXT NOT NULL DEFAULT '',
    lease INTEGER NOT NULL DEFAULT 0
)
"""
_WAITING = """number = (SELECT number FROM jobs WHERE kind = ? AND state = 'queued' ORDER BY number LIMIT 1)
    AND NOT EXISTS (SELECT 1 FROM jobs WHERE kind = ? AND state = 'running')"""
_DEAD = "number = ? AND owner = ? AND lease = ? AND state = 'running'"
_COLUMNS = """id, collection, kind, request, state, done, total, json_remove(result, '$.albums', '$.groups'),
    created, updated"""


@dataclass(frozen=True)
class Job:
    """Long work that a client asked for.

    Attributes:
        id: cannot be guessed.
        collection: what it works on.
        kind: what it does.
        request: what exactly, as JSON.
        state: how far it is.
        done, total: steps done, and in all: a photo indexed, or compared (once as it is, once turned).
        result: what came out, as JSON, but for what `JobTable.found` returns; what went wrong if it failed.
        created, updated: seconds since 1970.
    """

    id: str
    collection: str
    kind: Kind
    request: Mapping[str, Any]
    state: State
    done: int
    total: int
    result: Any
    created: float
    updated: float

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in ("done", "failed", "cancelled")


class JobTable:
    """All jobs. Safe to use from several threads and processes.

    Args:
        path: of the file; made if it is not there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: dict[Kind, tuple[tuple[int, str, int], float]] = {}  # the job that runs, and when it was first seen
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._open() as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(_TABLE)

    def put(self, collection: str, kind: Kind, request: Mapping[str, Any]) -> Job:
        """Accept a job, durably.

        Raises:
            Problem: too many are waiting (429).
        """
        if self.waiting() >= MOST_WAITING:
            raise Problem(429, "Too many jobs are waiting; try again when some are done.", retry_after=60)
        identity, now = secrets.token_hex(8), time.time()
        with self._open() as connection:
            connection.execute(
                "INSERT INTO jobs (id, collection, kind, request, created, updated) VALUES (?, ?, ?, ?, ?, ?)",
                (identity, collection, kind, json.dumps(dict(request)), now, now),
            )
            connection.execute(
                """DELETE FROM jobs WHERE state NOT IN ('queued', 'running')
                   AND number <= (SELECT max(number) FROM jobs) - ?""",
                (KEPT,),
            )
        return Job(identity, collection, kind, dict(request), "queued", 0, 0, None, now, now)

    def get(self, identity: str) -> Job | None:
        """Return a job."""
        return next(iter(self._select("id = ?", identity)), None)

    def latest(self, limit: int) -> list[Job]:
        """Return the jobs accepted last, newest first."""
        return self._select("1 ORDER BY number DESC LIMIT ?", limit)

    def last_done(self, collection: str, kind: Kind) -> Job | None:
        """Return the job of this kind that was finished last."""
        condition = "collection = ? AND kind = ? AND state = 'done' ORDER BY updated DESC LIMIT 1"
        return next(iter(self._select(condition, collection, kind)), None)

    def found(self, job: Job, name: str, first: int, limit: int) -> list[Any]:
        """Return some of the albums or groups that a job found. Each is read by itself: others run Python meanwhile."""
        with self._open() as connection:
            query = "SELECT value FROM jobs, json_each(jobs.result, ?) WHERE jobs.id = ? LIMIT ? OFFSET ?"
            values = (f"$.{name}", job.id, limit, first)
            return [json.loads(value) for (value,) in connection.execute(query, values)]

    def found_count(self, job: Job, name: str) -> int:
        """Return the number of albums or groups that a job found."""
        with self._open() as connection:
            query = "SELECT json_array_length(result, ?) FROM jobs WHERE id = ?"
            return int(connection.execute(query, (f"$.{name}", job.id)).fetchone()[0])

    def unfinished(self, collection: str, kind: Kind) -> Job | None:
        """Return a job of this kind that waits or runs."""
        condition = "collection = ? AND kind = ? AND state IN ('queued', 'running') ORDER BY number LIMIT 1"
        return next(iter(self._select(condition, collection, kind)), None)

    def claim(self, kind: Kind, owner: str) -> Job | None:
        """Take the oldest job of a kind that waits or whose worker died; None while another of the kind runs."""
        with self._open() as connection:
            query = "SELECT number, owner, lease FROM jobs WHERE kind = ? AND state = 'running' LIMIT 1"
            running = connection.execute(query, (kind,)).fetchone()
            if running is not None and not self._is_silent(kind, running):
                return None
            # Each condition holds only if nobody was faster.
            chosen, values = (_DEAD, running) if running is not None else (_WAITING, (kind, kind))
            query = f"""UPDATE jobs SET state = 'running', owner = ?, lease = lease + 1, updated = ?
                WHERE {chosen} RETURNING {_COLUMNS}"""  # noqa: S608  no outside text
            rows = connection.execute(query, (owner, time.time(), *values)).fetchall()
        return _job(rows[0]) if rows else None

    def _is_silent(self, kind: Kind, running: tuple[int, str, int]) -> bool:
        """Say whether the same sign of life has been the last one for too long."""
        seen, since = self._seen.get(kind, (None, 0.0))
        if seen != running:
            self._seen[kind] = running, time.monotonic()
            return False
        return time.monotonic() - since >= SILENT_SECONDS

    def renew(self, job: Job, owner: str) -> bool:
        """Keep a job; False if it was cancelled, or is another worker's by now."""
        return self._update(job, owner, "lease = lease + 1")

    def progress(self, job: Job, owner: str, done: int, total: int) -> bool:
        """Note how far a job has come; False if it was cancelled, or is another worker's by now."""
        return self._update(job, owner, "done = ?, total = ?, lease = lease + 1, updated = ?", done, total, time.time())

    def finish(self, job: Job, owner: str, state: State, result: object) -> None:
        """Note how a job ended; or, as "queued", that it is to go on later."""
        values = (state, "".join(json.JSONEncoder().iterencode(result)), time.time())
        self._update(job, owner, "state = ?, result = ?, updated = ?", *values)

    def cancel(self, identity: str) -> None:
        """Stop a job that waits or runs; what it has saved stays."""
        query = "UPDATE jobs SET state = 'cancelled', updated = ? WHERE id = ? AND state IN ('queued', 'running')"
        with self._open() as connection:
            connection.execute(query, (time.time(), identity))

    def waiting(self) -> int:
        """Return the number of jobs that wait or run."""
        with self._open() as connection:
            query = "SELECT count(*) FROM jobs WHERE state IN ('queued', 'running')"
            return int(connection.execute(query).fetchone()[0])

    def _update(self, job: Job, owner: str, change: str, *values: object) -> bool:
        query = f"UPDATE jobs SET {change} WHERE id = ? AND owner = ? AND state = 'running'"  # noqa: S608
        with self._open() as connection:
            return connection.execute(query, (*values, job.id, owner)).rowcount == 1

    def _select(self, condition: str, *values: object) -> list[Job]:
        with self._open() as connection:
            query = f"SELECT {_COLUMNS} FROM jobs WHERE {condition}"  # noqa: S608  the conditions are those above
            return [_job(row) for row in connection.execute(query, values)]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection of its own to each call: calls are few, and threads come and go."""
        with explained(self._path), closing(sqlite3.connect(self._path, timeout=20, isolation_level=None)) as found:
            found.execute("PRAGMA synchronous = FULL")
            yield found


def _job(row: tuple[Any, ...]) -> Job:
    identity, collection, kind, request, state, done, total, result, created, updated = row
    return Job(
        identity, collection, kind, json.loads(request), state, done, total, json.loads(result), created, updated
    )
