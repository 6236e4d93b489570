"""Photos decoded in processes of their own: the same pixels and the same words, and what such a process may take."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import hostile_photos as hostile
import numpy as np
import psutil
import pytest
from example_photos import EXAMPLES
from PIL import Image

import glocal
from glocal.errors import PhotoError
from glocal.images import Photo, isolated_decoders, photo_size, read_decoded, read_photo, save_picture

BEACH = EXAMPLES / "scale_beach/beach01.jpg"
KAYAK = EXAMPLES / "stitch_kayak/kayak_01.jpg"
FORMATS = ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "AVIF", "BMP", "PPM"]
REFUSED: list[Photo] = [
    b"",
    "",
    b"no photo",
    "/nowhere/a.jpg",
    "/dev/zero",
    "a\0b.jpg",
    str(EXAMPLES),
    BEACH.read_bytes()[:3000],
    hostile.png_of_chunks(2000, b"tEXt"),
    hostile.jpeg_of_scans(200),
]
needs_proc = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs Linux's /proc to find processes")


@pytest.fixture(scope="module")
def isolated() -> Iterator[None]:
    with isolated_decoders():
        yield


def decoders() -> set[int]:
    """Process ids of the children of this process."""
    return {child.pid for child in psutil.Process().children()}


def wait_until_dead(process: int) -> None:
    while Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z":
        time.sleep(0.01)


@pytest.mark.slow
def test_pixels_are_those_decoded_in_this_process(tmp_path: Path) -> None:
    paths = [tmp_path / f"a photo\udcff.{kind}" for kind in FORMATS]
    with Image.open(BEACH) as image:
        for path, kind in zip(paths, FORMATS, strict=True):
            image.save(path, kind)
    here = [(read_decoded(path), read_decoded(path, fit=100), photo_size(path)) for path in paths]
    with isolated_decoders():
        there = [(read_decoded(path), read_decoded(path.read_bytes(), fit=100), photo_size(path)) for path in paths]
    for (*whole, size), (*other_whole, other_size) in zip(here, there, strict=True):
        assert size == other_size
        for one, other in zip(whole, other_whole, strict=True):
            assert one.size == other.size == size
            np.testing.assert_array_equal(one.pixels, other.pixels)
            assert not other.pixels.flags.writeable


def refusal(photo: Photo) -> str:
    with pytest.raises(PhotoError) as caught:
        read_photo(photo)
    return str(caught.value)


def test_refusals_are_those_of_this_process() -> None:
    here = list(map(refusal, REFUSED))
    with isolated_decoders():
        assert list(map(refusal, REFUSED)) == here


def test_limits_of_pixels_hold(isolated: None) -> None:
    with pytest.raises(PhotoError, match="pixels are more than the limit of 1000; make a smaller copy"):
        read_photo(BEACH, max_pixels=1000)


def test_relative_paths_follow_the_current_folder(isolated: None, monkeypatch: pytest.MonkeyPatch) -> None:
    read_photo(BEACH)  # the decoder runs already, in another folder
    monkeypatch.chdir(BEACH.parent)
    assert read_photo(BEACH.name).shape == read_photo(BEACH).shape


@pytest.mark.slow
def test_many_threads_get_their_own_photos(isolated: None) -> None:
    paths = sorted(EXAMPLES.rglob("*.jpg"))[:16]
    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(photo_size, 3 * paths))
    sizes = []
    for path in paths:
        with Image.open(path) as image:
            sizes.append(image.size)
    assert read == 3 * sizes


@needs_proc
def test_no_process_is_left() -> None:
    before = decoders()
    with isolated_decoders():
        assert decoders() == before
        read_photo(BEACH)
        (decoder,) = decoders() - before
    assert decoder not in decoders()


@pytest.mark.slow
@needs_proc
def test_a_decoder_that_was_killed_while_it_waited_is_replaced() -> None:
    before = decoders()
    with isolated_decoders():
        read_photo(BEACH)
        (decoder,) = decoders() - before
        os.kill(decoder, signal.SIGKILL)
        wait_until_dead(decoder)
        assert read_photo(BEACH).shape == read_photo(BEACH).shape


@pytest.mark.slow
@needs_proc
def test_a_decoder_that_crashes_costs_its_photo_alone() -> None:
    before = decoders()
    with isolated_decoders():
        read_photo(BEACH)
        (decoder,) = decoders() - before

        def crash() -> None:
            os.kill(decoder, signal.SIGSEGV)
            os.kill(decoder, signal.SIGCONT)

        os.kill(decoder, signal.SIGSTOP)  # so that it is at the photo until it crashes
        threading.Timer(0.5, crash).start()
        with pytest.raises(PhotoError, match=rf"{KAYAK.name}: makes its decoder fail \(SIGSEGV\); save it anew with"):
            read_photo(KAYAK)
        assert decoder not in decoders()
        assert read_photo(BEACH).size > 0


@pytest.mark.slow
@needs_proc
def test_a_process_that_is_forked_has_decoders_of_its_own(isolated: None) -> None:
    expected = read_photo(KAYAK)
    child = os.fork()
    if child == 0:
        same = [np.array_equal(read_photo(KAYAK), expected) for _ in range(20)]
        os._exit(0 if all(same) else 1)
    others = [np.array_equal(read_photo(BEACH), read_photo(BEACH)) for _ in range(20)]
    assert all(others)
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.slow
@needs_proc
def test_a_decoder_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    code = f"""
import os, sys
import psutil
from glocal.images import isolated_decoders, read_photo
with isolated_decoders():
    read_photo({str(BEACH)!r})
    print(*[child.pid for child in psutil.Process().children()], flush=True)
    os.kill(os.getpid(), 9)
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    decoder = Path(f"/proc/{int(done.stdout)}/stat")
    deadline = time.monotonic() + 30
    while decoder.exists() and " Z " not in decoder.read_text("ascii"):
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["AddressSpaceLimit", "WatchedMemory"])
def test_memory_is_limited_by_either_way(kind: str) -> None:
    """Both allow what is below the limit, and neither what is above it."""
    if kind == "AddressSpaceLimit" and not Path("/proc/self/statm").exists():
        pytest.skip("this system refuses no memory")
    folder = Path(glocal.__file__).parent
    packages = {
        "glocal": str(folder),
        "glocal.images": str(folder / "images"),
        "glocal.images.isolation": str(folder / "images/isolation"),
    }
    code = f"""
import sys, time, types
for name, folder in {packages!r}.items():  # without what else the packages load
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = [folder]
from glocal.images.isolation.enforcement import {kind}
limit = {kind}()
limit.set(1 << 30)
below = bytearray(800 << 20)
time.sleep(0.1)
print("below", flush=True)
above = bytearray(800 << 20)
time.sleep(60)
"""
    # By way of a shell, for Linux lets a program's peak begin with that of the process that started it.
    started = ["sh", "-c", '"$0" -c "$1"; exit $?', sys.executable, code]
    done = subprocess.run(started, capture_output=True, text=True, check=False)
    assert done.stdout == "below\n"
    assert done.returncode == {"AddressSpaceLimit": 1, "WatchedMemory": 77}[kind]
    assert done.stderr == "" or done.stderr.splitlines()[-1] == "MemoryError"


