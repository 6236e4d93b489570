"""The API of a real server, over real connections."""

from __future__ import annotations

import io
import json
import socket
import threading
from pathlib import Path

import httpx
import pytest
from PIL import Image
from service_process import ServiceProcess
from waiting import becomes

from glocal.collection import Collection


def upload(photo: bytes, name: str = "q.jpg") -> dict[str, tuple[str, bytes]]:
    return {"photo": (name, photo)}


def events(text: str) -> list[tuple[str, dict[str, object]]]:
    found = [part.split("\n") for part in text.split("\n\n") if part.startswith("event:")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in found]


def test_search_by_upload_finds_the_same_place_first(client: httpx.Client, kayak: bytes) -> None:
    answer = client.post("collections/demo/search", files=upload(kayak), params={"top": 5}).json()
    names = [hit["photo"]["name"] for hit in answer["hits"]]
    assert names[0] == "stitch_kayak/kayak_02.jpg"
    assert set(names[:3]) == {f"stitch_kayak/kayak_0{n}.jpg" for n in (1, 2, 3)}
    best = answer["hits"][0]
    assert best["inliers"] > 20
    assert best["probability"] > 0.5
    assert len(answer["hits"]) == 5
    again = client.get("collections/demo/search", params={"view": answer["views"], "top": 5}).json()
    assert again["hits"] == answer["hits"]


def test_search_with_a_photo_of_the_collection(client: httpx.Client) -> None:
    listed = client.get("collections/demo/photos").json()["photos"]
    wanted = next(photo for photo in listed if "kayak_01" in photo["name"])
    hits = client.get("collections/demo/search", params={"view": f"photo:{wanted['id']}"}).json()["hits"]
    assert hits[0]["photo"] == wanted
    both = client.get("collections/demo/search", params={"view": [f"photo:{p['id']}" for p in listed[:2]]}).json()
    assert {hit["view"] for hit in both["hits"]} == {0, 1}


def test_how_hard_to_look_decides_at_which_angles(client: httpx.Client, kayak: bytes) -> None:
    with Image.open(io.BytesIO(kayak)) as photo:
        laid = io.BytesIO()
        photo.transpose(Image.Transpose.ROTATE_90).save(laid, "jpeg", quality=95)
    view = client.post("queries", files=upload(laid.getvalue())).json()["view"]
    found = {}
    for mode in ("fast", "balanced", "thorough"):
        answer = client.get("collections/demo/search", params={"view": view, "mode": mode}).json()
        found[mode] = {hit["photo"]["name"]: hit for hit in answer["hits"]}["stitch_kayak/kayak_02.jpg"]
    assert found["fast"]["inliers"] < found["balanced"]["inliers"] <= found["thorough"]["inliers"]
    assert found["balanced"]["proved"]
    where = f"collections/demo/photos/{found['balanced']['photo']['id']}/proof"
    for mode, hit in found.items():
        assert client.get(where, params={"view": view, "mode": mode}).json()["inliers"] == hit["inliers"]
    refused = client.get("collections/demo/search", params={"view": view, "mode": "hard"})
    assert refused.status_code == 422


def test_a_region_is_searched_and_bad_ones_are_refused(client: httpx.Client, kayak: bytes) -> None:
    view = client.post("queries", files=upload(kayak)).json()
    assert (view["width"], view["height"]) == (640, 480)
    assert client.get(f"queries/{view['view'].removeprefix('upload:')}").json() == view
    whole = client.get("collections/demo/search", params={"view": view["view"]}).json()
    part = client.get("collections/demo/search", params={"view": view["view"], "region": "300,200,300,250"}).json()
    assert part["hits"][0]["similarity"] != whole["hits"][0]["similarity"]
    for region in (
        "1,2,3",
        "a,b,c,d",
        "0,0,0,5",
        "600,400,300,300",
        "nan,0,1,1",
        "inf,0,1,1",
        "-50,0,99,99",
        "640,0,1,100",
    ):
        refused = client.get("collections/demo/search", params={"view": view["view"], "region": region})
        assert refused.status_code == 422, region
        assert "demo" not in refused.json()["detail"]
        assert "/" not in refused.json()["detail"]


