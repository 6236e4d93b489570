"""The page's way to carry a token: a cookie that scripts cannot read."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from glocal.service.access import COOKIE, Access, session_value
from glocal.service.bodies import Token
from glocal.service.parameters import StateNow
from glocal.service.problems import Problem
from glocal.service.responses import SessionAnswer
from glocal.service.worker_state import State

router = APIRouter(tags=["session"])

_SECONDS = 30 * 24 * 3600


@router.get("/session")
def session(state: StateNow, request: Request) -> SessionAnswer:
    """Say what the caller may do."""
    return _answer(state, state.tokens.caller(request.headers, request.cookies).access)


@router.post("/session")
def begin_session(state: StateNow, request: Request, response: Response, given: Token) -> SessionAnswer:
    """Exchange a token for a cookie."""
    access = state.tokens.owner(given.token).access
    if access is Access.NONE:
        raise Problem(401, "This token is not known.")
    if state.tokens.needed:
        secure = request.url.scheme == "https"
        value = session_value(given.token)
        path = f"{state.settings.root_path}/"
        response.set_cookie(COOKIE, value, max_age=_SECONDS, path=path, httponly=True, samesite="strict", secure=secure)
    return _answer(state, access)


@router.delete("/session")
def end_session(state: StateNow, response: Response) -> SessionAnswer:
    """Forget the cookie."""
    path = f"{state.settings.root_path}/"
    response.delete_cookie(COOKIE, path=path, httponly=True, samesite="strict")
    return _answer(state, Access.NONE if state.tokens.needed else Access.ADMIN)


def _answer(state: State, access: Access) -> SessionAnswer:
    return SessionAnswer.model_validate({"access": access.name.lower(), "token_needed": state.tokens.needed})
