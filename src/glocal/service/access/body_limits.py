"""Limits on what a client sends: a number of bytes, and no long silence."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from glocal.service.problems import Problem, answer


class BodyLimit:
    """Middleware that stops reading a request at its limits.

    Args:
        app: the application it wraps.
        most_bytes: most bytes of a body.
        seconds: how long a client may send nothing before its body is complete.
    """

    def __init__(self, app: ASGIApp, most_bytes: int, seconds: float) -> None:
        self.app = app
        self.most_bytes = most_bytes
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            self._check_claim(scope)
            await self.app(scope, self._limited(receive, lambda: started), noting)
        except Problem as problem:
            if started:
                raise
            await answer(problem)(scope, receive, send)

    def _limited(self, receive: Receive, answering: Callable[[], bool]) -> Receive:
        received = 0
        complete = False

        async def limited() -> Message:
            nonlocal received, complete
            if complete or answering():  # what is awaited now is the client's going away
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), self.seconds)
            except TimeoutError:
                raise Problem(408, "The request did not arrive in time.") from None
            received += len(message.get("body", b""))
            if received > self.most_bytes:
                raise self._too_large()
            complete = not message.get("more_body", False)
            return message

        return limited

    def _check_claim(self, scope: Scope) -> None:
        for name, value in scope["headers"]:
            if name == b"content-length" and value.isdigit() and int(value) > self.most_bytes:
                raise self._too_large()

    def _too_large(self) -> Problem:
        return Problem(413, f"The request is larger than {self.most_bytes} bytes; send less at a time.")
