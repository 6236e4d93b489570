"""The photos that come with the project: folders of one thing each, as docs and tests show them."""

from __future__ import annotations

from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples" / "photos"
