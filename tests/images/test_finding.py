"""Finding photos: on real folders, links, pipes and odd names."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from glocal.errors import PhotoError
from glocal.images import FindRules, PassedOver, find_photos, walk_photos


def make(root: Path, *names: str | bytes) -> None:
    for name in names:
        path = root / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"not looked into")


def found(root: Path, *paths: str | Path) -> list[str]:
    real = root.resolve()
    return [str(path.relative_to(real)) for path in find_photos(paths or [root])]


def test_walks_folders_in_sorted_order(tmp_path: Path) -> None:
    make(tmp_path, "b/2.jpg", "b/1.png", "a/z/deep.webp", "c.tif", "a/0.heic", "B.gif")
    assert found(tmp_path) == ["B.gif", "a/0.heic", "a/z/deep.webp", "b/1.png", "b/2.jpg", "c.tif"]


def test_takes_photo_suffixes_in_any_case_and_no_others(tmp_path: Path) -> None:
    make(tmp_path, "a.JPG", "b.JpEg", "c.HEIC", "d.avif", "e.txt", "f", "g.jpg.bak", "h.mp4", "jpg")
    assert found(tmp_path) == ["a.JPG", "b.JpEg", "c.HEIC", "d.avif"]


def test_skips_hidden_names_unless_given(tmp_path: Path) -> None:
    make(tmp_path, ".a.jpg", ".hidden/b.jpg", "c/.d/e.jpg", "f.jpg", "._f.jpg")
    assert found(tmp_path) == ["f.jpg"]
    assert found(tmp_path, tmp_path / ".hidden", tmp_path / ".a.jpg") == [".hidden/b.jpg", ".a.jpg"]


def test_a_file_given_by_name_is_found_whatever_its_suffix(tmp_path: Path) -> None:
    make(tmp_path, "scan.dat", "noext")
    assert found(tmp_path, tmp_path / "scan.dat", tmp_path / "noext") == ["scan.dat", "noext"]


def test_each_file_once_however_often_it_is_given(tmp_path: Path) -> None:
    make(tmp_path, "a/1.jpg", "a/2.jpg")
    paths = [tmp_path / "a/2.jpg", tmp_path, tmp_path / "a", tmp_path / "a" / ".." / "a" / "1.jpg"]
    assert found(tmp_path, *paths) == ["a/2.jpg", "a/1.jpg"]


def test_links_to_files_and_hard_links_are_the_same_file(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg", "store/object")
    (tmp_path / "b.jpg").symlink_to("a.jpg")
    (tmp_path / "c.jpg").hardlink_to(tmp_path / "a.jpg")
    (tmp_path / "d.jpg").symlink_to("store/object")  # as git-annex keeps files: the link has the name
    assert found(tmp_path) == ["a.jpg", "d.jpg"]


def test_linked_folders_are_walked_once_and_named_by_what_they_are(tmp_path: Path) -> None:
    make(tmp_path, "real/1.jpg", "elsewhere/2.jpg")
    (tmp_path / "start").mkdir()
    (tmp_path / "start/x").symlink_to(tmp_path / "real")
    (tmp_path / "start/y").symlink_to("../elsewhere")
    (tmp_path / "start/z").symlink_to("../real")
    assert found(tmp_path, tmp_path / "start") == ["real/1.jpg", "elsewhere/2.jpg"]
    assert found(tmp_path, tmp_path / "start/x/1.jpg", tmp_path / "real") == ["real/1.jpg"]


def test_link_loops_end(tmp_path: Path) -> None:
    make(tmp_path, "a/1.jpg", "a/b/2.jpg")
    (tmp_path / "a/b/up").symlink_to(tmp_path)
    (tmp_path / "a/b/here").symlink_to(".")
    (tmp_path / "ping").symlink_to("pong")
    (tmp_path / "pong").symlink_to("ping")
    assert found(tmp_path) == ["a/1.jpg", "a/b/2.jpg"]
    assert found(tmp_path, tmp_path / "a/b/up/a/b/here/up") == ["a/1.jpg", "a/b/2.jpg"]


def test_dots_behind_a_link_lead_where_the_system_goes(tmp_path: Path) -> None:
    make(tmp_path, "far/away/x.jpg", "far/y.jpg", "near/z.jpg")
    (tmp_path / "near/link").symlink_to("../far/away")
    assert found(tmp_path, f"{tmp_path}/near/link/../y.jpg") == ["far/y.jpg"]


def test_relative_paths_become_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "a/1.jpg")
    monkeypatch.chdir(tmp_path / "a")
    for path in ("1.jpg", ".", "../a", "./1.jpg", "../a/"):
        assert list(find_photos([path])) == [tmp_path.resolve() / "a/1.jpg"]


def test_odd_names_survive(tmp_path: Path) -> None:
    names = [b"caf\xe9.jpg", b"two\nlines.jpg", b" lead.jpg", "写真.jpg".encode(), b"-x.jpg", b"d\xff/1.png"]
    make(tmp_path, *names)
    photos = list(find_photos([tmp_path]))
    assert {os.fsencode(path.relative_to(tmp_path.resolve())) for path in photos} == set(names)
    assert all(path.read_bytes() for path in photos)


def test_a_path_that_does_not_exist_is_refused_before_any_work(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg")
    (tmp_path / "broken.jpg").symlink_to("gone.jpg")
    for missing in (tmp_path / "none.jpg", tmp_path / "a.jpg/b.jpg", tmp_path / "broken.jpg", "", "a\0b"):
        with pytest.raises(PhotoError, match="check the path"):
            find_photos([tmp_path, missing])  # not iterated


def test_a_missing_path_with_a_line_break_is_named_on_one_line(tmp_path: Path) -> None:
    with pytest.raises(PhotoError) as caught:
        find_photos([tmp_path / "a\nb.jpg"])
    assert "\n" not in str(caught.value)


def test_a_folder_that_vanishes_is_reported_and_the_walk_goes_on(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg", "b/1.jpg", "c.jpg")
    problems: list[PhotoError] = []
    walk = find_photos([tmp_path / "a.jpg", tmp_path / "b", tmp_path / "c.jpg"], on_unreadable=problems.append)
    assert next(walk).name == "a.jpg"
    (tmp_path / "b/1.jpg").unlink()
    (tmp_path / "b").rmdir()
    assert [path.name for path in walk] == ["c.jpg"]
    assert [problem.photo for problem in problems] == [str(tmp_path / "b")]
    assert "cannot be listed" in problems[0].reason


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_without_permission_is_reported(tmp_path: Path) -> None:
    make(tmp_path, "closed/1.jpg", "open/2.jpg")
    (tmp_path / "closed").chmod(0)
    problems: list[PhotoError] = []
    try:
        assert [p.name for p in find_photos([tmp_path], on_unreadable=problems.append)] == ["2.jpg"]
        assert "Permission denied" in problems[0].reason
        with pytest.raises(PhotoError, match="cannot be listed"):
            list(find_photos([tmp_path]))
    finally:
        (tmp_path / "closed").chmod(0o700)


def test_a_photo_link_that_leads_nowhere_is_reported(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg")
    (tmp_path / "gone.jpg").symlink_to("nothing.jpg")
    (tmp_path / "other").symlink_to("nothing")
    problems: list[PhotoError] = []
    assert [path.name for path in find_photos([tmp_path], on_unreadable=problems.append)] == ["a.jpg"]
    assert [Path(problem.photo).name for problem in problems] == ["gone.jpg"]
    with pytest.raises(PhotoError, match=r"gone\.jpg: .*leads nowhere"):
        list(find_photos([tmp_path]))


def test_pipes_in_folders_are_no_photos(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "folder.jpg").mkdir()
    make(tmp_path, "folder.jpg/1.jpg")
    assert found(tmp_path) == ["folder.jpg/1.jpg"]


@pytest.mark.slow
def test_very_deep_folders(tmp_path: Path) -> None:
    """More than Python's recursion limit, which shutil.rmtree would exceed, hence the clearing up by hand."""
    folders = [tmp_path]
    for _ in range(1100):
        folders.append(folders[-1] / "d")
        folders[-1].mkdir()
    photo = folders[-1] / "x.jpg"
    photo.touch()
    try:
        assert [path.name for path in find_photos([tmp_path])] == ["x.jpg"]
    finally:
        photo.unlink()
        for folder in reversed(folders[1:]):
            folder.rmdir()


