"""Numbers of things, as people read them."""

from __future__ import annotations


def counted(number: int, noun: str, several: str = "") -> str:
    """Return "1 photo" or "3 photos".

    Args:
        number: how many.
        noun: one of them.
        several: more of them; empty: the noun with an s.
    """
    return f"{number} {noun}" if number == 1 else f"{number} {several or noun + 's'}"
