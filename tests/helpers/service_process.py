"""The real service in a process of its own, on a free port of this machine."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import httpx

from glocal.service.settings import Settings

RUN = "import sys; from glocal.service.server import serve; from glocal.service.settings import Settings; \
serve(Settings.from_json(sys.stdin.read()))"
START_SECONDS = 180
JOB_SECONDS = 900
"""Until a job is given up: indexing yields to all else that runs on the machine."""


class ServiceProcess:
    """Start with `with`; it is stopped at the end whatever happens."""

    def __init__(self, settings: Settings, log: Path, run: str = RUN) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.settings = replace(settings, port=free.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.settings.port}"
        self.api = f"{self.url}/api/v1"
        self.log, self.run = log, run

    def __enter__(self) -> ServiceProcess:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", self.run],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"},
            )
        assert self.process.stdin
        self.process.stdin.write(self.settings.to_json().encode())
        self.process.stdin.close()
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.__exit__()
                raise RuntimeError(f"the service did not start: {self.log.read_text()[-3000:]}")
            time.sleep(0.1)
        return self

    def __exit__(self, *_: object) -> None:
        self._signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End without warning, as a power cut does."""
        self._signal(signal.SIGKILL)
        self.process.wait()

    def _signal(self, which: signal.Signals) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, which)

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/ready").status_code == 200
        except httpx.TransportError:
            return False


def wait_for(client: httpx.Client, job: dict[str, object], seconds: float = JOB_SECONDS) -> dict[str, object]:
    """Wait until a job is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        now: dict[str, object] = client.get(f"jobs/{job['id']}").json()
        if now["state"] in ("done", "failed", "cancelled"):
            return now
        time.sleep(0.1)
    raise AssertionError(f"the job did not end: {now}")
