"""Search a running glocal service, and save the proof of the best hit. Needs `pip install httpx`.

    python examples/client/search.py examples/photos/stitch_kayak/kayak_02.jpg

The token, if the service needs one, is taken from GLOCAL_TOKEN, its address from GLOCAL_URL.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import httpx


def main(query: Path) -> None:
    """Upload the query once, search, print the hits, save the proof of the second (the first may be itself)."""
    token = os.environ.get("GLOCAL_TOKEN")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    address = os.environ.get("GLOCAL_URL", "http://127.0.0.1:8000")
    with httpx.Client(base_url=f"{address}/api/v1/", headers=headers, timeout=60) as client:
        name = get(client, "collections").json()["collections"][0]["name"]
        with query.open("rb") as photo:
            uploaded = client.post("queries", files={"photo": (query.name, photo)}).raise_for_status().json()
        answer = get(client, f"collections/{name}/search", view=uploaded["view"], top=10).json()
        for hit in answer["hits"]:
            proof = f"{hit['inliers']} inliers" if hit["inliers"] is not None else "not verified"
            print(f"{hit['photo']['name']:40}  {hit['verdict']:7}  {hit['probability']:6.1%}  {proof}")  # noqa: T201
        best = answer["hits"][min(1, len(answer["hits"]) - 1)]["photo"]["id"]
        proof = get(client, f"collections/{name}/photos/{best}/proof.png", view=uploaded["view"])
        Path("proof.png").write_bytes(proof.content)


def get(client: httpx.Client, path: str, **params: str | int) -> httpx.Response:
    """Ask, and ask again when the service says that it is busy."""
    while (response := client.get(path, params=params)).status_code == httpx.codes.TOO_MANY_REQUESTS:
        time.sleep(float(response.headers["Retry-After"]))
    return response.raise_for_status()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
