"""What is said of photos that were read although something is wrong with their files."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from example_photos import EXAMPLES
from PIL import Image

from glocal.errors import PhotoError
from glocal.images import note_of, read_photo

EXAMPLE = EXAMPLES / "scale_beach/beach01.jpg"


def encoded(kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    with Image.open(EXAMPLE) as image:
        image.resize((48, 40)).save(stream, kind, **options)
    return stream.getvalue()


def test_a_photo_that_was_mended_says_so(tmp_path: Path) -> None:
    kinds = {"whole.jpg": encoded("JPEG"), "whole.png": encoded("PNG"), "film.jpg": encoded("JPEG") + b"film" * 99}
    kinds |= {"cut.jpg": encoded("JPEG")[:-40], "cut.png": encoded("PNG")[:-40], "other.webp": encoded("WEBP")}
    comment = struct.pack(">I", 4) + b"tEXta\0bc" + b"wrong"[:4]
    kinds["comment.png"] = encoded("PNG")[:33] + comment + encoded("PNG")[33:]
    kinds["pixels.png"] = with_wrong_checksum(encoded("PNG"), b"IDAT")
    kinds["header.png"] = with_wrong_checksum(encoded("PNG"), b"IHDR")
    notes = {}
    for name, content in kinds.items():
        (tmp_path / name).write_bytes(content)
        assert read_photo(content).shape == (40, 48, 3), name
        notes[name] = note_of(tmp_path / name)
    assert {name for name, note in notes.items() if note} == {"cut.jpg", "cut.png", "comment.png", "header.png"}
    assert "header or palette" in notes["header.png"]
    assert "last bytes are missing" in notes["cut.png"]
    assert "beside the pixels" in notes["comment.png"]
    for name in ("comment.png", "pixels.png", "header.png"):
        np.testing.assert_array_equal(read_photo(kinds[name]), read_photo(kinds["whole.png"]))


def with_wrong_checksum(png: bytes, kind: bytes) -> bytes:
    """The PNG with a bit of one chunk's checksum flipped, and nothing else."""
    place = png.index(kind)
    end = place + 4 + int.from_bytes(png[place - 4 : place])
    return png[:end] + bytes([png[end] ^ 1]) + png[end + 1 :]


def test_damaged_pixels_are_no_note_but_an_error() -> None:
    """Their own checksum, Adler-32 (RFC 1950), tells; a note need not read them again."""
    photo = bytearray(encoded("PNG", compress_level=0))
    photo[photo.index(b"IDAT") + 3000] ^= 8
    with pytest.raises(PhotoError, match="the PNG data is damaged"):
        read_photo(bytes(photo))
