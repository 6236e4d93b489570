"""The page's way to carry a token: a cookie that scripts cannot read."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from glocal.service.access import COOKIE, Access, access_of, access_of_token, session_value
from glocal.service.parameters import StateNow
from glocal.service.problems import Problem
from glocal.service.responses import SessionAnswer, Token
from glocal.service.worker_state import State

router = APIRouter(tags=["session"])

_SECONDS = 30 * 24 * 3600


@router.get("/session")
def session(state: StateNow, request: Request) -> SessionAnswer:
    """Say what the caller may do."""
    return _answer(state, access_of(state.settings, request.headers, request.cookies))


@router.post("/session")
def begin(state: StateNow, request: Request, response: Response, given: Token) -> SessionAnswer:
    """Exchange a token for a cookie."""
    access = access_of_token(state.settings, given.token)
    if state.settings.token is not None and access is Access.NONE:
        raise Problem(401, "This token is not known.")
    if access is not Access.NONE:
        secure = request.url.scheme == "https"
        value = session_value(given.token)
        response.set_cookie(COOKIE, value, max_age=_SECONDS, httponly=True, samesite="strict", secure=secure)
    return _answer(state, Access.WRITE if state.settings.token is None else access)


@router.delete("/session")
def end(state: StateNow, response: Response) -> SessionAnswer:
    """Forget the cookie."""
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return _answer(state, Access.WRITE if state.settings.token is None else Access.NONE)


def _answer(state: State, access: Access) -> SessionAnswer:
    names = {Access.NONE: "none", Access.READ: "read", Access.WRITE: "write"}
    return SessionAnswer.model_validate({"access": names[access], "token_needed": state.settings.token is not None})
