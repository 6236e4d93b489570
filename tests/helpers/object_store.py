"""A real S3-compatible server in a process of its own, on a free port of this machine. It asks for no password."""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

from glocal.images.stores import s3

SECRET = "a-secret-of-this-test"
START_SECONDS = 120

_AS_SOMEBODY = "AWS4-HMAC-SHA256 Credential=tester/20260101/us-east-1/s3/aws4_request"
"""The server looks at no signature, but lets nobody without a name overwrite."""

_SERVE = "import sys; from moto.server import main; sys.argv[0] = 'moto'; main(['-H', '127.0.0.1', '-p', '0'])"


class ObjectStore:
    """Start with `with`; it is stopped at the end whatever happens."""

    def __enter__(self) -> ObjectStore:
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        environment.pop("AWS_ENDPOINT_URL", None)
        self._process = subprocess.Popen(
            [sys.executable, "-c", _SERVE], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment
        )
        self.port = self._port()
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        assert self._process.stdout
        self._process.stdout.close()

    def put(self, key: str, content: bytes = b"") -> None:
        """Write an object, or make a bucket of a name without a slash."""
        assert self._ask("PUT", key, content) == 200

    def put_folder(self, bucket: str, folder: Path) -> None:
        """Write all files below a folder, each under its relative path."""
        self.put(bucket)
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self.put(f"{bucket}/{path.relative_to(folder).as_posix()}", path.read_bytes())

    def delete(self, key: str) -> None:
        assert self._ask("DELETE", key) == 204

    def _ask(self, method: str, key: str, content: bytes | None = None) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, f"/{quote(key)}", content, {"Authorization": _AS_SOMEBODY})
            return connection.getresponse().status
        finally:
            connection.close()

    def _port(self) -> int:
        """Return the port that it tells of, and go on to read what it says: a full pipe would stop it."""
        found: list[int] = []
        heard = threading.Event()

        def read() -> None:
            assert self._process.stdout
            for line in self._process.stdout:
                address = re.search(rb"Running on http://127\.0\.0\.1:(\d+)", line)
                if address and not found:
                    found.append(int(address[1]))
                    heard.set()
            heard.set()

        self._reader = threading.Thread(target=read, daemon=True)
        self._reader.start()
        assert heard.wait(START_SECONDS), "the store did not start"
        assert found, "the store ended"
        return found[0]


@contextmanager
def at(url: str) -> Iterator[None]:
    """Let glocal, here and in processes started meanwhile, look for stores at a URL."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        patch.setenv("AWS_ENDPOINT_URL", url)
        patch.setenv("AWS_ACCESS_KEY_ID", "tester")
        patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        s3._store_of.cache_clear()
        try:
            yield
        finally:
            s3._store_of.cache_clear()


def nowhere() -> str:
    """Return a URL at which nothing answers."""
    return "http://127.0.0.1:9"
