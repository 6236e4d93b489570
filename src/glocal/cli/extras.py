"""Commands whose libraries are optional."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from glocal.errors import GlocalError


@contextmanager
def needs_training(what: str = "training") -> Iterator[None]:
    """Explain a module that is missing because the training libraries are not installed.

    Args:
        what: what the command does, as a noun.

    Raises:
        GlocalError: one is missing.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise GlocalError(f"{what} needs {error.name}; install it with: pip install 'glocal[train]'") from error
