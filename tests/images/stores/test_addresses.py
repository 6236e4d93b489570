"""Addresses in a store, used as paths; nothing is asked of a store here."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glocal.images import Address, absolute_path, describe, path_of
from glocal.images.stores import as_address
from glocal.images.stores.kept_contents import KeptContents

names = st.lists(
    st.text(st.characters(exclude_characters="/\0", exclude_categories=("Cs",)), min_size=1).filter(
        lambda part: part not in (".", "..")
    ),
    min_size=1,
    max_size=4,
)


@given(names)
def test_an_address_is_kept_by_all_that_carries_it(parts: list[str]) -> None:
    address = Address("s3://" + "/".join(parts))
    assert str(address) == "s3://" + "/".join(parts)
    assert os.fspath(address) == str(address)
    assert path_of(os.fsencode(address)) == address
    assert isinstance(path_of(os.fsencode(address)), Address)
    assert pickle.loads(pickle.dumps(address)) == address
    assert hash(pickle.loads(pickle.dumps(address))) == hash(address)
    assert as_address(Path(str(address))) == address  # as the command line has it: with a slash less
    assert absolute_path(str(address)) == address
    assert (address.name, str(address.parent / address.name)) == (parts[-1], str(address))
    assert address.resolve() == address.absolute() == address


@pytest.mark.parametrize(
    "path", ["/s3:/bucket/a.jpg", "./s3:/b/a.jpg", "s3/a.jpg", "S3://b/a.jpg", "a/s3://b", "", "s3:"]
)
def test_paths_on_disk_are_none(path: str) -> None:
    assert as_address(path) is None
    assert not isinstance(path_of(path), Address)


def test_what_is_no_path_is_none() -> None:
    assert as_address(b"s3://bucket/a.jpg") is None
    assert as_address(None) is None


def test_relative_paths_and_messages_read_well() -> None:
    address = Address("s3://bucket/2024/a.jpg")
    assert str(address.relative_to("s3://bucket")) == "2024/a.jpg"
    assert [str(folder) for folder in address.parents][:2] == ["s3://bucket/2024", "s3://bucket"]
    assert describe(Path("s3://bucket/2024/a.jpg")) == describe(address) == "s3://bucket/2024/a.jpg"


def test_contents_used_last_are_kept_up_to_a_number_of_bytes() -> None:
    kept, read = KeptContents(10), []

    def get(key: str, size: int = 4) -> bytes:
        def content() -> bytes:
            read.append(key)
            return key.encode() * size

        return kept.get(key, content)

    assert [get(key) for key in "abacab"] == [key.encode() * 4 for key in "abacab"]
    assert read == ["a", "b", "c", "b"]  # "c" took the place of "b", as "a" had been used since
    assert get("large", 3) == b"large" * 3  # more than is kept
    assert get("a") == b"aaaa"
    assert read[4:] == ["large", "a"]