def test_the_stream_brings_candidates_and_then_the_answer(client: httpx.Client, kayak: bytes) -> None:
    view = client.post("queries", files=upload(kayak)).json()["view"]
    response = client.get("collections/demo/search/stream", params={"view": view})
    assert response.headers["content-type"].startswith("text/event-stream")
    (first, candidates), (second, verified) = events(response.text)
    assert (first, second) == ("candidates", "verified")
    assert all(hit["inliers"] is None for hit in candidates["hits"])  # type: ignore[attr-defined]
    assert verified["hits"] == client.get("collections/demo/search", params={"view": view}).json()["hits"]
    refused = client.get("collections/demo/search/stream", params={"view": "photo:999"})
    assert refused.status_code == 404


def test_the_proof_in_numbers_and_as_pictures(client: httpx.Client, kayak: bytes) -> None:
    # two hits, so that no more proofs make it more probable than the pair alone is
    answer = client.post("collections/demo/search", params={"top": 2}, files=upload(kayak)).json()
    view, hit = answer["views"][0], answer["hits"][1]
    place = f"collections/demo/photos/{hit['photo']['id']}"
    proof = client.get(f"{place}/proof", params={"view": view}).json()
    assert (proof["inliers"], proof["correspondences"]) == (hit["inliers"], hit["correspondences"])
    assert proof["verdict"] == hit["verdict"] == "proved"
    assert proof["probability"] == pytest.approx(hit["probability"])
    assert len(proof["points"]) == proof["inliers"]
    for x, y, u, v in proof["points"]:  # the transform is right to some pixels
        (a, b, c), (d, e, f), (g, h, i) = proof["transform"]
        w = g * x + h * y + i
        assert abs((a * x + b * y + c) / w - u) + abs((d * x + e * y + f) / w - v) < 40
    for path, params, kind in (
        (f"{place}/proof.png", {"view": view}, "PNG"),
        (f"{place}/picture", {"size": "320"}, "JPEG"),
        ("collections/demo/attention", {"view": view}, "JPEG"),
        (f"queries/{view.removeprefix('upload:')}/picture", {}, "JPEG"),
    ):
        response = client.get(path, params=params)
        with Image.open(io.BytesIO(response.content)) as image:
            assert image.format == kind
            assert max(image.size) <= 1600
    original = client.get(f"{place}/file")
    assert "attachment" in original.headers["content-disposition"]


def test_pictures_are_cached_by_content(client: httpx.Client) -> None:
    photo = client.get("collections/demo/photos").json()["photos"][0]["id"]
    first = client.get(f"collections/demo/photos/{photo}/picture?size=320")
    again = client.get(
        f"collections/demo/photos/{photo}/picture?size=320", headers={"If-None-Match": first.headers["etag"]}
    )
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")


def test_match_compares_two_uploads(client: httpx.Client, kayak: bytes, example_photos) -> None:  # type: ignore[no-untyped-def]
    other = (example_photos / "stitch_kayak/kayak_01.jpg").read_bytes()
    proof = client.post("collections/demo/match", files={"a": ("a", kayak), "b": ("b", other)}).json()
    assert proof["inliers"] > 20
    assert proof["query_size"] == [640, 480]


def test_photos_are_listed_page_by_page(client: httpx.Client) -> None:
    seen: list[int] = []
    after: int | None = None
    while True:
        page = client.get("collections/demo/photos", params={"limit": 2, **({"after": after} if after else {})}).json()
        seen += [photo["id"] for photo in page["photos"]]
        after = page["next"]
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 6


def test_mistakes_are_problems_in_plain_words(client: httpx.Client, kayak: bytes) -> None:
    cases = [
        (client.get("collections/other"), 404),
        (client.get("collections/demo/photos/12345"), 404),
        (client.get("collections/demo/photos/zero"), 422),
        (client.get("collections/demo/search"), 422),
        (client.get("collections/demo/search", params={"view": "upload:" + "0" * 32}), 404),
        (client.get("collections/demo/search", params={"view": "photo:../../etc/passwd"}), 422),
        (client.get("collections/demo/search", params={"view": "photo:1", "where": "[1]"}), 422),
        (client.get("collections/demo/search", params={"view": "photo:1", "where": "{" * 1000}), 422),
        (client.get("collections/demo/search", params={"view": ["photo:1"] * 9}), 422),
        (client.get("collections/demo/search", params={"view": "photo:1", "top": 0}), 422),
        (client.post("collections/demo/search", files=upload(b"text", "q.jpg")), 422),
        (client.post("collections/demo/search", files=upload(kayak[:5000])), 422),
        (client.post("collections/demo/search", content=b"x", headers={"content-type": "multipart/form-data"}), 400),
        (client.post("collections/demo/folders", json={"root": "x", "folder": "/etc"}), 404),
        (client.get("jobs/none"), 404),
        (client.put("jobs"), 405),
        (client.get("nothing"), 404),
    ]
    for response, status in cases:
        assert response.status_code == status, response.text
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["status"] == status
        assert not any(word in response.text for word in ("Traceback", "/tmp", "site-packages", ".py"))


