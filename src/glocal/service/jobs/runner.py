"""The threads that do jobs, one for each kind, in every worker."""

from __future__ import annotations

import os
import secrets
import sys
import threading
import time
from collections.abc import Mapping

from glocal.errors import GlocalError
from glocal.progress import OnProgress
from glocal.service.jobs.job_kinds import work
from glocal.service.jobs.job_table import SILENT_SECONDS, Job, JobTable, Kind
from glocal.service.json_logs import log
from glocal.service.problems import explain
from glocal.service.served_collection import ServedCollection
from glocal.service.settings import Settings

KINDS: tuple[Kind, ...] = ("add", "duplicates", "albums", "maintenance")
POLL_SECONDS = 0.5
PROGRESS_SECONDS = 0.25
STOP_SECONDS = 10.0
NICENESS = 4
"""Searches have people waiting for them, so jobs leave the processor to those. Not more: a job that waits for a core
may hold Python's lock, and then all wait with it."""


class _Stopped(Exception):  # noqa: N818  not an error: somebody wants the work to end here
    """Work was stopped: by a client, or because the service ends."""


class Runner:
    """Works off the jobs.

    Args:
        settings: roots, for jobs that index folders.
        table: where the jobs are.
        collections: the collections.
    """

    def __init__(self, settings: Settings, table: JobTable, collections: Mapping[str, ServedCollection]) -> None:
        self._settings = settings
        self._table = table
        self._collections = collections
        self._owner = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._ending = threading.Event()
        self._wake = {kind: threading.Event() for kind in KINDS}
        # Daemons: what cannot be interrupted must not keep the process alive; another worker takes the job over.
        self._threads = [threading.Thread(target=self._run, args=(kind,), daemon=True) for kind in KINDS]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def wake(self, kind: Kind) -> None:
        """Say that there is a new job, so that it need not wait to be found."""
        self._wake[kind].set()

    def stop(self) -> None:
        """End: a job stops after the photo it is at, and goes on, or begins anew, when the service is started again."""
        self._ending.set()
        for event in self._wake.values():
            event.set()
        for thread in self._threads:
            thread.join(STOP_SECONDS)

    def _run(self, kind: Kind) -> None:
        if sys.platform == "linux":  # where niceness belongs to a thread, and threads it starts inherit it
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        while not self._ending.is_set():
            try:
                job = self._table.claim(kind, self._owner)
                if job is not None:
                    self._do(job)
                    continue
            except GlocalError as error:  # the table is on a disk that fails; it may come back
                log("jobs", reason=str(error))
            self._wake[kind].wait(POLL_SECONDS)
            self._wake[kind].clear()

    def _do(self, job: Job) -> None:
        over = threading.Event()
        threading.Thread(target=self._hold, args=(job, over), daemon=True).start()
        log("job", id=job.id, kind=job.kind, state="running")
        try:
            result = work(job, self._collections[job.collection], self._settings, self._reporter(job))
            self._table.finish(job, self._owner, "done", result)
        except _Stopped:
            self._table.finish(job, self._owner, "queued", None)
        except Exception as error:  # noqa: BLE001  a job that fails must not take the thread with it
            log("job", id=job.id, kind=job.kind, state="failed", reason=str(error))
            self._table.finish(job, self._owner, "failed", {"detail": explain(error).detail})
        finally:
            over.set()

    def _reporter(self, job: Job) -> OnProgress:
        noted = 0.0

        def report(_stage: str, done: int, total: int | None) -> None:
            nonlocal noted
            now = time.monotonic()
            if self._ending.is_set():
                raise _Stopped
            if now - noted >= PROGRESS_SECONDS or done == total:
                noted = now
                if not self._table.progress(job, self._owner, done, total or 0):
                    raise _Stopped

        return report

    def _hold(self, job: Job, over: threading.Event) -> None:
        """Keep the job while it says nothing of itself."""
        while not over.wait(SILENT_SECONDS / 3):
            try:
                if not self._table.renew(job, self._owner):
                    return
            except GlocalError as error:
                log("jobs", reason=str(error))
