"""Commands whose libraries are optional."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from glocal.errors import GlocalError


@contextmanager
def needs_training() -> Iterator[None]:
    """Explain an import that fails because the training libraries are not installed.

    Raises:
        GlocalError: one is missing.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise GlocalError(f"training needs {error.name}; install it with: pip install 'glocal[train]'") from error
