"""The description of the API (OpenAPI 3.1), completed so that clients can be made from it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from glocal.service.problems import MEDIA_TYPE

_PROBLEM = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}


def completed(schema: dict[str, Any], *, needs_token: bool) -> dict[str, Any]:
    """Complete FastAPI's own description, in place.

    Problems get their own media type, files in requests the format by which generators of clients know them, and
    requests their token.

    Args:
        schema: as FastAPI makes it.
        needs_token: whether callers need one.
    """
    for path in schema["paths"].values():
        for operation in path.values():
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    answer["content"] = _PROBLEM
    for part in _parts(schema["components"]["schemas"]):
        if part.get("contentMediaType") == "application/octet-stream":
            part["format"] = "binary"
    if needs_token:
        schema["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        schema["security"] = [{"token": []}]
    return schema


def _parts(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object in a JSON value."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for child in value:
            yield from _parts(child)
