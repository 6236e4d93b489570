"""Fetch large files over HTTP: resumed where they stopped, checked, and never half in place."""

from __future__ import annotations

import hashlib
import urllib.error
import urllib.request
from http.client import HTTPException, HTTPResponse
from pathlib import Path

from glocal.evaluation.errors import EvaluationError
from glocal.progress import OnProgress, silent

CHUNK_BYTES = 1 << 20
TIMEOUT_SECONDS = 60


def fetch(
    url: str,
    target: Path,
    *,
    md5_url: str | None = None,
    on_progress: OnProgress = silent,
) -> bool:
    """Fetch a file unless it is there. What a stopped run left in `<target>.part` is continued.

    Args:
        url: http or https address.
        target: where to put the file; it appears only when complete.
        md5_url: address of a text that begins with the MD5 of the file, in hex.
        on_progress: called with (name of the file, bytes here, bytes in all) after every chunk.

    Returns:
        Whether anything was fetched.

    Raises:
        EvaluationError: no network, a refusal, a connection that broke off, or a wrong checksum. What has
            arrived stays, so that running again continues; a file with a wrong checksum is kept as
            `<target>.wrong`.
    """
    if target.exists():
        return False
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _fetch_part(url, part, on_progress)
        if md5_url is not None:
            _check_md5(part, _text(md5_url), url)
        part.replace(target)
    except urllib.error.HTTPError as error:
        raise EvaluationError(f"{url}: the server answers {error.code} {error.reason}") from None
    except (urllib.error.URLError, HTTPException, TimeoutError, ConnectionError) as error:
        reason = getattr(error, "reason", error)
        raise EvaluationError(f"{url}: cannot be fetched ({reason}); run again to continue") from None
    except OSError as error:
        raise EvaluationError(f"{target}: cannot be written ({error.strerror})") from None
    return True


def _fetch_part(url: str, part: Path, on_progress: OnProgress) -> None:
    """Append to `part` until it is complete."""
    have = part.stat().st_size if part.exists() else 0
    try:
        response = _open(url, have)
    except urllib.error.HTTPError as error:
        # 416: nothing lies beyond what is already here, so the part is the whole.
        if error.code == 416 and have and error.headers.get("Content-Range") == f"bytes */{have}":
            return
        raise
    with response:
        if response.status != 206:
            have = 0
        length = response.headers.get("Content-Length")
        total = None if length is None else have + int(length)
        with part.open("ab" if have else "wb") as file:
            while chunk := response.read(CHUNK_BYTES):
                file.write(chunk)
                have += len(chunk)
                on_progress(part.stem, have, total)
    if total is not None and have != total:
        raise ConnectionError(f"broke off after {have} of {total} bytes")


def _open(url: str, start: int) -> HTTPResponse:
    """Ask for a file from byte `start` on."""
    if not url.startswith(("http://", "https://")):
        raise EvaluationError(f"{url}: only http and https addresses are fetched")
    headers = {"Range": f"bytes={start}-"} if start else {}
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - the scheme is checked above
    response: HTTPResponse = urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS)  # noqa: S310
    return response


def _text(url: str) -> str:
    with _open(url, 0) as response:
        return response.read(4096).decode("utf-8", "replace")


def _check_md5(part: Path, published: str, url: str) -> None:
    """Compare with the published MD5; it guards against damage on the way, not against forgery."""
    digest = hashlib.md5(usedforsecurity=False)
    with part.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    expected = published.split()[0].lower() if published.split() else ""
    if digest.hexdigest() != expected:
        kept = part.with_suffix(".wrong")
        part.replace(kept)
        raise EvaluationError(f"{url}: checksum {digest.hexdigest()} instead of {expected}; kept as {kept.name}")
