"""Colours as their file means them: profiles (ICC.1) and the gamma of PNG, turned into sRGB."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageCms

ToSrgb = Callable[[Image.Image], Image.Image]
"""Makes an RGB picture with sRGB colours of one of 8 bits."""

_MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}
"""Pillow's mode for each colour space that a profile can be of."""

_NEARLY_SRGB = ("srgb", "display p3")
"""Profiles left alone, by their description. Taking Display P3, of most phones, for sRGB moves values by 1 to 7 of 255
on average, evenly over the photo, while converting 3 megapixels takes 90 ms, twice their decoding."""

_SRGB_GAMMA = 0.45455
_GAMMA_TOLERANCE = 0.05


def srgb_conversion(image: Image.Image) -> ToSrgb | None:
    """Return what turns a picture's colours into sRGB; None if they are that already, or nobody says what they are.

    A profile that is damaged, or of another kind of picture, counts as none, as viewers have it.
    """
    profile = image.info.get("icc_profile")
    if isinstance(profile, bytes) and profile:
        return _by_profile(profile)
    gamma = image.info.get("gamma")
    if isinstance(gamma, float) and gamma > 0 and "srgb" not in image.info:
        return _by_gamma(gamma)
    return None


def _by_profile(content: bytes) -> ToSrgb | None:
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(content))
        mode = _MODES.get(profile.profile.xcolor_space.strip())
        described = (profile.profile.profile_description or "").lower()
        if mode is None or any(name in described for name in _NEARLY_SRGB):
            return None
        srgb, intent = ImageCms.createProfile("sRGB"), ImageCms.Intent.RELATIVE_COLORIMETRIC
        flags = ImageCms.Flags.BLACKPOINTCOMPENSATION  # as browsers and viewers do
        transform = ImageCms.buildTransform(profile, srgb, mode, "RGB", intent, flags)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None

    def convert(picture: Image.Image) -> Image.Image:
        return transform.apply(picture) if picture.mode == mode else picture

    return convert


def _by_gamma(gamma: float) -> ToSrgb | None:
    """Return a conversion for samples that are light to the power `gamma` (PNG, section 11.3.2.2)."""
    if abs(gamma - _SRGB_GAMMA) < _GAMMA_TOLERANCE:
        return None
    table = np.round(255 * (np.arange(256) / 255) ** (_SRGB_GAMMA / gamma)).astype(np.uint8).tolist()

    def convert(picture: Image.Image) -> Image.Image:
        return picture.point(table * len(picture.getbands())) if picture.mode in ("RGB", "L") else picture

    return convert
