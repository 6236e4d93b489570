"""A model ready to use: photo in, features out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, partial
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glocal.arrays import ByteArray, FloatArray
from glocal.cores import available_cores
from glocal.errors import ModelError, PhotoError
from glocal.extraction.card import ModelCard
from glocal.extraction.dense_attention import dense_attention
from glocal.extraction.looks import QUICK, Look, Seen, see, see_all
from glocal.extraction.onnx_network import Network, read_checked, read_projection
from glocal.extraction.photo_reading import PhotoReading
from glocal.extraction.preset import Preset
from glocal.extraction.pyramid import Level, base_side, base_side_inside, pyramid, zoomed_pyramid
from glocal.extraction.resizing import resizing_of
from glocal.extraction.selection import LocalFeatures, fuse, unit
from glocal.extraction.shown import Shown
from glocal.features import Features, Region
from glocal.forking import renew_in_child
from glocal.images import Photo, read_decoded
from glocal.orientation import Orientation
from glocal.parallel_map import map_ahead

AHEAD_PER_WORKER = 4
"""Photos taken ahead of the reader per worker: enough that a slow photo does not idle the other cores."""

_inherited: list[dict[tuple[str, int], Network]] = []
"""Networks of the process this one was forked from: to end them would be to wait for threads that are not here."""


class Model:
    """One exported network with a preset. Made by `load_model`; safe to use from several threads.

    Attributes:
        card: all that is known of the model.
        preset: the image pyramid in use.
        precision: which of the card's networks runs, "float32" or "int8".
        source: what `load_model` takes to get this model again.
    """

    def __init__(self, card: ModelCard, folder: Path, source: str, preset: Preset, precision: str) -> None:
        self.card = card
        self.preset = preset
        self.precision = precision
        self.source = source
        self._folder = folder
        self._networks: dict[tuple[str, int], Network] = {}
        self._projection = None if card.projection is None else read_projection(folder, card.projection)
        renew_in_child(self)
        self._network(1)

    @property
    def name(self) -> str:
        """The model's name, from its card."""
        return self.card.name

    @property
    def fingerprint(self) -> str:
        """Hash of all that decides the features: network, preset, preprocessing."""
        return self.card.fingerprint(self.preset, self.precision)

    def extract(self, photo: Photo, region: Region | None = None, *, as_inside: bool = False) -> Features:
        """Compute the features of one photo, with all cores.

        Args:
            photo: a path, the bytes of a file, a PIL image, or an RGB array [H, W, 3] uint8.
            region: (x, y, width, height) in pixels of the upright photo; only this part is described.
                Keypoints are in pixels of the whole photo all the same.
            as_inside: look at the region in the few pixels it has inside the shrunk photo, as the protocol of revisited
                Oxford and Paris asks, and not in as many as a photo of its own would have.

        Raises:
            PhotoError: the photo cannot be read.
            RegionError: the region is empty or leaves the photo.
        """
        look = self._look(self._read(photo, region), as_inside=as_inside)
        return self._features(look, see_all([look], self.card.local)[0])

    def extract_looks(
        self, photo: Photo, region: Region | None, orientations: Sequence[Orientation], zooms: Sequence[float] = ()
    ) -> tuple[list[Features], list[Features]]:
        """Compute the features of one photo looked at in several ways.

        Args:
            photo: as `extract` takes it.
            region: as `extract` takes it, in pixels of the upright photo.
            orientations: ways to lay it down, upright first where there are zooms.
            zooms: as of `extract_zoomed`.

        Returns:
            For each orientation what `extract` would give of the photo so laid, in its pixels, but for the first by the
            model's 8-bit network, if it has one; and for each zoom what `extract_zoomed` does.

        Raises:
            PhotoError: the photo cannot be read.
            RegionError: the region is empty or leaves the photo.
        """
        reading = PhotoReading(photo, region, self._decoded_side)
        shown = reading.shown()
        precisions = [self.precision, *[self._quick] * (len(orientations) - 1)]
        laid = [self._look(shown.laid(way), precision) for way, precision in zip(orientations, precisions, strict=True)]
        looks = [*laid, *(self._zoomed_look(reading, zoom) for zoom in zooms)]
        seen = see_all(looks, self.card.local)
        features = [self._features(look, of_it) for look, of_it in zip(laid, seen[: len(laid)], strict=True)]
        return features, [_with_local(features[0], of_it.local) for of_it in seen[len(laid) :]]

    def extract_zoomed(self, photo: Photo, region: Region | None, features: Features, zoom: float) -> Features:
        """Compute local features of a photo on other scales: as if the photo were `zoom` times as large.

        From nearer (above 1) a photo shows what is small in it as others show it that are full of it; from farther
        (below 1) as others show it among much else.

        Args:
            photo: as `extract` takes it.
            region: as `extract` takes it.
            features: of the same photo and region.
            zoom: factor on the pictures that the network gets.

        Returns:
            `features` with these local ones instead, at most as many as the preset keeps, or `zoom` times as many where
            that is more, by the model's 8-bit network if it has one. None if the preset has all such scales
            itself, or the pictures would be too large: see `Preset.zoomed_scales`.

        Raises:
            PhotoError: the photo cannot be read.
            RegionError: the region is empty or leaves the photo.
        """
        look = self._zoomed_look(PhotoReading(photo, region, self._decoded_side), zoom)
        return _with_local(features, see_all([look], self.card.local)[0].local)

    def extract_many(
        self, photos: Iterable[Path], *, workers: int | None = None
    ) -> Iterator[tuple[Path, Features | PhotoError]]:
        """Yield (path, features) in the order given; a photo that cannot be read yields its error instead.

        Photos are spread over the cores whole, so that decoding, the network and selection of different
        photos overlap. Only a few photos are in memory at any time.

        Args:
            workers: photos extracted at the same time; as many as there are cores by default.
        """
        workers = workers or available_cores()

        def one(path: Path) -> tuple[Path, Features | PhotoError]:
            try:
                look = self._look(self._read(path, None))
                return path, self._features(look, see(look, 1, self.card.local))
            except PhotoError as error:
                return path, error

        return map_ahead(one, photos, workers=workers, ahead=AHEAD_PER_WORKER * workers)

    def scale_descriptors_many(
        self, photos: Iterable[Path], *, workers: int | None = None
    ) -> Iterator[tuple[Path, FloatArray | PhotoError]]:
        """Yield (path, descriptors [S, D]) in the order given: of each global scale, before they are fused.

        They are what the network gives, of any length. A photo that cannot be read yields its error instead.

        Args:
            workers: photos described at the same time; as many as there are cores by default.
        """
        workers = workers or available_cores()
        network = self._network(1)

        def one(path: Path) -> tuple[Path, FloatArray | PhotoError]:
            try:
                shown = self._read(path, None)
            except PhotoError as error:
                return path, error
            levels = self._pyramid(shown.pixels, shown.size, self._base_side(max(shown.size)))
            return path, np.stack([network(level.picture).global_descriptor for level in levels if level.is_global])

        return map_ahead(one, photos, workers=workers, ahead=AHEAD_PER_WORKER * workers)

    def attention(self, photo: Photo) -> FloatArray:
        """Return the attention [h, w] everywhere in a photo, its mean over the preset's local scales.

        The longest side is that of the network's largest local input, which depends on preset and photo.

        Args:
            photo: as `extract` takes it.

        Raises:
            PhotoError: the photo cannot be read.
            ModelError: the model has no attention.
        """
        if self.card.local is None:
            raise ModelError(f"model {self.name} has a global descriptor alone, and no attention; choose another model")
        whole, network = read_decoded(photo, fit=self._decoded_side()), self._network(available_cores())
        base = self._base_side(max(whole.size))
        levels = [level for level in self._pyramid(whole.pixels, whole.size, base) if level.is_local]
        return dense_attention(levels, [network(level.picture).attention for level in levels], self.card.local)

    def after_fork_in_child(self) -> None:
        """Load the networks again when they are needed: their threads stayed in the parent."""
        _inherited.append(self._networks)
        self._networks = {}

    def _pyramid(self, pixels: NDArray[np.uint8], size: tuple[int, int], base: float) -> Iterator[Level]:
        return pyramid(pixels, size, self.preset, base, self.card.resize)

    def _base_side(self, side: int) -> float:
        """Return the longest side of a photo's picture of scale 1; only our own way of resizing enlarges it."""
        base = base_side(side, self.preset)
        return base if resizing_of(self.card.resize).is_ours else min(base, side)

    def _decoded_side(self, zoom: float = 1.0) -> int | None:
        """Return the longest side that photos may be decoded at; None where they must not be shrunk by decoding."""
        return round(self.preset.max_side * zoom) if resizing_of(self.card.resize).is_ours else None

    def _fused(self, global_descriptors: list[FloatArray]) -> FloatArray:
        """Return the descriptor of all scales together."""
        fused = fuse(global_descriptors, self.card.fusion_power)
        if self._projection is None:
            return fused
        mean, matrix = self._projection[0], self._projection[1:]
        return unit(matrix.astype(np.float64) @ (fused - mean))

    @cached_property
    def _quick(self) -> str:
        file = self.card.files.get(QUICK)
        return self.precision if file is None or not (self._folder / file.name).is_file() else QUICK

    def _network(self, threads: int, precision: str | None = None) -> Network:
        """Return the network of a precision, or its own, whose calls use this many threads; each is loaded once."""
        kind = (precision or self.precision, threads)
        if kind not in self._networks:
            file = self.card.files[kind[0]]
            self._networks[kind] = Network(self._folder / file.name, file, self.card.mean, self.card.std, threads)
        return self._networks[kind]

    def visual_words(self) -> ByteArray | None:
        """Return the words by which its local codes are listed, [groups, 1 + words of each, B/8]; None: it has none.

        Raises:
            ModelError: their file is missing or damaged.
        """
        file = self.card.words
        if file is None:
            return None
        path = self._folder / file.name
        try:
            words: ByteArray = np.load(BytesIO(read_checked(path, file)), allow_pickle=False)
        except ValueError as error:
            raise ModelError(f"{path}: not visual words ({error}); make them again with `glocal words`") from error
        return words

    def _read(self, photo: Photo, region: Region | None) -> Shown:
        return PhotoReading(photo, region, self._decoded_side).shown()

    def _look(self, shown: Shown, precision: str | None = None, *, as_inside: bool = False) -> Look:
        """Return how a photo, or a part of it, is looked at."""
        side = max(shown.box_size)
        base = base_side_inside(side, self.preset, max(shown.size)) if as_inside else self._base_side(side)
        levels = list(self._pyramid(shown.pixels, shown.box_size, base))
        return Look(shown, levels, self.preset.max_features, partial(self._network, precision=precision))

    def _zoomed_look(self, reading: PhotoReading, zoom: float) -> Look:
        """Return how a photo is looked at from nearer or farther."""
        shown = reading.shown(max(zoom, 1.0))
        base = self._base_side(max(shown.box_size))
        levels = zoomed_pyramid(shown.pixels, shown.box_size, self.preset, base, zoom, self.card.resize)
        limit = round(self.preset.max_features * max(zoom, 1.0))
        return Look(shown, list(levels), limit, partial(self._network, precision=self._quick))

    def _features(self, look: Look, seen: Seen) -> Features:
        """Return the features of what was seen of a photo."""
        return Features(
            image_size=look.shown.size,
            keypoints=seen.local.keypoints,
            scales=seen.local.scales,
            attention=seen.local.attention,
            global_descriptor=self._fused(seen.global_descriptors),
            descriptors=seen.local.descriptors,
            kind="binary" if self.card.local is None else self.card.local.kind,
            region=look.shown.region,
        )


def _with_local(features: Features, local: LocalFeatures) -> Features:
    """Return features with other local ones."""
    return replace(
        features,
        keypoints=local.keypoints,
        scales=local.scales,
        attention=local.attention,
        descriptors=local.descriptors,
    )
