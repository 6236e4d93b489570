"""CRC-32C (Castagnoli), the checksum of LevelDB and TensorFlow files (RFC 3720, appendix B.4)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from glocal.compiled import compiled

_POLYNOMIAL = np.uint32(0x82F63B78)
_MASK_DELTA = 0xA282EAD8


def crc32c(content: bytes | memoryview, start: int = 0) -> int:
    """Return the checksum of `content`, continued from that of what lies before it."""
    return int(_crc32c(np.frombuffer(content, np.uint8), np.uint32(start), _TABLES))


def masked_crc32c(content: bytes | memoryview, start: int = 0) -> int:
    """Return the checksum as these files store it: turned and shifted, since checksums of checksums are weak."""
    checksum = crc32c(content, start)
    return ((checksum >> 15 | checksum << 17) + _MASK_DELTA) & 0xFFFFFFFF


def _tables() -> NDArray[np.uint32]:
    """Return [8, 256]: table k advances a byte by k more bytes (slicing by 8: Kounavis & Berry 2005)."""
    tables = np.zeros((8, 256), np.uint32)
    value = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        value = np.where(value & 1, value >> 1 ^ _POLYNOMIAL, value >> 1)
    tables[0] = value
    for number in range(1, 8):
        before = tables[number - 1]
        tables[number] = tables[0][before & 255] ^ before >> 8
    return tables


_TABLES = _tables()


@compiled
def _crc32c(content: NDArray[np.uint8], start: np.uint32, tables: NDArray[np.uint32]) -> np.uint32:
    crc = ~start
    whole = len(content) // 8 * 8
    for i in range(0, whole, 8):
        low = (
            crc
            ^ np.uint32(content[i])
            ^ np.uint32(content[i + 1]) << np.uint32(8)
            ^ np.uint32(content[i + 2]) << np.uint32(16)
            ^ np.uint32(content[i + 3]) << np.uint32(24)
        )
        crc = (
            tables[7, low & 255]
            ^ tables[6, low >> np.uint32(8) & 255]
            ^ tables[5, low >> np.uint32(16) & 255]
            ^ tables[4, low >> np.uint32(24) & 255]
            ^ tables[3, content[i + 4]]
            ^ tables[2, content[i + 5]]
            ^ tables[1, content[i + 6]]
            ^ tables[0, content[i + 7]]
        )
    for i in range(whole, len(content)):
        crc = tables[0, (crc ^ content[i]) & 255] ^ crc >> np.uint32(8)
    return np.uint32(~crc)
