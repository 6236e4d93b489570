"""Errors as answers: RFC 9457 problem documents that tell a client what to do, and nothing of the inside."""

from __future__ import annotations

import math
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from glocal.errors import CollectionError, ModelError, PhotoError, RegionError, StoreError, UnknownPhotoError
from glocal.service.json_logs import log

MEDIA_TYPE = "application/problem+json"

_NOT_READ_ON = (HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


class Problem(HTTPException):
    """An answer that is not what the client asked for. FastAPI lets it pass out of its own parsing as it is.

    Args:
        status: of the answer.
        detail: one sentence for the client, with the remedy.
        retry_after: seconds after which asking again makes sense.
    """

    def __init__(self, status: int, detail: str, *, retry_after: float | None = None) -> None:
        super().__init__(status, detail)
        self.retry_after = retry_after


def answer(problem: Problem) -> JSONResponse:
    """Return a problem as a response."""
    title = HTTPStatus(problem.status_code).phrase
    content = {"type": "about:blank", "title": title, "status": problem.status_code, "detail": problem.detail}
    headers = {}
    if problem.retry_after is not None:
        headers["Retry-After"] = str(max(1, math.ceil(problem.retry_after)))
    if problem.status_code in _NOT_READ_ON:
        headers["Connection"] = "close"  # the rest of the request is not read
    if problem.status_code == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(content, problem.status_code, headers, MEDIA_TYPE)


def sentence(subject: str, reason: str) -> str:
    """Say why something is refused: a reason goes on from what it is said of, or has a subject of its own."""
    if reason.startswith(("the ", "a ", "no ")):
        subject, reason = "", reason[:1].upper() + reason[1:]
    return f"{subject} {reason}".strip() + ("" if reason.endswith(".") else ".")


def explain(error: Exception) -> Problem:
    """Return what a client may know of an error."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, StoreError):
        log("failed", error=type(error).__name__, reason=str(error))
        return Problem(503, "The store of this photo does not give it now; try again later.", retry_after=10)
    if isinstance(error, PhotoError):
        return Problem(422, sentence("The photo", error.reason))
    if isinstance(error, UnknownPhotoError):
        return Problem(404, "There is no such photo in this collection.")
    if isinstance(error, RegionError):
        return Problem(422, sentence("The region", error.reason))
    log("failed", error=type(error).__name__, reason=str(error))
    if isinstance(error, CollectionError | ModelError):
        return Problem(503, "The collection cannot be used at the moment; ask its operator.", retry_after=10)
    return Problem(500, "Something went wrong inside; the operator's log tells more.")


def install(app: FastAPI) -> None:
    """Let an application answer every error as a problem."""

    async def known(_: Request, error: Exception) -> JSONResponse:
        return answer(explain(error))

    async def http(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        response = answer(Problem(error.status_code, str(error.detail)))
        response.headers.update(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            response.headers["Allow"] = ", ".join(sorted(_methods(request))) or response.headers.get("Allow", "")
        return response

    async def invalid(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        parts = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:5]]
        return answer(Problem(422, "; ".join(parts)))

    for kind in (Problem, PhotoError, RegionError, CollectionError, ModelError):
        app.add_exception_handler(kind, known)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, invalid)


def _methods(request: Request) -> set[str]:
    """Return the methods that the description has for a request's path; Starlette names those of one route alone."""
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    described = request.app.openapi()["paths"].items()
    methods = {method.upper() for name, there in described if compile_path(name)[0].match(path) for method in there}
    return methods | {"HEAD"} if "GET" in methods else methods
