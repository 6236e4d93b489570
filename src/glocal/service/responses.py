"""What the API answers, with examples."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from glocal.matching import Verdict


class Answer(BaseModel):
    """Base of all answers: frozen, and nothing undeclared in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ProblemDocument(BaseModel):
    """Why a request was not done (RFC 9457)."""

    type: str = "about:blank"
    title: str = Field(examples=["Unprocessable Content"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["The photo is empty; copy or download it again."])


class PhotoAnswer(Answer):
    """A photo of a collection."""

    id: int = Field(examples=[17])
    name: str = Field(description="File name with the folder it is in.", examples=["kayak/kayak_02.jpg"])
    folder: str = Field(description="That it is in, with the one around; empty: it was sent.", examples=["trips/kayak"])
    width: int = Field(description="Of the upright photo, pixels; 0 if it was never readable.", examples=[640])
    height: int = Field(examples=[427])
    searchable: bool = Field(description="Whether searches find it.")
    reason: str = Field(description="Why its file cannot be read now; empty if it can.", examples=[""])
    metadata: dict[str, Any] = Field(examples=[{"place": "Tübingen"}])
    exif: dict[str, Any] = Field(
        description="What the camera wrote: date, latitude, longitude, camera, as far as known.",
        examples=[{"date": "2024-05-17T14:03:22+02:00", "latitude": 48.52, "longitude": 9.05, "camera": "NIKON D90"}],
    )
    version: str = Field(description="Changes with the file's content.", examples=["9f86d081"])


class AgreementAnswer(Answer):
    """How much of two photos agrees, pixel by pixel, once one is laid over the other."""

    query_share: float = Field(description="Of the query, or of its region, 0 to 1.", examples=[0.42])
    photo_share: float = Field(description="Of the photo, that agrees with this, 0 to 1.", examples=[0.37])


class HitAnswer(Answer):
    """A photo that a search found."""

    photo: PhotoAnswer
    similarity: float = Field(description="Of the global descriptors, -1 to 1.", examples=[0.71])
    inliers: int | None = Field(description="Correspondences that agree; null: not verified.", examples=[43])
    correspondences: int | None = Field(examples=[61])
    probability: float | None = Field(
        description="That it shows the same thing, 0 to 1; null: the model has no calibration.", examples=[0.998]
    )
    proved: bool = Field(
        description="Whether the inliers are worth more than chance gives, the pixels do not deny it, and it is not "
        "improbable; or whether hits so proved prove it in turn, or keypoints of the pixels do.",
        examples=[True],
    )
    verdict: Verdict = Field(
        description="proved; else likely, if the probability is at least a half; else similar.", examples=["proved"]
    )
    agreement: AgreementAnswer | None = Field(description="null: the pixels were not compared.")
    transform: list[list[float]] | None = Field(
        description="3 x 3: pixels of the query (or of its view `view`) to pixels of the photo.",
        examples=[[[1.02, 0.01, -14.2], [-0.01, 1.02, 3.3], [0.0, 0.0, 1.0]]],
    )
    view: int = Field(description="Which of the query's views proves it best.", examples=[0])
    witness: int | None = Field(
        description="The id of the hit that proves it in turn, if the query alone does not; `inliers` are then "
        "features seen in all three photos.",
        examples=[None],
    )
    by_keypoints: bool = Field(
        description="Whether keypoints of the pixels prove it (corners and spots, found by SIFT), as the network's "
        "features are too few; `inliers` and `correspondences` are then keypoints.",
        examples=[False],
    )


class SearchAnswer(Answer):
    """The hits of a search, best first: those verified, then the others by similarity."""

    hits: list[HitAnswer]
    views: list[str] = Field(
        description="The query's views; use them to search again without sending the photo.",
        examples=[["upload:0cc175b9c0f1b6a831c399e269772661"]],
    )
    searched: int = Field(description="Photos in the collection.", examples=[117])
    damaged: int = Field(description="Photos left out so far, as what is stored of them is damaged.", examples=[0])
    missing_shards: list[str] = Field(
        description="Shards of the collection that did not answer, and whose photos are left out.", examples=[[]]
    )
    milliseconds: float = Field(examples=[84.1])


class QueryAnswer(Answer):
    """An uploaded query."""

    view: str = Field(examples=["upload:0cc175b9c0f1b6a831c399e269772661"])
    width: int = Field(description="Of the upright photo, pixels.", examples=[640])
    height: int = Field(examples=[480])


class ProofAnswer(Answer):
    """What two photos have in common."""

    similarity: float = Field(examples=[0.71])
    inliers: int = Field(examples=[43])
    correspondences: int = Field(examples=[61])
    probability: float | None = Field(examples=[0.998])
    proved: bool = Field(description="As of a hit.", examples=[True])
    verdict: Verdict = Field(description="As of a hit.", examples=["proved"])
    by_keypoints: bool = Field(description="As of a hit.", examples=[False])
    agreement: AgreementAnswer | None = Field(description="As of a hit.")
    query_mask: list[str] | None = Field(
        description="Where the query, or its region alone, agrees: the rows of a grid of equal cells over it, 1 in "
        "each that does; null: as `agreement`.",
        examples=[["00110", "01110"]],
    )
    photo_mask: list[str] | None = Field(description="The same over the photo.", examples=[["01100", "01100"]])
    transform: list[list[float]] | None
    query_size: tuple[int, int] = Field(description="Width and height, pixels.")
    photo_size: tuple[int, int]
    points: list[tuple[float, float, float, float]] = Field(
        description="Inliers: x, y in pixels of the query, then x, y in pixels of the photo."
    )


class JudgementAnswer(Answer):
    """What somebody said of a query and a photo of the collection."""

    photo: int = Field(examples=[17])
    region: str = Field(description="Of the query; empty: all of it.", examples=[""])
    same: bool = Field(description="Whether both show the same thing.", examples=[True])


class JudgementsAnswer(Answer):
    """What was said of a query."""

    judgements: list[JudgementAnswer]


class CollectionAnswer(Answer):
    """A collection."""

    name: str = Field(examples=["holiday"])
    photos: int = Field(description="That searches find.", examples=[117])
    unreadable: int = Field(examples=[0])
    damaged: int = Field(description="Photos met so far of which what is stored is damaged.", examples=[0])
    generation: int = Field(description="Number of changes so far.", examples=[3])
    model: str = Field(examples=["delg-lite1"])
    preset: str = Field(examples=["fast"])
    changeable: bool = Field(description="False: a copy, which is changed where it is indexed.", examples=[True])


class CollectionsAnswer(Answer):
    """All collections; the first is the default, and folders from which photos may be added."""

    collections: list[CollectionAnswer]
    roots: list[str] = Field(examples=[["camera"]])
    max_upload: int = Field(description="Most bytes of a request.", examples=[67108864])


class PhotosAnswer(Answer):
    """A page of photos in the order of their paths."""

    photos: list[PhotoAnswer]
    next: int | None = Field(description="Give it as `after` to get the next page; null: this was the last.")


class FolderAnswer(Answer):
    """A folder that holds photos of a collection."""

    name: str = Field(description="With the folder it is in; empty: photos that were sent.", examples=["2024/kayak"])
    photo: int = Field(description="One of its photos: it stands for the folder.", examples=[17])
    photos: int = Field(examples=[7])


class FoldersAnswer(Answer):
    """The folders of a collection, in the order of their paths."""

    folders: list[FolderAnswer]


class ServerFolderAnswer(Answer):
    """A folder on the server, below a root that its operator allowed."""

    root: str = Field(examples=["camera"])
    folder: str = Field(description="Below the root; empty: the root itself.", examples=["2024"])
    folders: list[str] = Field(description="Folders in it.", examples=[["kayak", "market"]])
    photos: int = Field(description="Photos in it, without those of its folders.", examples=[12])


class RemovedAnswer(Answer):
    """What was removed."""

    removed: int = Field(examples=[1])


class JobAnswer(Answer):
    """Long work."""

    id: str = Field(examples=["5f1c0e9ab2d34c77"])
    collection: str = Field(examples=["holiday"])
    kind: Literal["add", "duplicates", "albums", "maintenance"]
    what: str = Field(
        description="What it is about: the folder or so many photos that are added, the task of maintenance.",
        examples=["camera/2024"],
    )
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    done: int = Field(description="Steps done: photos indexed, compared or checked, or pages copied.", examples=[40])
    total: int = Field(description="Steps in all; 0: not known yet.", examples=[117])
    result: dict[str, Any] | None = Field(description="What came out, albums and groups left out; or what went wrong.")
    created: float = Field(description="Seconds since 1970.")
    updated: float


class Refused(Answer):
    """A photo that was not taken."""

    name: str = Field(examples=["notes.txt"])
    detail: str = Field(examples=["The upload is not a photo of a known format."])


class AddedAnswer(Answer):
    """The photos sent that were taken are on disk, and a job indexes them."""

    job: JobAnswer
    refused: list[Refused]


class JobsAnswer(Answer):
    """Jobs, newest first."""

    jobs: list[JobAnswer]


class SessionAnswer(Answer):
    """What the caller may do."""

    access: Literal["none", "read", "write", "admin"]
    token_needed: bool
