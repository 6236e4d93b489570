"""A parallel map that keeps the order and runs only so far ahead of its reader."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_ahead(
    function: Callable[[Item], Result], items: Iterable[Item], *, workers: int, ahead: int
) -> Iterator[Result]:
    """Yield function(item) in the order of the items, computed by `workers` threads.

    At most `ahead` items are taken before their results are read, so memory stays bounded however slow the
    reader is. When the reader stops early, what has not begun is cancelled.

    Raises:
        Whatever `function` or `items` raises, at the place in the order where it happened.
    """
    source = iter(items)
    pending: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(workers, thread_name_prefix="glocal-map") as pool:
        try:
            pending.extend(pool.submit(function, item) for item in islice(source, ahead))
            while pending:
                result = pending.popleft().result()
                pending.extend(pool.submit(function, item) for item in islice(source, 1))
                yield result
        finally:
            for future in pending:
                future.cancel()
