"""Writing over what one knows, and over nothing else, in a real store and in those that know less."""

from __future__ import annotations

import pytest
from object_store import ObjectStore, at
from other_stores import CONDITIONS, Changed, Passing, ignoring_conditions, refusing_conditions, through

from glocal.images import Address, ReplacedError

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("store", [None, ignoring_conditions, refusing_conditions])
def test_only_what_is_known_is_written_over(object_store: ObjectStore, bucket: str, store: Changed | None) -> None:
    address = Address(f"s3://{bucket}/folder/object")
    with through(object_store.port, store or (lambda _: True)) as url, at(url):
        with pytest.raises(FileNotFoundError):
            address.read_tagged()
        with pytest.raises(ReplacedError):
            address.write_over(b"x", '"0123456789abcdef0123456789abcdef"')
        address.write_over(b"first", None)
        content, first = address.read_tagged()
        assert content == b"first"
        with pytest.raises(ReplacedError):
            address.write_over(b"x", None)
        address.write_over(b"second", first)
        content, second = address.read_tagged()
        assert (content, second == first) == (b"second", False)
        with pytest.raises(ReplacedError) as told:
            address.write_over(b"x", first)
        assert str(address) in str(told.value)
        assert address.read_tagged() == (b"second", second)


@pytest.mark.parametrize("before", [None, b"before"])
def test_one_who_writes_at_the_same_moment_is_not_overwritten(
    object_store: ObjectStore, bucket: str, before: bytes | None
) -> None:
    key = f"{bucket}/object"

    def others_first(request: Passing) -> bool:
        if request.command == "PUT" and any(name in request.headers for name in CONDITIONS):
            object_store.put(key, b"of another process")
        return True

    address = Address(f"s3://{key}")
    if before is not None:
        object_store.put(key, before)
    tag = None if before is None else address.read_tagged()[1]
    with through(object_store.port, others_first) as url, at(url), pytest.raises(ReplacedError):
        address.write_over(b"of this one", tag)
    assert address.read_tagged()[0] == b"of another process"


def test_one_who_deletes_at_the_same_moment_is_heard(object_store: ObjectStore, bucket: str) -> None:
    def deleted_first(request: Passing) -> bool:
        if request.command == "PUT":
            object_store.delete(f"{bucket}/object")
        return True

    address = Address(f"s3://{bucket}/object")
    address.write_over(b"before", None)
    _, tag = address.read_tagged()
    with through(object_store.port, deleted_first) as url, at(url), pytest.raises(ReplacedError):
        address.write_over(b"after", tag)
    with pytest.raises(FileNotFoundError):
        address.read_tagged()


@pytest.mark.usefixtures("bucket")
def test_a_bucket_that_is_not_there_is_said() -> None:
    with pytest.raises(OSError, match="there is no such bucket"):
        Address("s3://no-such-bucket/object").write_over(b"x", None)
