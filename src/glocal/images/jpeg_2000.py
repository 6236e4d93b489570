"""JPEG 2000 (ISO/IEC 15444-1). Pillow could decode it, but gives grey for what is missing of a file, without a word."""

from __future__ import annotations

import struct
from typing import IO, Any

from numpy.typing import NDArray

from glocal.images.array_file import ArrayFile
from glocal.images.boxes import boxes
from glocal.images.extra_formats import package_for

CODESTREAM_START = b"\xff\x4f\xff\x51"
FILE_START = b"\0\0\0\x0cjP  \r\n\x87\n"

_SIZE = struct.Struct(">2x2x4I")  # of the marker segment SIZ, from its length on; A.5.1


class Jpeg2000(ArrayFile):
    """A file or a bare codestream. Pixels that were coded as YCC are RGB; profiles are not applied."""

    format = "JPEG 2000"

    def _open(self) -> None:
        assert self.fp is not None
        self._codecs = package_for("a JPEG 2000", "imagecodecs")
        if self.fp.read(4) != CODESTREAM_START and not self._find_codestream(self.fp):
            raise ValueError("no codestream")
        right, bottom, left, top = _SIZE.unpack(self.fp.read(_SIZE.size))
        self._size, self._mode = (right - left, bottom - top), "RGB"

    @staticmethod
    def _find_codestream(stream: IO[bytes]) -> bool:
        found = any(kind == b"jp2c" for kind, _ in boxes(stream))
        return found and stream.read(len(CODESTREAM_START)) == CODESTREAM_START

    def _values(self) -> NDArray[Any]:
        assert self.fp is not None
        self.fp.seek(0)
        values: NDArray[Any] = self._codecs.jpeg2k_decode(self.fp.read(), numthreads=1)
        return values
