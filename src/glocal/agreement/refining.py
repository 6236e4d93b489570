"""Laying two pictures over each other exactly, where a match laid them there to some percent."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from glocal.agreement.canvas import Canvas, sample
from glocal.agreement.picture import Picture

_STOP = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 40, 1e-4)


def refined(canvas: Canvas, a: Picture, b: Picture) -> Canvas | None:
    """Return a canvas over two pictures, laid on the first one anew by its grey levels.

    By the enhanced correlation coefficient (Evangelidis and Psarakis 2008), affine.

    Returns:
        The canvas; None if it does not converge: the pictures differ.
    """
    on_b, _ = sample(b.grey, canvas.to_b, canvas.size)
    on_a, seen_a = sample(a.grey, canvas.to_a, canvas.size)
    try:
        _, shift = cv2.findTransformECC(
            on_b, on_a, np.eye(2, 3, dtype=np.float32), cv2.MOTION_AFFINE, _STOP, seen_a.astype(np.uint8), 5
        )
    except cv2.error:
        return None
    return replace(canvas, to_a=canvas.to_a @ np.vstack([shift, [0, 0, 1]]))