@settings(max_examples=25)
@given(
    tree=st.dictionaries(st.tuples(st.sampled_from("ab.c"), st.sampled_from("xy.z")), st.sampled_from(["jpg", "txt"]))
)
def test_agrees_with_a_slow_search(tmp_path_factory: pytest.TempPathFactory, tree: dict[tuple[str, str], str]) -> None:
    root = tmp_path_factory.mktemp("tree")
    make(root, *(f"d{folder}/{name}0.{suffix}" for (folder, name), suffix in tree.items()))
    slow = sorted(path for path in root.rglob("*.jpg") if not any(part.startswith(".") for part in path.parts))
    assert list(find_photos([root])) == [path.resolve() for path in slow]


def test_nothing_given_finds_nothing() -> None:
    assert list(find_photos([])) == []


def test_a_name_is_the_one_met_on_the_way_also_through_links(tmp_path: Path) -> None:
    make(tmp_path, "elsewhere/deep/1.jpg", "set/a/2.jpg", "set/3.jpg")
    (tmp_path / "set/linked").symlink_to(tmp_path / "elsewhere")
    walked = list(walk_photos([tmp_path / "set", tmp_path / "elsewhere/deep/1.jpg"]))
    assert [photo.name for photo in walked] == ["3.jpg", "a/2.jpg", "linked/deep/1.jpg"]
    assert walked[2].path == tmp_path.resolve() / "elsewhere/deep/1.jpg"


