"""Photos built to be slow: small files of a great many parts, written from the specifications."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from PIL import Image


def saved(kind: str, size: tuple[int, int] = (64, 48), **options: object) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, (200, 30, 40)).save(stream, kind, **options)
    return stream.getvalue()


def jpeg_of_segments(count: int, payload: bytes = b"Exif\0\0", size: int = 8) -> bytes:
    """APP1 segments, each of `size` bytes after its payload."""
    photo = saved("JPEG")
    body = payload + bytes(size)
    segment = b"\xff\xe1" + struct.pack(">H", 2 + len(body)) + body
    return photo[:2] + count * segment + photo[2:]


def jpeg_of_padding(count: int, byte: bytes = b"\xff") -> bytes:
    """Fill bytes after the first segment."""
    photo = saved("JPEG")
    end = 4 + int.from_bytes(photo[4:6])
    return photo[:end] + count * byte + photo[end:]


def jpeg_of_scans(count: int, size: tuple[int, int] = (64, 48)) -> bytes:
    """A progressive JPEG with so many more scans of one component that say nothing."""
    photo = saved("JPEG", size, progressive=True)
    scan = b"\xff\xda" + struct.pack(">HBBBBBB", 8, 1, 1, 0, 1, 5, 0)
    return photo[:-2] + count * scan + photo[-2:]


def jpeg_of_tables(count: int) -> bytes:
    """A progressive JPEG with so many comments among its scans."""
    photo = saved("JPEG", progressive=True)
    return photo[:-2] + count * b"\xff\xfe\0\2" + photo[-2:]


def chunk(kind: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_of_chunks(count: int, kind: bytes = b"IDAT") -> bytes:
    """Empty chunks before the pixels."""
    photo = saved("PNG")
    place = photo.index(b"IDAT") - 4
    return photo[:place] + count * chunk(kind) + photo[place:]


def gif_of_blocks(count: int) -> bytes:
    """A comment in blocks of one byte, before the picture."""
    photo = saved("GIF")
    place = 13 + 3 * 2 ** ((photo[10] & 7) + 1)
    return photo[:place] + b"!\xfe" + count * b"\1a" + b"\0" + photo[place:]


def tiff_of_strips(count: int) -> bytes:
    """A picture one pixel wide, of `count` rows that are a strip each and all the same byte."""
    place, size = 8, 4 * count
    tags = {
        256: (4, 1, 1), 257: (4, 1, count), 258: (3, 1, 8), 259: (3, 1, 1), 262: (3, 1, 1), 273: (4, count, place),
        277: (3, 1, 1), 278: (4, 1, 1), 279: (4, count, place + size),
    }  # fmt: skip
    entries = b"".join(struct.pack("<HHII", tag, *entry) for tag, entry in tags.items())
    arrays = np.full(count, place, "<u4").tobytes() + np.ones(count, "<u4").tobytes()
    return b"II*\0" + struct.pack("<I", place + 2 * size) + arrays + struct.pack("<H", len(tags)) + entries + bytes(4)


def tiff_of_shared_values(tags: int, size: int) -> bytes:
    """So many private tags that all point to the same bytes."""
    photo = saved("TIFF")
    (directory,) = struct.unpack_from("<I", photo, 4)
    (count,) = struct.unpack_from("<H", photo, directory)
    entries = photo[directory + 2 : directory + 2 + 12 * count]
    place = len(photo)
    more = b"".join(struct.pack("<HHII", 50000 + tag, 7, size, place) for tag in range(tags))
    moved = photo[:4] + struct.pack("<I", place + size) + photo[8:]
    return moved + bytes(size) + struct.pack("<H", count + tags) + entries + more + bytes(4)


def bmp_of_runs(count: int) -> bytes:
    """Run-length compressed rows, two bytes a run."""
    header = struct.pack("<IiiHHIIiiII", 40, 4000, 4000, 1, 8, 1, 0, 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHI", 0, 0, 0, 14 + 40 + 1024) + header + bytes(1024) + count * b"\x01\x05"


def pnm_of_comment(count: int) -> bytes:
    return b"P6 #" + count * b"x" + b"\n1 1 255\nabc"


def gif_of_frames(count: int, size: tuple[int, int]) -> bytes:
    """An animation of so many frames that are all the same and of one colour."""
    photo = saved("GIF", size)
    start = 13 + 3 * 2 ** ((photo[10] & 7) + 1)
    return photo[:start] + count * photo[start:-1] + photo[-1:]
