"""The recipes that come with the package, by name."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def bundled_recipes() -> dict[str, Path]:
    """Return the bundled recipes: name to TOML file, sorted.

    They are edited in `recipes/` of the repository. The wheel holds them inside the package; where the package
    runs from the repository itself, they are where they are edited.
    """
    package = Path(str(files("glocal")))
    installed, edited = package / "recipes", package.parents[1] / "recipes"
    folder = installed if installed.is_dir() else edited
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}
