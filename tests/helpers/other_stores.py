"""Stores that differ from the one of the tests in how they write on a condition: it is asked through them."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

CONDITIONS = ("if-match", "if-none-match")

Changed = Callable[["Passing"], bool]
"""Change a request before it is passed on; False: it is answered already."""


class Passing(BaseHTTPRequestHandler):
    """Passes one request on, and its answer back."""

    protocol_version = "HTTP/1.1"
    port: int
    changed: Changed

    def pass_on(self) -> None:
        self.content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not type(self).changed(self):
            return
        status, headers, content = self.answer()
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in ("connection", "content-length", "transfer-encoding"):
                self.send_header(name, value)
        sizes = [value for name, value in headers if name.lower() == "content-length"]
        self.send_header("Content-Length", sizes[0] if self.command == "HEAD" and sizes else str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def answer(self) -> tuple[int, list[tuple[str, str]], bytes]:
        """Ask the store."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            headers = {name: value for name, value in self.headers.items() if name.lower() != "expect"}
            connection.request(self.command, self.path, self.content, headers)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = pass_on  # noqa: N815  names that the base class asks for

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def through(port: int, changed: Changed) -> Iterator[str]:
    """Lend the URL of a store that changes requests, and passes them on to the one at a port."""
    handler = type("Changing", (Passing,), {"port": port, "changed": staticmethod(changed)})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def ignoring_conditions(request: Passing) -> bool:
    """Write whatever the condition is."""
    for name in CONDITIONS:
        del request.headers[name]
    return True


def refusing_conditions(request: Passing) -> bool:
    """Say that conditions are not implemented."""
    if request.command == "PUT" and any(name in request.headers for name in CONDITIONS):
        content = b"<Error><Code>NotImplemented</Code><Message>A header is not implemented.</Message></Error>"
        request.send_response_only(501)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)
        return False
    return True


def losing_answers(request: Passing) -> bool:
    """Write on a condition, and lose the answer, so that the client asks again."""
    if request.command == "PUT" and any(name in request.headers for name in CONDITIONS):
        status, _, _ = request.answer()
        if status == 200:
            request.close_connection = True
            return False
    return True