@pytest.mark.slow
def test_a_photo_that_takes_too_long_is_refused(isolated: None, tmp_path: Path) -> None:
    path = tmp_path / "slow.gif"
    path.write_bytes(hostile.gif_of_frames(10, (12000, 12000)))
    with pytest.raises(PhotoError, match=r"slow.gif: takes more than 10 seconds to be decoded; save it anew with"):
        read_photo(path)
    assert read_photo(BEACH).size > 0


@pytest.mark.slow
def test_a_photo_that_takes_too_much_memory_is_refused(isolated: None, tmp_path: Path) -> None:
    """Of 50 megapixels in floats of 64 bits, 24 bytes a pixel as they are stored."""
    write = pytest.importorskip("tifffile").imwrite
    path = tmp_path / "large.tif"
    write(path, np.zeros((5000, 10_000, 3)), photometric="rgb", compression="zlib")
    with pytest.raises(PhotoError, match=r"large.tif: does not fit in memory; make a smaller copy"):
        read_photo(path)


@pytest.mark.slow
def test_the_largest_photos_of_a_service_fit(isolated: None, tmp_path: Path) -> None:
    """64 megapixels in the format that takes most."""
    path = tmp_path / "large.webp"
    save_picture(np.full((8000, 8000, 3), 200, np.uint8), path)
    assert read_photo(path).shape == (8000, 8000, 3)