def test_what_is_passed_over_is_counted_and_said(tmp_path: Path) -> None:
    make(tmp_path, "a/1.jpg", "a/.ipynb_checkpoints/1-checkpoint.jpg", "a/._1.jpg", "a/notes.txt", "a/film.mp4")
    (tmp_path / "a/same.jpg").symlink_to("1.jpg")
    passed_over = PassedOver()
    assert [path.name for path in find_photos([tmp_path], passed_over=passed_over)] == ["1.jpg"]
    assert passed_over.counts == {"hidden": 2, "no photo": 2, "found before": 1}
    assert str(passed_over) == (
        "passed over: 2 hidden names, 2 files that glocal does not read (1 .mp4, 1 .txt), "
        "1 further link to the same file or folder"
    )
    assert str(PassedOver()) == ""


def test_folders_of_systems_are_not_walked_into(tmp_path: Path) -> None:
    make(
        tmp_path, "@eaDir/1.jpg/SYNOPHOTO_THUMB_M.jpg", "$RECYCLE.BIN/2.jpg", "System Volume Information/3.jpg", "a.jpg"
    )
    make(tmp_path, "shop/node_modules/pack/icon.png", "shop/b.jpg")
    passed_over = PassedOver()
    assert [path.name for path in find_photos([tmp_path], passed_over=passed_over)] == ["a.jpg", "b.jpg"]
    assert passed_over.counts == {"system": 4}
    assert found(tmp_path, tmp_path / "$RECYCLE.BIN") == ["$RECYCLE.BIN/2.jpg"]  # asked for by name


IGNORED = """
# a comment
thumb_*.jpg
/drafts/
*.png
!keep.png
**/tmp/*.jpg
"""


@pytest.mark.skipif(shutil.which("git") is None, reason="git is the oracle")
def test_an_ignore_file_holds_as_it_does_for_git(tmp_path: Path) -> None:
    """Git itself is the oracle: what it would list as untracked and not ignored is what is found."""
    make(tmp_path, "thumb_1.jpg", "a/thumb_2.jpg", "drafts/1.jpg", "a/drafts/2.jpg", "b.png", "keep.png", "a/keep.png")
    make(tmp_path, "a/tmp/3.jpg", "a/tmp/4.gif", "c/e.jpg", "c/thumb_5.jpg", "ä.jpg", "c/b.png")
    for folder, rules in ((tmp_path, IGNORED), (tmp_path / "c", "!thumb_5.jpg\ne.jpg\n")):
        for name in (".glocalignore", ".gitignore"):
            (folder / name).write_text(rules)
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    listed = subprocess.run(
        ["git", "-C", str(tmp_path), "ls-files", "-z", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
    )
    expected = sorted(os.fsdecode(name) for name in listed.stdout.split(b"\0") if name and b"ignore" not in name)
    assert sorted(found(tmp_path)) == expected
    assert "c/thumb_5.jpg" in expected
    assert "b.png" not in expected


def test_patterns_are_relative_to_the_folder_given(tmp_path: Path) -> None:
    make(tmp_path, "x/old/1.jpg", "x/new/2.jpg", "y/old/3.jpg", "x/new/old/4.jpg")
    walk = find_photos([tmp_path / "x", tmp_path / "y"], rules=FindRules(exclude=("/old/",)))
    assert [path.name for path in walk] == ["2.jpg", "4.jpg"]


def test_a_pattern_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="gitignore"):
        find_photos([tmp_path], rules=FindRules(exclude=("!",)))


def test_small_photos_and_links_are_left_out_when_asked(tmp_path: Path) -> None:
    for name, side in (("icon", 64), ("photo", 300)):
        Image.new("RGB", (side, side // 2)).save(tmp_path / f"{name}.jpg")
    (tmp_path / "damaged.jpg").write_bytes(b"no photo")
    (tmp_path / "linked.jpg").symlink_to("photo.jpg")
    passed_over = PassedOver()
    walk = find_photos([tmp_path], rules=FindRules(min_side=256, follow_links=False), passed_over=passed_over)
    assert [path.name for path in walk] == ["damaged.jpg", "photo.jpg"]  # a damaged one is for its reader to report
    assert passed_over.counts == {"too small": 1, "link": 1}


def test_photos_without_a_suffix_are_known_by_their_content(tmp_path: Path) -> None:
    picture = Image.new("RGB", (8, 8))
    for name, kind in (("f0a1", "JPEG"), ("scan.07", "PNG"), ("note.txt", "JPEG"), ("bitmap", "BMP")):
        picture.save(tmp_path / name, kind)
    make(tmp_path, "README", "empty")
    (tmp_path / "empty").write_bytes(b"")
    passed_over = PassedOver()
    assert [path.name for path in find_photos([tmp_path], passed_over=passed_over)] == ["f0a1", "scan.07"]
    assert passed_over.kinds == {"": 3, ".txt": 1}
