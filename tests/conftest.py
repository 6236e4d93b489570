"""What holds for all tests: threads, how Hypothesis looks for examples, and a store of objects to test with."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from object_store import ObjectStore

# One thread a process, as `make` has it: networks this small gain nothing from more, and wait for each other when the
# cores are busy.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# No limit of time for an example: how long one takes says how busy the machine is.
settings.register_profile("every test", deadline=None)
settings.register_profile("default run", deadline=None, max_examples=20)


def pytest_configure(config: pytest.Config) -> None:
    """Fewer examples where slow tests are left out: the run that people wait for takes a minute, the full one looks."""
    settings.load_profile("default run" if "not slow" in config.option.markexpr else "every test")


@pytest.fixture(scope="session")
def object_store() -> Iterator[ObjectStore]:
    """A store of objects, empty at first; each test makes buckets of its own in it."""
    for needed in ("s3fs", "moto.server", "flask_cors"):
        pytest.importorskip(needed, reason="stores need the [s3] extra, and their tests moto's server")
    from object_store import ObjectStore

    with ObjectStore() as store:
        yield store


@pytest.fixture
def bucket(object_store: ObjectStore) -> Iterator[str]:
    """A new bucket in the store that glocal finds."""
    from object_store import at

    name = f"bucket-{uuid4().hex}"
    object_store.put(name)
    with at(object_store.url):
        yield name
