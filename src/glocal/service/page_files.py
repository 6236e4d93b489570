"""The page's files: kept in memory, compressed once, and named by their content so that browsers keep them for good."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from fastapi import FastAPI, Request, Response

_FOR_GOOD = {"Cache-Control": "public, max-age=31536000, immutable"}
_ASK_AGAIN = {"Cache-Control": "no-cache"}
_VERSION_CHARACTERS = 16


@dataclass(frozen=True)
class PageFile:
    """A file of the page.

    Attributes:
        content: its bytes.
        compressed: the same by gzip.
        media_type: of it.
    """

    content: bytes
    compressed: bytes
    media_type: str

    @classmethod
    def of(cls, name: str, content: bytes) -> PageFile:
        """Compress a file."""
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return cls(content, gzip.compress(content, mtime=0), "text/javascript" if name.endswith(".js") else kind)

    def response(self, request: Request, headers: dict[str, str]) -> Response:
        """Return the file, compressed for those who take that."""
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return Response(self.content, media_type=self.media_type, headers={**headers, "Vary": "Accept-Encoding"})
        encoded = {**headers, "Vary": "Accept-Encoding", "Content-Encoding": "gzip"}
        return Response(self.compressed, media_type=self.media_type, headers=encoded)


def serve_page(app: FastAPI) -> None:
    """Add the page at `/` and its files at `/static/VERSION/`, VERSION being a hash of all of them."""
    held = _read(files("glocal.service") / "static")
    version = hashlib.sha256(b"".join(name.encode() + held[name].content for name in sorted(held))).hexdigest()
    version = version[:_VERSION_CHARACTERS]
    html = held.pop("index.html").content.decode().replace("{static}", f"static/{version}")
    index = PageFile.of("index.html", html.encode())

    async def page(request: Request) -> Response:
        return index.response(request, _ASK_AGAIN)

    async def file(request: Request, asked: str, name: str) -> Response:
        if asked != version or name not in held:
            return Response("There is no such file; reload the page.\n", status_code=404, media_type="text/plain")
        return held[name].response(request, _FOR_GOOD)

    app.add_api_route("/", page, include_in_schema=False)
    app.add_api_route("/static/{asked}/{name:path}", file, include_in_schema=False)


def _read(folder: Traversable, before: str = "") -> dict[str, PageFile]:
    found: dict[str, PageFile] = {}
    for entry in folder.iterdir():
        if entry.is_dir():
            found |= _read(entry, f"{before}{entry.name}/")
        else:
            found[before + entry.name] = PageFile.of(entry.name, entry.read_bytes())
    return found
