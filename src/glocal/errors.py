"""The errors a user can mend. Each message names the thing that is wrong and the remedy."""

from __future__ import annotations


class GlocalError(Exception):
    """Base of every error that glocal raises for a mistake outside its own code.

    The command line prints the message on one line and exits with code 2; a traceback is never shown.
    """


class PhotoError(GlocalError):
    """A photo cannot be read or described. `reason` is the message without the photo's name."""

    def __init__(self, photo: str, reason: str) -> None:
        super().__init__(f"{photo}: {reason}")
        self.photo = photo
        self.reason = reason

    def __reduce__(self) -> tuple[type[PhotoError], tuple[str, str]]:
        """Survive pickling between processes."""
        return type(self), (self.photo, self.reason)


class StoreError(PhotoError):
    """The store that a photo lies in does not give it now; nothing is said of the photo itself."""


class RegionError(GlocalError):
    """A region (x, y, width, height) does not lie inside its photo. `reason` is the message without the photo."""

    def __init__(self, reason: str, photo: str | None = None) -> None:
        super().__init__(reason if photo is None else f"{photo}: {reason}")
        self.reason = reason
        self.photo = photo

    def __reduce__(self) -> tuple[type[RegionError], tuple[str, str | None]]:
        """Survive pickling between processes."""
        return type(self), (self.reason, self.photo)


class ModelError(GlocalError):
    """A model is missing, damaged, or not the one a collection was indexed with."""


class CollectionError(GlocalError):
    """A collection is missing, damaged, busy, or written by a newer version."""


class UnknownPhotoError(CollectionError):
    """A photo that was asked for is not in the collection."""


class ConditionError(GlocalError):
    """A condition on photos, as of `Where`, cannot be understood."""

    def __init__(self, condition: str, reason: str) -> None:
        super().__init__(f"the condition {condition!r} cannot be understood: {reason}")
        self.condition = condition
        self.reason = reason

    def __reduce__(self) -> tuple[type[ConditionError], tuple[str, str]]:
        """Survive pickling between processes."""
        return type(self), (self.condition, self.reason)
