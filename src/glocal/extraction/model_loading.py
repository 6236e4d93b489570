"""Finding a model: bundled with the package, or a card on disk."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

from glocal.errors import ModelError
from glocal.extraction.card import ModelCard
from glocal.extraction.model import Model

DEFAULT_MODEL = "delg-lite1"
DEFAULT_PRESET = "fast"
DEFAULT_PRECISION = "float32"


def load_model(
    name_or_path: str | Path | None = None,
    *,
    preset: str = DEFAULT_PRESET,
    precision: str = DEFAULT_PRECISION,
) -> Model:
    """Load a model.

    Args:
        name_or_path: the name of a bundled model, or the path of a model card (.json); the bundled default
            if None.
        preset: a preset of the card: "fast", or "paper" for the scales and features of the DELG paper.
        precision: a network of the card: "float32", or "int8" for the quantised one.

    Raises:
        ModelError: there is no such model, preset or precision, or its files are damaged.
    """
    source, path = _found(name_or_path)
    card = ModelCard.read(path)
    _check(preset, card.presets, f"preset of {card.name}")
    _check(precision, card.files, f"precision of {card.name}")
    if path.parent != _weights():
        source = str(path.resolve())
    return Model(card, path.parent, source, card.presets[preset], precision)


def read_card(name_or_path: str | Path | None = None) -> ModelCard:
    """Read what is known of a model, without its networks.

    Args:
        name_or_path: as for `load_model`.

    Raises:
        ModelError: there is no such model, or its card is damaged.
    """
    return ModelCard.read(_found(name_or_path)[1])


def bundled_models() -> tuple[str, ...]:
    """Return the names of the models that come with the package, sorted."""
    return tuple(sorted(_bundled()))


def _found(name_or_path: str | Path | None) -> tuple[str, Path]:
    """Return what a model is called, and the path of its card."""
    source = str(name_or_path or DEFAULT_MODEL)
    return source, _bundled().get(source) or _card_path(source)


def _weights() -> Path:
    return Path(str(files("glocal"))) / "weights"


def _bundled() -> dict[str, Path]:
    return {path.stem: path for path in _weights().glob("*.json")}


def _card_path(source: str) -> Path:
    path = Path(source)
    if not path.is_file():
        names = ", ".join(sorted(_bundled()))
        raise ModelError(f"no model {source!r}; name a model card (.json) or a bundled model: {names}")
    return path


def _check(wanted: str, options: Iterable[str], what: str) -> None:
    if wanted not in options:
        raise ModelError(f"no {what} is called {wanted!r}; choose one of: {', '.join(sorted(options))}")
