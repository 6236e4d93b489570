"""What the API answers of that which jobs have found: albums and duplicates, with examples."""

from __future__ import annotations

from pydantic import Field

from glocal.service.responses import Answer, JobAnswer, PhotoAnswer


class FoundAnswer(Answer):
    """A page of what the last job of a kind has found."""

    total: int = Field(description="How many it has found, on all pages.", examples=[1181])
    next: str | None = Field(description="Give it as `after` to get the next page; null: this was the last.")
    known: bool = Field(description="Whether a job has looked yet.")
    stale: bool = Field(description="Whether the collection has changed since.")
    job: JobAnswer | None = Field(description="The job that is looking now.")


class FoundPhotosAnswer(Answer):
    """Photos that belong together: a page of them."""

    id: str = Field(description="Valid until the job that found it is forgotten.", examples=["5d0c7e1f9ab23468-0"])
    count: int = Field(description="How many there were when they were found.", examples=[212])
    photos: list[PhotoAnswer]
    next: int | None = Field(description="Give it as `after` to get the photos behind these; null: there are no more.")


class DuplicatePairAnswer(Answer):
    """Two photos that show the same picture."""

    a: int
    b: int
    agreement: float = Field(description="Of their pixels, up to 1.", examples=[0.99])


class DuplicateCopyAnswer(Answer):
    """A copy of the best photo of a group."""

    photo: int
    differs: list[str] = Field(description="In what it differs from the best one.", examples=[["cropped by 12 %"]])
    could_go: bool = Field(description="Whether, compared with the best one, it shows its picture, not stretched.")


class DuplicateGroupAnswer(FoundPhotosAnswer):
    """Photos that show the same picture, the best first."""

    pairs: list[DuplicatePairAnswer] = Field(description="Of these photos, with each other and with those before.")
    kept: int | None = Field(description="The best one; null: it is gone, or was not chosen.", examples=[17])
    copies: list[DuplicateCopyAnswer] = Field(description="These photos, beside the best one.")


class DuplicatesAnswer(FoundAnswer):
    """What the last job that looked for duplicates found."""

    groups: list[DuplicateGroupAnswer]


class AlbumAnswer(FoundPhotosAnswer):
    """Photos that are proved to show one thing."""

    name: str = Field(description="Of the folder that most of them lie in, or of the first.", examples=["kayak"])


class AlbumsAnswer(FoundAnswer):
    """What the last job that sorted the photos into albums found, the largest first."""

    albums: list[AlbumAnswer]
