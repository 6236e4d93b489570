"""Connections of a server without a proxy before it: how many, how long a header may take, and how they end."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

MOST_CONNECTIONS = 1000
"""Open at a time in each worker. Systems allow a process some thousand files as a rule."""

HEADER_SECONDS = 10.0
"""From a connection's beginning, or the first byte of its next request, to the end of the request's header."""

LINGER_SECONDS = 10.0
"""How long what a client still sends is read, and thrown away, after it was answered and before its connection ends."""


ENDING = "ending"
"""Under this name an application's start yields the `asyncio.Event` that its streams wait for to end."""


class LimitedProtocol(H11Protocol):
    """One connection. Beyond the limits it is closed without an answer."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin, or end at once where there are too many."""
        if len(self.connections) >= MOST_CONNECTIONS:
            transport.abort()
            return
        # asyncio does so only where a socket names its protocol, and that we listen at does not. Without it an answer's
        # body waits until its client has acknowledged the header: 40 ms, as clients delay that.
        with suppress(OSError):  # it is gone already
            transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().connection_made(transport)
        self.transport = cast("asyncio.Transport", LingeringTransport(transport, self))
        self._wait_for_header()

    def data_received(self, data: bytes) -> None:
        """Take what came. The time of a header runs until it is complete, in however many pieces it comes."""
        if self.transport is None or self.transport.is_closing():
            return
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._stop_waiting()
        elif self._deadline is None and data:
            self._wait_for_header()

    def shutdown(self) -> None:
        """Answer what is asked, and end. Streams would go on for as long as somebody listens, so they are told."""
        super().shutdown()
        if ENDING in self.app_state:
            self.app_state[ENDING].set()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._stop_waiting()
        if self.transport is not None:
            super().connection_lost(exc)

    def _wait_for_header(self) -> None:
        self._deadline = self.loop.call_later(HEADER_SECONDS, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class LingeringTransport:
    """A transport that does not end while its client is sending a request that was answered already.

    The system would reset the connection then, and the client might never see the answer (RFC 9112, section 9.6).

    Args:
        transport: of the connection.
        protocol: that reads it.
    """

    def __init__(self, transport: asyncio.Transport, protocol: LimitedProtocol) -> None:
        self._transport = transport
        self._protocol = protocol
        self._lingers = False

    def __getattr__(self, name: str) -> Any:
        """Give all else that the transport has."""
        return getattr(self._transport, name)

    def is_closing(self) -> bool:
        """Say whether it has ended or is about to."""
        return self._lingers or self._transport.is_closing()

    def close(self) -> None:
        """Send what is left and end; not before the client does, for a while, if it is sending."""
        if self.is_closing():
            return
        if self._protocol.conn.their_state is not h11.SEND_BODY or not self._transport.can_write_eof():
            self._transport.close()
            return
        self._lingers = True
        self._transport.write_eof()
        self._transport.resume_reading()
        self._protocol.loop.call_later(LINGER_SECONDS, self._transport.close)
