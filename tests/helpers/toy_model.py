"""A real, small model without a network: colours in a 4 x 4 grid as global, ORB as local descriptors."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from glocal.arrays import ByteArray
from glocal.errors import PhotoError
from glocal.extraction import ModelCard, Preset
from glocal.extraction.card import LocalMap, NetworkFile
from glocal.features import Features, Region
from glocal.images import Photo, read_photo
from glocal.orientation import Orientation
from glocal.parallel_map import map_ahead

GRID = 4
DIMENSIONS = GRID * GRID * 3


class ToyModel:
    """Counts what it extracts, in `extracted`. Models of different `variant` are different models."""

    def __init__(self, variant: str = "toy", calibration: bool = True) -> None:
        weights = {"verified": [-3.0, 2.0, 0.0, 0.5, 0.5, 0.5, 0.5], "unverified": [-3.0, 2.0], "chance_support": 6}
        self.preset = Preset("fast", 640, (1.0,), (1.0,), 300)
        self.precision = "float32"
        self.source = variant
        self.extracted: list[str] = []
        self.words: ByteArray | None = None
        self.card = ModelCard(
            name=variant,
            architecture="delg",
            backbone="none",
            mean=(0.0, 0.0, 0.0),
            std=(1.0, 1.0, 1.0),
            local=LocalMap(16, 0, 16, 128, 0),
            global_dimensions=DIMENSIONS,
            presets={"fast": self.preset},
            files={"float32": NetworkFile("none", hashlib.sha256(variant.encode()).hexdigest(), 0)},
            calibration={"fast": weights} if calibration else None,
            training={},
            results={},
            licence="none",
        )

    @property
    def fingerprint(self) -> str:
        return self.card.fingerprint(self.preset, self.precision)

    def extract(self, photo: Photo, region: Region | None = None) -> Features:
        self.extracted.append(Path(photo).name if isinstance(photo, str | Path) else "pixels")
        pixels = read_photo(photo)
        height, width = pixels.shape[:2]
        x, y, w, h = (0, 0, width, height) if region is None else map(round, region)
        part = pixels[y : y + h, x : x + w]
        keypoints, codes, strengths = orb(part)
        return Features(
            image_size=(width, height),
            keypoints=keypoints + np.array([x, y], np.float32),
            scales=np.ones(len(strengths), np.float32),
            attention=strengths,
            global_descriptor=colours(part),
            descriptors=codes,
        )

    def extract_looks(
        self, photo: Photo, region: Region | None, orientations: Sequence[Orientation], zooms: Sequence[float]
    ) -> tuple[list[Features], list[Features]]:
        """ORB has scales enough of its own: there are no others."""
        pixels = read_photo(photo)
        height, width = pixels.shape[:2]
        x, y, w, h = (0, 0, width, height) if region is None else map(round, region)
        laid = []
        for orientation in orientations:
            left, top, right, bottom = orientation.box((x, y, x + w, y + h), width, height)
            laid.append(self.extract(orientation.apply(pixels), (left, top, right - left, bottom - top)))
        names = ("keypoints", "scales", "attention", "descriptors")
        none = replace(laid[0], **{name: getattr(laid[0], name)[:0] for name in names})
        return laid, [none for _ in zooms]

    def visual_words(self) -> ByteArray | None:
        return self.words

    def extract_many(self, photos: Iterable[Path]) -> Iterator[tuple[Path, Features | PhotoError]]:
        def one(path: Path) -> tuple[Path, Features | PhotoError]:
            try:
                return path, self.extract(path)
            except PhotoError as error:
                return path, error

        return map_ahead(one, photos, workers=2, ahead=8)


def colours(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    grid = cv2.resize(pixels, (GRID, GRID), interpolation=cv2.INTER_AREA).astype(np.float32) - 127.3
    vector = grid.reshape(-1)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def orb(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    detector = cv2.ORB.create(nfeatures=300, nlevels=4, edgeThreshold=8, patchSize=16, fastThreshold=5)
    found, codes = detector.detectAndCompute(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), None)
    order = sorted(range(len(found)), key=lambda row: -found[row].response)[:300]
    points = np.array([found[row].pt for row in order], np.float32).reshape(-1, 2)
    strengths = np.array([max(found[row].response, 0) for row in order], np.float32)
    bits = np.unpackbits(codes.astype(np.uint8)[order, :16], axis=1) if order else np.zeros((0, 128), np.uint8)
    return points, (2.0 * bits - 1.0).astype(np.float32) / np.sqrt(np.float32(128)), strengths
