"""HEAD (RFC 9110, 9.3.2): answered as GET is, without the body."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadRequests:
    """Middleware that lets every route that answers GET answer HEAD.

    Args:
        app: the application it wraps.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return
        is_over = False

        async def gone_once_answered() -> Message:
            return {"type": "http.disconnect"} if is_over else await receive()

        async def headers_alone(message: Message) -> None:
            nonlocal is_over
            if message["type"] == "http.response.start":
                await send(message)
            elif not is_over:
                is_over = True  # a stream of events would go on for as long as somebody listens
                await send({"type": "http.response.body", "body": b""})

        await self.app({**scope, "method": "GET"}, gone_once_answered, headers_alone)
