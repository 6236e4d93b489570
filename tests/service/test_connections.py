"""What a client can do to a connection without asking for anything."""

from __future__ import annotations

import json
import resource
import socket
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn
from service_process import ServiceProcess
from starlette.types import Receive, Scope, Send

from glocal.service.connections import HEADER_SECONDS, MOST_CONNECTIONS, LimitedProtocol
from glocal.service.server import listen
from glocal.service.settings import Settings

REQUEST = b"GET /health HTTP/1.1\r\nHost: localhost\r\n"


def connected(service: ServiceProcess) -> socket.socket:
    address = urlsplit(service.url)
    return socket.create_connection((address.hostname, address.port), timeout=60)


def drip(connection: socket.socket) -> None:
    for byte in REQUEST * 10:
        connection.sendall(bytes([byte]))
        time.sleep(1)


def send_slowly(connection: socket.socket) -> None:
    while True:
        connection.sendall(bytes(1000))
        time.sleep(0.05)


def until_closed(connection: socket.socket) -> bytes:
    received = b""
    try:
        while piece := connection.recv(65536):
            received += piece
    except ConnectionResetError:
        pass
    return received


async def greet(scope: Scope, _: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"hello"})


def test_the_body_of_an_answer_does_not_wait_for_its_header_to_arrive(tmp_path: Path) -> None:
    """Nagle's algorithm (RFC 896) would let it, as long as the client delays to acknowledge. Oracle: the socket."""
    listening = listen(Settings({"demo": tmp_path}, tmp_path, port=0))
    server = uvicorn.Server(uvicorn.Config(greet, http=LimitedProtocol, lifespan="off", log_config=None))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        with socket.create_connection(listening.getsockname(), timeout=60) as connection:
            connection.sendall(REQUEST + b"\r\n")
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK")
            (served,) = server.server_state.connections
            assert isinstance(served, LimitedProtocol)
            assert served.transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def test_two_lengths_of_one_request_are_refused(service: ServiceProcess) -> None:
    """What one of them takes for a body the other takes for the next request (RFC 9112, section 11.2)."""
    both = (
        b"POST /api/v1/queries HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    with connected(service) as connection:
        connection.sendall(both + b"0\r\n\r\n" + REQUEST + b"\r\n")
        answer = until_closed(connection)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1") == 1
    assert b"not both" in answer


def test_a_request_that_is_still_being_sent_does_not_lose_its_answer(service: ServiceProcess) -> None:
    """A multipart body without a boundary is refused before it is read; much of it comes after that."""
    header = REQUEST.replace(b"GET /health", b"POST /api/v1/queries") + b"Content-Type: multipart/form-data\r\n"
    with connected(service) as connection:
        connection.sendall(header + b"Content-Length: 400000\r\n\r\nx")
        assert connection.recv(1, socket.MSG_PEEK) == b"H"
        for _ in range(3):
            connection.sendall(bytes(100_000))
            time.sleep(0.1)  # for a reset to arrive, which throws away what is not read yet
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.endswith(b"}")


def test_a_client_that_sends_for_ever_is_not_listened_to_for_ever(service: ServiceProcess) -> None:
    header = REQUEST.replace(b"GET /health", b"POST /api/v1/queries") + b"Content-Type: multipart/form-data\r\n"
    with connected(service) as connection:
        connection.sendall(header + b"Content-Length: 100000000000\r\n\r\n")
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            send_slowly(connection)


def test_what_the_server_logs_is_json(service: ServiceProcess) -> None:
    with connected(service) as connection:
        connection.sendall(b"\0\1\2 no HTTP\r\n\r\n")
        assert until_closed(connection).startswith(b"HTTP/1.1 400 ")
    lines = [json.loads(line) for line in service.log.read_text("utf-8").splitlines()]
    assert [line["reason"] for line in lines if line["event"] == "log"] == ["Invalid HTTP request received."]


@pytest.mark.slow
@pytest.mark.parametrize("first", [b"", REQUEST + b"\r\n"])
def test_a_header_that_does_not_end_ends_the_connection(service: ServiceProcess, first: bytes) -> None:
    """A byte now and then does not prolong it, and neither does a good request before."""
    with connected(service) as connection:
        connection.sendall(first)
        if first:
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        began = time.monotonic()
        with pytest.raises(OSError):
            drip(connection)
        assert time.monotonic() - began > HEADER_SECONDS - 1
    assert httpx.get(f"{service.url}/health").status_code == 200


@pytest.mark.slow
def test_idle_connections_leave_room_when_they_end(service: ServiceProcess) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 2 * MOST_CONNECTIONS)), hard))
    with ExitStack() as opened:
        for _ in range(MOST_CONNECTIONS + 20):
            opened.enter_context(connected(service))
        with connected(service) as one_more:
            assert until_closed(one_more) == b""
    deadline = time.monotonic() + 30
    while True:
        try:
            assert httpx.get(f"{service.url}/health").status_code == 200
            break
        except httpx.TransportError:
            assert time.monotonic() < deadline
