"""The network, run by ONNX Runtime."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from glocal.arrays import FloatArray
from glocal.errors import ModelError
from glocal.extraction.card import NetworkFile
from glocal.onnx_runtime import ort

OUTPUTS = ("global_descriptor", "descriptors", "attention")
"""Of a network; one without local features has the first alone."""


@dataclass(frozen=True, eq=False)
class Maps:
    """What the network says of one picture: global descriptor [D], descriptors [C, h, w], attention [h, w].

    A network without local features has maps of no cells.
    """

    global_descriptor: FloatArray
    descriptors: FloatArray = field(default_factory=lambda: np.empty((0, 0, 0), np.float32))
    attention: FloatArray = field(default_factory=lambda: np.empty((0, 0), np.float32))


class Network:
    """An ONNX file ready to run. Safe to call from several threads at once.

    Args:
        path: the ONNX file.
        expected: its entry in the model card; the checksum is verified before anything is run.
        mean, std: per RGB channel, from the card.
        threads: threads that share one call. Callers that run several pictures at once take 1.

    Raises:
        ModelError: the file is missing, damaged, or not a glocal network.
    """

    def __init__(
        self,
        path: Path,
        expected: NetworkFile,
        mean: tuple[float, float, float],
        std: tuple[float, float, float],
        threads: int,
    ) -> None:
        self._mean, self._std = np.array(mean, np.float32), np.array(std, np.float32)
        scale = np.float32(1.0) / np.array(std, np.float32)
        shift = -np.array(mean, np.float32) * scale
        self._inputs = np.arange(256, dtype=np.float32) * scale[:, None] + shift[:, None]  # [3, 256], of each value
        self._session = _session(read_checked(path, expected), path, threads)
        self._outputs = tuple(output.name for output in self._session.get_outputs())
        if self._outputs not in (OUTPUTS, OUTPUTS[:1]):
            raise ModelError(f"{path}: not a glocal network; its outputs must be {', '.join(OUTPUTS)}, or the first")

    def __call__(self, picture: NDArray[np.uint8] | FloatArray) -> Maps:
        """Run the network on one RGB picture [H, W, 3] from 0 to 255; both sides at least 32 pixels."""
        batch = self.batch(picture)
        global_descriptor, *maps = self._session.run(self._outputs, {"image": batch})
        return Maps(global_descriptor[0], maps[0][0], maps[1][0, 0]) if maps else Maps(global_descriptor[0])

    def batch(self, picture: NDArray[np.uint8] | FloatArray) -> FloatArray:
        """Return the network's input [1, 3, H, W], (pixel - mean) / std.

        Of whole grey values it is looked up, which takes a ninth of computing it.
        """
        batch = np.empty((1, 3, *picture.shape[:2]), np.float32)
        if picture.dtype != np.uint8:
            np.subtract(picture.transpose(2, 0, 1), self._mean[:, None, None], out=batch[0])
            batch[0] /= self._std[:, None, None]
            return batch
        for channel, plane in enumerate(cv2.split(picture)):
            cv2.LUT(plane, self._inputs[channel], batch[0, channel])
        return batch


def read_checked(path: Path, expected: NetworkFile) -> bytes:
    """Read a file of a model.

    Raises:
        ModelError: it is missing, not a regular file, or its checksum is not the card's.
    """
    if path.exists() and not path.is_file():  # reading a pipe or a device could go on for ever
        raise ModelError(f"{path}: not a regular file; install the model again")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: cannot read it ({error.strerror}); install the model again") from error
    if hashlib.sha256(content).hexdigest() != expected.sha256:
        raise ModelError(f"{path}: damaged, its checksum is not the card's; install the model again")
    return content


def read_projection(folder: Path, expected: NetworkFile) -> FloatArray:
    """Return a whitening behind the fusion of scales, [1 + D, C]: see `ModelCard.projection`.

    Raises:
        ModelError: the file is missing or damaged.
    """
    array: FloatArray = np.load(io.BytesIO(read_checked(folder / expected.name, expected)), allow_pickle=False)
    return array


def _session(content: bytes, path: Path, threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Its threads would go on spinning after a run, for 35 ms of a core that matching, or another search, could use.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    options.enable_mem_pattern = False  # pictures differ in shape: a plan per shape would only take memory
    options.log_severity_level = 3
    wanted = ("CUDAExecutionProvider", "CPUExecutionProvider")
    providers = [name for name in wanted if name in ort.get_available_providers()]
    try:
        return ort.InferenceSession(content, options, providers=providers)
    except Exception as error:  # ONNX Runtime's own errors share no narrower base class
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise ModelError(f"{path}: ONNX Runtime cannot load this network: {reason}") from error