def test_large_and_endless_requests_are_cut_off(service: ServiceProcess, client: httpx.Client) -> None:
    nine = b"\0" * (9 * 1024 * 1024)
    assert client.post("queries", files=upload(nine)).status_code == 413

    def endless():
        yield b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n'
        for _ in range(200):
            yield b"\0" * 100_000

    try:
        response = client.post(
            "queries", content=endless(), headers={"Content-Type": "multipart/form-data; boundary=x"}
        )
        assert response.status_code == 413
    except httpx.WriteError:
        pass  # the server hung up while we were still sending
    assert client.get("collections").status_code == 200


def test_every_answer_is_hardened(client: httpx.Client, service: ServiceProcess) -> None:
    for url in (
        service.url,
        f"{service.url}/static/none/js/main.js",
        f"{service.api}/collections",
        f"{service.api}/nothing",
    ):
        headers = client.get(url).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "server" not in headers
    page = client.get(service.url).text
    assert '<script type="module" src=' in page
    assert " style=" not in page
    assert "http" not in page.replace("http-equiv", "")


@pytest.mark.parametrize(
    "path", ["/static/../settings.py", "/static/%2e%2e/settings.py", "/static/..%2fapp.py", "/static//etc/passwd"]
)
def test_static_files_are_those_of_the_page_alone(service: ServiceProcess, path: str) -> None:
    with socket.create_connection(("127.0.0.1", service.settings.port)) as raw:
        raw.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: raw.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 404")


def test_other_names_and_pages_are_refused(client: httpx.Client, kayak: bytes) -> None:
    assert client.get("collections", headers={"Host": "evil.example"}).status_code == 421
    assert client.post("queries", files=upload(kayak), headers={"Origin": "https://evil.example"}).status_code == 403


def test_operations(client: httpx.Client, service: ServiceProcess) -> None:
    assert client.get(f"{service.url}/health").text == "ok\n"
    client.get("collections/demo")
    metrics = client.get(f"{service.url}/metrics").text
    assert 'glocal_photos{collection="demo"} 6.0' in metrics
    assert "glocal_requests_total{" in metrics
    becomes(lambda: service.log.read_text().count('"route": "/health"') > 0, expected=True)
    lines = [json.loads(line) for line in service.log.read_text().splitlines() if line.startswith("{")]
    requests = [line for line in lines if line["event"] == "request"]
    assert {"method", "route", "status", "ms", "request"} <= requests[-1].keys()
    assert "view=" not in service.log.read_text()


def test_searches_at_once_agree(client: httpx.Client, service: ServiceProcess) -> None:
    photo = client.get("collections/demo/photos").json()["photos"][0]["id"]
    answers: list[list[int]] = []

    def ask() -> None:
        response = httpx.get(f"{service.api}/collections/demo/search", params={"view": f"photo:{photo}"}, timeout=60)
        answers.append([hit["photo"]["id"] for hit in response.json()["hits"]])

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8
    assert all(answer == answers[0] for answer in answers)


def test_the_service_says_what_the_library_says(client: httpx.Client, indexed: Path) -> None:
    query = indexed / "photos" / "stitch_kayak" / "kayak_01.jpg"
    view = client.post("queries", files=upload(query.read_bytes())).json()["view"]
    answer = client.get("collections/demo/search", params={"view": view, "region": "0,0,400,300"}).json()
    with Collection.open(indexed / "collection") as collection:
        hits = collection.search(query, (0, 0, 400, 300))
    assert len(hits) == len(answer["hits"])
    assert {"proved", "similar"} <= {hit["verdict"] for hit in answer["hits"]}
    for said, hit in zip(answer["hits"], hits, strict=True):
        assert (said["photo"]["id"], said["proved"], said["verdict"]) == (hit.photo, hit.proved, hit.verdict)
        assert (said["agreement"] is None) == (hit.agreement is None)
        if hit.agreement is not None:
            assert said["agreement"]["query_share"] == pytest.approx(hit.agreement.query_share)
    proof = client.get(
        f"collections/demo/photos/{hits[0].photo}/proof", params={"view": view, "region": "0,0,400,300"}
    ).json()
    assert proof["verdict"] == "proved"
    assert proof["agreement"]["photo_share"] == pytest.approx(hits[0].agreement.photo_share, abs=0.05)
