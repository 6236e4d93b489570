"""A backup is whole: it holds what people judged and what a service was given, and puts it back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from toy_model import ToyModel
from toy_photos import save_photo

from glocal.collection import Collection, Judgement, Judgements

SAID = Judgement("aa", "bb", "", True, 0.7, 0.3, 41.5, 120, 1.0)


def content(folder: Path) -> dict[str, bytes]:
    """Return what lies below a folder beside the catalog and the files of its lock."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    kept = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
    return {name: data for name, data in kept.items() if name == "judgements.jsonl" or name.startswith("service/")}


def give(collection: Collection) -> Path:
    """Let a collection have judgements and a service's files; return the photo that was sent."""
    collection.judgements.add(SAID)
    service = collection.directory / "service"
    sent = service / "photos" / "demo" / "0123" / "sent.png"
    for folder in (sent.parent, service / "queries"):
        folder.mkdir(parents=True)
    save_photo(sent, 40)
    (service / "photos" / "demo" / ".half.new").write_bytes(b"an upload under way")
    (service / "queries" / "4567").write_bytes(b"an uploaded query")
    (service / "jobs.sqlite").write_bytes(b"jobs")
    (service / "tokens.json").touch(0o600)
    (service / "tokens.json").write_text('{"tokens": []}')
    collection.add([sent])
    return sent


def test_judgements_tokens_and_sent_photos_are_backed_up_and_restored(filled: Collection, tmp_path: Path) -> None:
    sent = give(filled)
    expected = {
        "judgements.jsonl": filled.judgements.path.read_bytes(),
        "service/photos/demo/0123/sent.png": sent.read_bytes(),
        "service/tokens.json": b'{"tokens": []}',
    }
    report = filled.backup(tmp_path / "backup")
    assert content(tmp_path / "backup") == expected
    assert (report.photos, report.judgements, report.sent_photos, report.unchanged) == (7, 1, 1, False)
    assert report.bytes == sum(
        path.stat().st_size
        for path in (tmp_path / "backup").rglob("*")
        if path.is_file() and path.name not in ("last.commit", "writer.lock")
    )
    Collection.restore(tmp_path / "backup", tmp_path / "elsewhere")
    assert content(tmp_path / "elsewhere") == expected
    assert (tmp_path / "elsewhere/service/tokens.json").stat().st_mode & 0o777 == 0o600
    with Collection.open(tmp_path / "elsewhere", ToyModel()) as restored:
        sent.unlink()
        found = restored.add([tmp_path / "elsewhere/service/photos"])
        assert (found.renamed, found.added) == (1, 0)  # known again where it lies now


def test_a_backup_takes_in_what_was_judged_and_sent_since(filled: Collection, tmp_path: Path) -> None:
    filled.backup(tmp_path / "backup")
    assert filled.backup(tmp_path / "backup").unchanged
    filled.judgements.add(SAID)
    assert not filled.backup(tmp_path / "backup").unchanged
    assert Judgements(tmp_path / "backup").all() == [SAID]
    filled.judgements.path.unlink()  # by mistake
    report = filled.backup(tmp_path / "backup")
    assert (report.judgements, report.unchanged) == (1, True)
    give(filled)
    (filled.directory / "service/tokens.json").write_text('{"tokens": [] }')
    assert not filled.backup(tmp_path / "backup").unchanged
    (filled.directory / "service/tokens.json").write_text('{"tokens":  []}')  # as long, but another
    filled.backup(tmp_path / "backup")
    assert content(tmp_path / "backup")["service/tokens.json"] == b'{"tokens":  []}'
    assert filled.backup(tmp_path / "backup").unchanged


def test_restoring_in_place_loses_nothing_that_was_said_or_sent_since(filled: Collection, tmp_path: Path) -> None:
    sent = give(filled)
    filled.backup(tmp_path / "backup")
    sent.unlink()
    filled.judgements.add(replace(SAID, photo="cc", at=2.0))
    (filled.directory / "service/tokens.json").write_text("{}")  # a token was revoked
    filled.close()
    report = Collection.restore(tmp_path / "backup", filled.directory, replace=True)
    assert report.judgements == 2
    assert [one.photo for one in Judgements(filled.directory).all()] == ["bb", "cc"]
    assert sent.exists()
    assert (filled.directory / "service/tokens.json").read_text() == "{}"
    assert (filled.directory / "service/queries/4567").exists()


def test_a_backup_of_an_empty_collection_is_sound(tmp_path: Path) -> None:
    with Collection.create(tmp_path / "collection", ToyModel()) as empty:
        empty.backup(tmp_path / "backup")
    Collection.restore(tmp_path / "backup", tmp_path / "restored")
    for name in ("backup", "restored"):
        with Collection.open(tmp_path / name, ToyModel()) as opened:
            assert opened.check().is_sound
