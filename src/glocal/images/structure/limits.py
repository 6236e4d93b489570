"""The error of a file that has more parts than any photo needs."""

from __future__ import annotations


class ExcessError(Exception):
    """A file has too many parts of a kind. The message completes "the photo ..." and names the remedy."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}: more than a photo needs; save it anew with another program")
