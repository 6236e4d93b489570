"""Limits on connections, which a server without a proxy before it needs: how many, and how long a header may take."""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

MOST_CONNECTIONS = 1000
"""Open at a time in each worker. Systems allow a process some thousand files as a rule."""

HEADER_SECONDS = 10.0
"""From a connection's beginning, or the first byte of its next request, to the end of the request's header."""


class LimitedProtocol(H11Protocol):
    """One connection. Beyond the limits it is closed without an answer."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin, or end at once where there are too many."""
        if len(self.connections) >= MOST_CONNECTIONS:
            transport.abort()
            return
        super().connection_made(transport)
        self._wait_for_header()

    def data_received(self, data: bytes) -> None:
        """Take what came. The time of a header runs until it is complete, in however many pieces it comes."""
        if self.transport is None:
            return
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._stop_waiting()
        elif self._deadline is None and data:
            self._wait_for_header()

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
