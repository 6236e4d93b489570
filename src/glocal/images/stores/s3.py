"""An S3-compatible object store, asked through s3fs: what lies at a name, what lies below it, and its bytes.

Where the store is and who asks is found as every AWS tool finds it: `AWS_ENDPOINT_URL`, `AWS_ACCESS_KEY_ID`,
`AWS_PROFILE`, `~/.aws`. Nothing of that is kept or said. A name is `BUCKET/KEY`.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from glocal.errors import GlocalError
from glocal.images.stores.kept_contents import KeptContents

MOST_BYTES = 1 << 30
"""Size of the largest object that is read: more than the largest photo has, and what fits in memory."""

KEPT_BYTES = 256 << 20
"""Contents kept in memory, of some 60 photos: as many as are looked at before the first of them is decoded."""

CHUNK_BYTES = 64 << 20
"""Read at a time of what goes into a file: large enough that asking for it takes no time to speak of."""

REST_SECONDS = 10.0
"""After a store could not be reached, it is not asked for so long: a thousand photos would wait a thousand times."""

_CONNECTION = {"connect_timeout": 5, "read_timeout": 60, "retries": {"max_attempts": 2}}
_NO_CREDENTIALS = frozenset(
    {"NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError", "ProfileNotFound"}
)
_CONFLICTS = frozenset({409, 412})
"""What a store answers where another object is there than the request says, or just being written (RFC 9110)."""

_UNKNOWN_CONDITION = 501
_REPLACED = "was written by another process meanwhile"
_DEVICE = 2**31 - 1
"""Stands for the store in `st_dev`; no disk has that number."""


class UnreachableError(OSError):
    """The store does not answer."""


class UnsupportedError(OSError):
    """The store does not know the request, or a condition in it."""


class ReplacedError(OSError):
    """Somebody wrote the object meanwhile."""


class S3:
    """The store, as one process sees it. Safe to use from several threads.

    Raises:
        GlocalError: s3fs is not installed.
    """

    def __init__(self) -> None:
        try:
            import s3fs
        except ModuleNotFoundError as error:
            remedy = "install it with: pip install 'glocal[s3]'"
            raise GlocalError(f"s3:// addresses need {error.name}; {remedy}") from error
        # Listings are not kept: a service runs for months. Nor is the connection, by fsspec, of which each thread would
        # have its own.
        self._files = s3fs.S3FileSystem(
            use_listings_cache=False, skip_instance_cache=True, config_kwargs=dict(_CONNECTION)
        )
        self._contents = KeptContents(KEPT_BYTES)
        self._rests_until = 0.0

    def status(self, name: str) -> os.stat_result:
        """Return what lies at a name: of an object size and time, see `_status`; what has others below it is a folder.

        Raises:
            FileNotFoundError: the bucket is there, and nothing in it has this name.
            UnreachableError: the store does not answer.
            OSError: there is no such bucket, or the store refuses.
        """
        try:
            with self._asking(name):
                return _status(self._files.info(name))
        except FileNotFoundError:
            self._require_bucket(name)
            raise

    def below(self, name: str) -> list[tuple[str, os.stat_result]]:
        """Return the names of what lies directly below a name, each with what `status` tells; errors as there."""
        try:
            with self._asking(name):
                return [(found["name"], _status(found)) for found in self._files.ls(name, detail=True)]
        except FileNotFoundError:
            self._require_bucket(name)
            raise

    def content(self, name: str) -> bytes:
        """Return the bytes of an object; errors as of `status`.

        Raises:
            OSError: also where it has more than `MOST_BYTES`.
        """
        status = self.status(name)
        if not stat.S_ISREG(status.st_mode):
            raise IsADirectoryError(errno.EISDIR, "is a folder, not a photo; name a photo in it", f"s3://{name}")
        if status.st_size > MOST_BYTES:
            raise _error(OSError, errno.EFBIG, f"has more than the {MOST_BYTES} bytes that are read from a store", name)

        def read() -> bytes:
            with self._asking(name):
                content: bytes = self._files.cat_file(name)
                return content

        return self._contents.get((name, status.st_size, status.st_mtime_ns), read)

    def tagged(self, name: str) -> tuple[bytes, str]:
        """Return the bytes of an object, and its ETag: what is put in its place has another; errors as of `status`."""
        from fsspec.asyn import sync

        bucket, _, key = name.partition("/")
        try:
            with self._asking(name):
                answer = self._files.call_s3("get_object", Bucket=bucket, Key=key)
                content: bytes = sync(self._files.loop, answer["Body"].read)
        except FileNotFoundError:
            self._require_bucket(name)
            raise
        return content, answer["ETag"]

    def replace(self, name: str, content: bytes, tag: str | None) -> None:
        """Put an object in the place of the one that has an ETag, or where there is none; errors as of `status`.

        A store that knows no conditions is asked what is there just before, and one that ignores them does not notice
        what was written since.

        Raises:
            ReplacedError: another one is there.
        """
        bucket, _, key = name.partition("/")
        condition = {"IfNoneMatch": "*"} if tag is None else {"IfMatch": tag}
        if self._tag(name) != tag:
            raise _error(ReplacedError, errno.EEXIST, _REPLACED, name)
        try:
            with self._asking(name):
                self._files.call_s3("put_object", Bucket=bucket, Key=key, Body=content, **condition)
        except FileNotFoundError as error:
            self._require_bucket(name)
            raise _error(ReplacedError, errno.EEXIST, _REPLACED, name) from error
        except UnsupportedError:
            self.write(name, content)

    def download(self, name: str, target: Path) -> None:
        """Write an object of any size, which nobody changes meanwhile, into a file; errors as of `status`.

        Raises:
            OSError: also where the disk is full, or the object was cut off.
        """
        size = self.status(name).st_size
        with target.open("wb") as file:
            for start in range(0, size, CHUNK_BYTES):
                end = min(start + CHUNK_BYTES, size)
                with self._asking(name):
                    part: bytes = self._files.cat_file(name, start=start, end=end)
                if len(part) != end - start:
                    raise _error(OSError, errno.EIO, "was cut off while it was read; try again", name)
                file.write(part)

    def upload(self, source: Path, name: str) -> None:
        """Put a file under a name, whole or not at all; errors as of `status`, and those of the disk."""
        with self._asking(name):
            self._files.put_file(str(source), name)

    def write(self, name: str, content: bytes) -> None:
        """Put an object in the place of another, whole or not at all; errors as of `status`."""
        with self._asking(name):
            self._files.pipe_file(name, content)

    def delete(self, name: str) -> None:
        """Delete all that lies at and below a name; nothing there is no error. Others as of `status`."""
        with suppress(FileNotFoundError), self._asking(name):
            self._files.rm(name, recursive=True)

    def _tag(self, name: str) -> str | None:
        """Return the ETag of an object; None: there is none."""
        try:
            return self.tagged(name)[1]
        except FileNotFoundError:
            return None

    def _require_bucket(self, name: str) -> None:
        """Raise another error than "not found" where there is no bucket: nothing is known of its objects then."""
        bucket = name.partition("/")[0]
        try:
            with self._asking(bucket):
                self._files.info(bucket)
        except FileNotFoundError as error:
            reason = "there is no such bucket; check the address and AWS_ENDPOINT_URL"
            raise _error(OSError, errno.ENODEV, reason, name) from error

    @contextmanager
    def _asking(self, name: str) -> Iterator[None]:
        """Ask the store, and say by errors of the system what went wrong: s3fs raises those of five libraries."""
        unreachable = "the store cannot be reached; check the network and AWS_ENDPOINT_URL"
        if time.monotonic() < self._rests_until:
            raise _error(UnreachableError, errno.EHOSTUNREACH, unreachable, name)
        try:
            yield
        except FileNotFoundError as error:
            raise _error(FileNotFoundError, errno.ENOENT, "no such object; check the address", name) from error
        except PermissionError as error:
            reason = "the store denies access; check the credentials and their rights"
            raise _error(PermissionError, errno.EACCES, reason, name) from error
        except Exception as error:
            if _status_code(error) in _CONFLICTS:
                raise _error(ReplacedError, errno.EEXIST, _REPLACED, name) from error
            if _status_code(error) == _UNKNOWN_CONDITION:
                raise _error(UnsupportedError, errno.ENOTSUP, "the store does not know this request", name) from error
            if type(error).__name__ in _NO_CREDENTIALS:
                reason = "no credentials for the store; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
                raise _error(PermissionError, errno.EACCES, reason, name) from error
            self._rests_until = time.monotonic() + REST_SECONDS
            raise _error(UnreachableError, errno.EHOSTUNREACH, unreachable, name) from error


def store() -> S3:
    """Return the store of this process: a connection does not survive a fork."""
    return _store_of(os.getpid())


@lru_cache(maxsize=1)
def _store_of(_: int) -> S3:
    return S3()


def _status(info: Mapping[str, Any]) -> os.stat_result:
    """Return what a store tells of an object as the system tells it of a file.

    The time of change is the second in which it was written; in place of the fraction, which stores do not tell, stands
    a number that its ETag gives. So other content is another time, also of the same size and in the same second.
    """
    inode = _number(info["name"]) >> 1  # to fit in 63 bits
    if info["type"] == "directory":
        return os.stat_result((stat.S_IFDIR | 0o500, inode, _DEVICE, 1, 0, 0, 0, 0, 0, 0))
    written = int(info["LastModified"].timestamp())
    nanoseconds = written * 10**9 + _number(str(info.get("ETag", "")).strip('"')) % 10**9
    times = {"st_mtime_ns": nanoseconds, "st_ctime_ns": nanoseconds, "st_atime_ns": nanoseconds}
    fields = (stat.S_IFREG | 0o400, inode, _DEVICE, 1, 0, 0, int(info["size"]), written, written, written)
    return os.stat_result(fields, times)


def _status_code(error: Exception) -> int | None:
    """Return what the store answered, by the error of botocore that s3fs has made another of; None: nothing."""
    response = getattr(error.__cause__, "response", None) or {}
    code: int | None = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return code


def _number(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def _error(kind: type[OSError], number: int, reason: str, name: str) -> OSError:
    return kind(number, reason, f"s3://{name}")
