"""Union-find: which things belong together (Tarjan 1975, with path halving)."""

from __future__ import annotations


class Grouping:
    """Groups of ids that grow together. An id that was never joined is a group of its own."""

    def __init__(self) -> None:
        self._parents: dict[int, int] = {}

    def root(self, item: int) -> int:
        """Return the one id that stands for the group of `item`: its least."""
        while (parent := self._parents.get(item, item)) != item:
            self._parents[item] = self._parents.get(parent, parent)
            item = parent
        return item

    def join(self, a: int, b: int) -> None:
        """Put the groups of a and b together."""
        first, second = sorted((self.root(a), self.root(b)))
        self._parents[second] = first

    def together(self, a: int, b: int) -> bool:
        """Say whether a and b are in one group."""
        return self.root(a) == self.root(b)
