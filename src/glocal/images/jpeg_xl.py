"""JPEG XL (ISO/IEC 18181): its header read here, so that size and limits are known before anything is decoded."""

from __future__ import annotations

from typing import IO, Any

from numpy.typing import NDArray

from glocal.images.array_file import ArrayFile
from glocal.images.boxes import boxes
from glocal.images.extra_formats import package_for

CODESTREAM_START = b"\xff\x0a"
FILE_START = b"\0\0\0\x0cJXL \r\n\x87\n"

_HEADER_BYTES = 32
_SIZE_BITS = (9, 13, 18, 30)
_RATIOS = {1: (1, 1), 2: (12, 10), 3: (4, 3), 4: (3, 2), 5: (16, 9), 6: (5, 4), 7: (2, 1)}  # width to height


class JpegXl(ArrayFile):
    """A file or a bare codestream; of an animation the first frame. Upright as its own orientation says."""

    format = "JPEG XL"

    def _open(self) -> None:
        assert self.fp is not None
        self._codecs = package_for("a JPEG XL", "imagecodecs")
        self._size, self._mode = _upright_size(_codestream_start(self.fp)), "RGB"
        exif = _exif(self.fp)
        if exif is not None:
            self.info["exif"] = exif

    def _values(self) -> NDArray[Any]:
        assert self.fp is not None
        self.fp.seek(0)
        decoded: NDArray[Any] = self._codecs.jpegxl_decode(self.fp.read(), index=0, keeporientation=False, numthreads=1)
        return decoded


def _codestream_start(stream: IO[bytes]) -> bytes:
    start = stream.read(_HEADER_BYTES)
    if start.startswith(CODESTREAM_START):
        return start
    for kind, _ in boxes(stream):
        if kind in (b"jxlc", b"jxlp"):  # parts begin with a number of four bytes
            return stream.read(_HEADER_BYTES)[4 if kind == b"jxlp" else 0 :]
    raise ValueError("no codestream")


def _upright_size(codestream: bytes) -> tuple[int, int]:
    """Read (width, height) from the headers of size and metadata (ISO/IEC 18181-1, annexes D.2 and D.3)."""
    if not codestream.startswith(CODESTREAM_START):
        raise ValueError("no codestream")
    bits = _Bits(codestream[len(CODESTREAM_START) :])
    is_small = bits.take(1)
    height = _side(bits, is_small)
    ratio = bits.take(3)
    width = height * _RATIOS[ratio][0] // _RATIOS[ratio][1] if ratio else _side(bits, is_small)
    is_default = bits.take(1)
    has_fields = 0 if is_default else bits.take(1)
    orientation = 1 + bits.take(3) if has_fields else 1
    return (height, width) if orientation >= 5 else (width, height)


def _side(bits: _Bits, is_small: int) -> int:
    return 8 * (1 + bits.take(5)) if is_small else 1 + bits.take(_SIZE_BITS[bits.take(2)])


def _exif(stream: IO[bytes]) -> bytes | None:
    """Return the EXIF block of a file in boxes, if it is not packed: after the place where TIFF begins, 4 bytes."""
    stream.seek(0)
    if stream.read(len(FILE_START)) != FILE_START:
        return None
    for kind, length in boxes(stream):
        if kind == b"Exif":
            content = stream.read(min(length, 1 << 20))
            return content[4 + int.from_bytes(content[:4], "big") :]
    return None


class _Bits:
    """Bits of bytes, the lowest of each first."""

    def __init__(self, data: bytes) -> None:
        self._left = int.from_bytes(data, "little")

    def take(self, count: int) -> int:
        """Return the next bits as a number, the first its lowest."""
        value = self._left & ((1 << count) - 1)
        self._left >>= count
        return value
