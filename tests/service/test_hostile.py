"""Hostile input by the thousand: only refusals, and a server that lives."""

from __future__ import annotations

import io
import random
import struct
import subprocess
import sys
import zlib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import hostile_photos
import httpx
import pytest
from PIL import Image
from service_process import ServiceProcess

from glocal.images import photo_size
from glocal.service.settings import Settings

UPLOADS = 2000
NAMES = (
    "../../etc/passwd",
    "a\0b.jpg",
    "..\\..\\x.png",
    "C:/con",
    "x" * 300,
    "\r\nX: y",
    "%2e%2e/",
    "",
    ".",
    "-rf.jpg",
    "a.svg",
)


def seeds() -> list[bytes]:
    import pillow_heif

    noise = Image.effect_noise((96, 64), 60).convert("RGB")
    made = []
    for kind, options in (
        ("JPEG", {}),
        ("PNG", {}),
        ("WEBP", {}),
        ("GIF", {}),
        ("TIFF", {}),
        ("BMP", {}),
        ("JPEG", {"progressive": True}),
    ):
        stream = io.BytesIO()
        noise.save(stream, kind, **options)
        made.append(stream.getvalue())
    stream = io.BytesIO()
    pillow_heif.from_pillow(noise).save(stream)
    return [*made, stream.getvalue()]


def png_claiming(width: int, height: int, data: bytes = b"") -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def mutated(photo: bytes, rng: random.Random) -> bytes:
    data = bytearray(photo)
    match rng.randrange(5):
        case 0:
            del data[rng.randrange(1, len(data)) :]
        case 1:
            for _ in range(rng.randrange(1, 40)):
                data[rng.randrange(len(data))] = rng.randrange(256)
        case 2:
            at = rng.randrange(len(data))
            data[at:at] = rng.randbytes(rng.randrange(1, 400))
        case 3:
            at = rng.randrange(min(64, len(data) - 8))
            data[at : at + 4] = rng.choice([b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff"])
        case _:
            at = rng.randrange(len(data))
            del data[at : at + rng.randrange(1, 200)]
    # A mutation may leave a good photo; what follows cannot be one in any case.
    return bytes(data)


def hostile(count: int) -> Iterator[tuple[str, bytes]]:
    rng = random.Random(7)
    good = seeds()
    bomb = zlib.compress(b"\0" * 20_000_000, 9)
    fixed = [
        png_claiming(60_000, 60_000, bomb),
        png_claiming(2**31 - 1, 2**31 - 1),
        png_claiming(0, 5),
        png_claiming(100, 100, bomb[:1000]),
        b"GIF89a" + good[0],
        good[1][:100] + b"<script>alert(1)</script>" + good[0],
        b"PK\3\4" + good[0],
        b"%PDF-1.7\n" + good[1],
        b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>",
        b"P6\n999999999 999999999\n255\n",
        b"#!/bin/sh\nrm -rf /\n",
        b"\0" * 100_000,
    ]
    for number in range(count):
        name = rng.choice(NAMES)
        if number % 10 == 0:
            yield name, rng.choice(fixed)
        else:
            yield name, mutated(rng.choice(good), rng)


@pytest.mark.slow
def test_hostile_uploads_are_refused_and_the_server_lives(service: ServiceProcess, client: httpx.Client) -> None:
    """A mutation that still decodes is a photo, and searching with it is no failure."""
    codes: Counter[int] = Counter()

    def send(one: tuple[str, bytes]) -> None:
        name, content = one
        response = client.post(
            "collections/demo/search", files={"photo": (name, content)}, params={"rerank": 0, "mode": "fast"}
        )
        while response.status_code == 429:
            response = client.post(
                "collections/demo/search", files={"photo": (name, content)}, params={"rerank": 0, "mode": "fast"}
            )
        if response.status_code == 200:
            width, height = photo_size(content)
            assert width * height <= service.settings.max_pixels
        codes[response.status_code] += 1

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send, hostile(UPLOADS)))
    assert sum(codes.values()) == UPLOADS
    assert set(codes) <= {200, 400, 413, 422}
    assert codes[422] > UPLOADS / 3
    assert service.process.poll() is None
    assert client.get("collections").status_code == 200
    assert "crashed" not in service.log.read_text()


SLOW = {
    "segments": (lambda: hostile_photos.jpeg_of_segments(4000), "has more than 1000 segments in its header"),
    "scans": (lambda: hostile_photos.jpeg_of_scans(10_000), "has more than 100 scans"),
    "chunks": (lambda: hostile_photos.png_of_chunks(400_000), "has more than 100000 chunks"),
    "strips": (lambda: hostile_photos.tiff_of_strips(900_000), "has more than 100000 strips"),
    "comment": (lambda: hostile_photos.pnm_of_comment(7_000_000), "has a header of more than 65536 bytes"),
    "runs": (lambda: hostile_photos.bmp_of_runs(3_900_000), "has more than 4194304 bytes of run-length"),
}


@pytest.mark.parametrize("name", SLOW)
def test_photos_of_too_many_parts_are_refused(name: str, client: httpx.Client) -> None:
    build, reason = SLOW[name]
    for route in ("queries", "collections/demo/search"):
        response = client.post(route, files={"photo": (name, build())})
        if response.status_code == 201:  # its scans are only counted when it is decoded
            continue
        assert response.status_code == 422
        assert reason in response.json()["detail"]


@pytest.mark.slow
def test_a_photo_that_takes_long_keeps_no_other_client_waiting(
    client: httpx.Client, service: ServiceProcess, kayak: bytes
) -> None:
    """Ten frames of 64 megapixels take ten seconds; meanwhile another client gets what it asked for."""
    slow = hostile_photos.gif_of_frames(10, (8000, 8000))
    searched = "collections/demo/search"
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(client.post, searched, files={"photo": slow})
        for _ in range(2):  # the first may come before the slow one
            assert client.post(searched, files={"photo": kayak}, params={"mode": "fast"}).status_code == 200
        assert not answer.done()
    assert answer.result().status_code in {200, 422}  # it takes about as long as is allowed
    assert client.post(searched, files={"photo": kayak}).status_code == 200


@pytest.mark.slow
def test_the_description_holds_for_generated_requests(own_copy: Path, tmp_path: Path) -> None:
    """The requests also remove photos, so the collection is one of its own."""
    pytest.importorskip("schemathesis")
    settings = Settings({"demo": own_copy}, tmp_path / "state", followed_seconds=1)  # a stream that ends can be judged
    with ServiceProcess(settings, tmp_path / "log") as service:
        done = generated_requests(service)
        assert service.process.poll() is None
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def generated_requests(service: ServiceProcess) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable, "-m", "schemathesis.cli", "run", f"{service.api}/openapi.json", "--url", service.url,
        "--max-examples", "12", "--phases", "examples,coverage,fuzzing",
        # All checks but one: bytes that are no photo meet the description, and are refused all the same.
        "--exclude-checks", "positive_data_acceptance",
        "--generation-database", "none", "--seed", "1", "--request-timeout", "20", "--no-color",
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, timeout=1200, check=False)
