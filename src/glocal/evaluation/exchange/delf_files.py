"""Files of the TensorFlow code of DELF and DELG: `.delf` or `.delg_local`, and `.delg_global` (research/delf).

`.delg_global` is one DatumProto, the others are DelfFeatures (delf/protos/datum.proto and feature.proto).
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glocal.arrays import FloatArray
from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.exchange.float_features import PhotoFeatures
from glocal.files import write_whole
from glocal.wire import encoded_field, encoded_varint, fields, varint

LOCAL, GLOBAL, OLDER = ".delg_local", ".delg_global", ".delf"
_SHAPE, _FLOATS, _WHOLES = 1, 2, 3
_FEATURE, _DESCRIPTOR, _X, _Y, _SCALE, _ORIENTATION, _STRENGTH = 1, 1, 2, 3, 4, 5, 6


def write_delf(stem: Path, features: PhotoFeatures) -> None:
    """Write `<stem>.delg_global` and, where there are local features, `<stem>.delg_local`."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    if features.descriptors.size:
        write_whole(Path(f"{stem}{LOCAL}"), encoded_features(features))
    if features.global_descriptor is not None:
        write_whole(Path(f"{stem}{GLOBAL}"), encoded_datum(features.global_descriptor))


def read_delf(stem: Path) -> PhotoFeatures:
    """Read what there is of `<stem>.delg_local`, `<stem>.delf` and `<stem>.delg_global`.

    Raises:
        EvaluationError: a file is damaged, or there is none.
    """
    local = next((path for path in (Path(f"{stem}{LOCAL}"), Path(f"{stem}{OLDER}")) if path.is_file()), None)
    descriptor = Path(f"{stem}{GLOBAL}")
    whole = read_datum(descriptor).ravel() if descriptor.is_file() else None
    if local is None:
        if whole is None:
            raise EvaluationError(f"{stem}: no {LOCAL}, {OLDER} or {GLOBAL} of this name")
        nothing = np.zeros((0, 2), np.float32)
        return PhotoFeatures(None, nothing, nothing[:, 0], nothing[:, 0], nothing, whole)
    try:
        rows = [_feature(dict(fields(value))) for value in _messages(local)]
        numbers = np.array([row[0] for row in rows], np.float32).reshape(-1, 4)
        descriptors = np.array([row[1] for row in rows], np.float32).reshape(len(rows), -1)
        return PhotoFeatures(None, numbers[:, :2], numbers[:, 2], numbers[:, 3], descriptors, whole)
    except (ValueError, TypeError, struct.error) as error:
        raise EvaluationError(f"{local}: not a file of DELF features, or damaged ({error}); make it again") from error


def read_datum(path: Path) -> FloatArray:
    """Read an array of numbers, a DatumProto.

    Raises:
        EvaluationError: the file cannot be read, or is damaged.
    """
    try:
        return decoded_datum(memoryview(path.read_bytes()))
    except OSError as error:
        raise EvaluationError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, TypeError) as error:
        raise EvaluationError(f"{path}: not an array of numbers, or damaged ({error}); make it again") from error


def encoded_datum(array: NDArray[np.floating]) -> bytes:
    """Return an array as a DatumProto."""
    shape = b"".join(map(encoded_varint, array.shape))
    floats = np.ascontiguousarray(array, "<f4").tobytes()
    return encoded_field(_SHAPE, encoded_field(1, shape)) + encoded_field(_FLOATS, encoded_field(1, floats))


def decoded_datum(message: memoryview) -> FloatArray:
    """Return the array in a DatumProto, of floats or of whole numbers.

    Raises:
        ValueError: not one, or its shape and numbers differ.
    """
    shape: list[int] = []
    values: NDArray[Any] = np.zeros(0, np.float32)
    for number, part in fields(message):
        if number == _SHAPE:
            shape += _numbers(part)
        elif number == _FLOATS:
            values = np.concatenate([values, *(_reals(inner) for _, inner in fields(_message(part)))])
        elif number == _WHOLES:
            values = np.array(_numbers(part))
    return values.astype(np.float32).reshape(shape)


def encoded_features(features: PhotoFeatures) -> bytes:
    """Return local features as DelfFeatures."""
    rows = zip(
        features.descriptors,
        *features.keypoints.T.tolist(),
        features.scales.tolist(),
        features.scores.tolist(),
        strict=True,
    )
    return b"".join(
        encoded_field(
            _FEATURE,
            encoded_field(_DESCRIPTOR, encoded_datum(descriptor))
            + b"".join(
                encoded_field(number, value)
                for number, value in ((_X, x), (_Y, y), (_SCALE, scale), (_ORIENTATION, 0.0), (_STRENGTH, score))
            ),
        )
        for descriptor, x, y, scale, score in rows
    )


def _messages(path: Path) -> list[memoryview]:
    """Return the features in a file."""
    return [_message(value) for number, value in fields(memoryview(path.read_bytes())) if number == _FEATURE]


def _feature(found: dict[int, int | memoryview]) -> tuple[tuple[float, ...], FloatArray]:
    """Return x, y, scale and strength of a feature, and its descriptor."""
    numbers = tuple(_float(found.get(number, 0)) for number in (_X, _Y, _SCALE, _STRENGTH))
    return numbers, decoded_datum(_message(found.get(_DESCRIPTOR, memoryview(b""))))


def _float(bits: int | memoryview) -> float:
    """Return the float whose 32 bits a field holds."""
    if not isinstance(bits, int):
        raise ValueError("a message where a number should be")  # noqa: TRY004  what is in a file is a value
    return float(struct.unpack("<f", struct.pack("<I", bits))[0])


def _message(value: int | memoryview) -> memoryview:
    if isinstance(value, int):
        raise ValueError("a number where a message should be")  # noqa: TRY004
    return value


def _reals(part: int | memoryview) -> FloatArray:
    """Return the floats of a packed field, or the one of a field that is not packed."""
    content = part.to_bytes(4, "little") if isinstance(part, int) else part
    return np.frombuffer(content, "<f4").astype(np.float32)


def _numbers(part: int | memoryview) -> list[int]:
    """Return the whole numbers in field 1 of a message, packed or not."""
    found = []
    for _, inner in fields(_message(part)):
        if isinstance(inner, int):
            found.append(inner)
            continue
        at = 0
        while at < len(inner):
            value, at = varint(inner, at)
            found.append(value)
    return found
