"""The description of the API, by which people and generators of clients know it."""

from __future__ import annotations

import httpx

from glocal.service.app import API


def test_the_description_names_every_route_with_examples(client: httpx.Client) -> None:
    schema = client.get("openapi.json").json()
    assert all(path.startswith(API) or path in ("/health", "/ready", "/metrics") for path in schema["paths"])
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            assert operation["description"], f"{method} {path}"
            for status, answer in operation["responses"].items():
                assert (list(answer["content"]) == ["application/problem+json"]) == (int(status) >= 400)
    (photo,) = schema["components"]["schemas"]["Body_upload_query"]["properties"].values()
    assert photo["format"] == "binary"  # by which those who make clients know a file
    hit = schema["components"]["schemas"]["HitAnswer"]["properties"]
    assert hit["probability"]["examples"] == [0.998]
