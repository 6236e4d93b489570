"""What clients send as JSON, with examples."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class AddFolder(BaseModel):
    """A folder below one of the operator's roots."""

    model_config = ConfigDict(extra="forbid")

    root: str = Field(max_length=64, examples=["camera"])
    folder: str = Field("", max_length=1000, description="Below the root; empty: all of it.", examples=["2024/kayak"])


class Judged(BaseModel):
    """What a person says of a hit."""

    model_config = ConfigDict(extra="forbid")

    same: bool | None = Field(description="Whether it shows the same thing; null: take it back.", examples=[True])


class Token(BaseModel):
    """A token, to be exchanged for a cookie."""

    model_config = ConfigDict(extra="forbid")

    token: str = Field(max_length=1000, examples=["correct-horse-battery-staple"])
