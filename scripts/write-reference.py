"""Write a reference file for `glocal import --verify`: pictures, and what the original code computes from them.

Run it where the original code and its weights are. You give a function that calls them, in a module on PYTHONPATH:

    # original.py
    import torch
    from model.delg_model import Delg  # feymanpriv/DELG
    ...
    SETTINGS = {"scales": [0.7071, 1.0, 1.4142]}

    def outputs(picture):  # [H, W, 3] uint8 RGB
        return {"attention{n}_s1": attention_map, "global{n}_raw": descriptors}

    python scripts/write-reference.py original reference.npz photo1.jpg photo2.jpg

Names are those of docs/published-models.md, with {n} for the number of the picture. Arrays are written as they are.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy as np
from PIL import Image


def main(module: str, out: str, *photos: str) -> None:
    """Call the original on each photo and write one file of everything."""
    sys.path.insert(0, str(Path.cwd()))
    original = importlib.import_module(module)
    arrays = {name: np.asarray(value) for name, value in getattr(original, "SETTINGS", {}).items()}
    for number, photo in enumerate(photos):
        picture = np.asarray(Image.open(photo).convert("RGB"))
        arrays[f"image{number}"] = picture
        for name, value in original.outputs(picture).items():
            arrays[name.format(n=number)] = np.asarray(value)
    np.savez_compressed(out, allow_pickle=False, **arrays)


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit("usage: python scripts/write-reference.py MODULE reference.npz PHOTO...")
    main(*sys.argv[1:])
