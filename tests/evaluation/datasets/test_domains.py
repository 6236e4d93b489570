"""Domains read from a file, and the photos they are made of."""

from pathlib import Path

import pytest
from PIL import Image

from glocal.evaluation.datasets import Domain, domain_set, read_domains
from glocal.evaluation.errors import EvaluationError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("places/aix-a/1", "places/aix-a/2", "places/nice-b/1", "places/nice-b/2", "other/x", "other/deep/y"):
        path = tmp_path / f"{name}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8)).save(path)
    return tmp_path


def names(paths: tuple[Path, ...], root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in paths]


def test_a_file_of_domains(tmp_path: Path) -> None:
    file = tmp_path / "domains.toml"
    file.write_text(
        '[[domain]]\nname = "Aix"\nfolder = "places"\nidentities = ["aix-*"]\namong = ["other"]\n'
        '[[domain]]\nname = "all"\nfolder = "places"\n'
    )
    assert read_domains(file) == (Domain("Aix", "places", ("aix-*",), ("other",)), Domain("all", "places"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", r"\[\[domain\]\]"),
        ("[[domain", "not a TOML file"),
        ('[[domain]]\nname = "a"\nfolder = "b"\ncolour = 1', "unknown colour"),
        ('[[domain]]\nname = "a"', "needs a name, a folder"),
        ('[[domain]]\nname = "a"\nfolder = 3', "folder must be a text"),
        ('[[domain]]\nname = "a"\nfolder = "b"\namong = "c"', "among must be a list"),
        ('[[domain]]\nname = "a"\nfolder = "b"\nidentities = []', "patterns of identities"),
        ('[[domain]]\nname = "a"\nfolder = "b"\n' * 2, "two domains are called 'a'"),
        ('name = "a"', "nothing else"),
    ],
)
def test_what_is_wrong_with_a_file(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "domains.toml"
    file.write_text(text)
    with pytest.raises(EvaluationError, match=words):
        read_domains(file)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"gone.toml: cannot read"):
        read_domains(tmp_path / "gone.toml")


def test_other_identities_are_left_out(root: Path) -> None:
    photos = domain_set(root, Domain("Aix", "places", ("aix-*",)))
    assert names(photos.photos, root) == ["places/aix-a/1.jpg", "places/aix-a/2.jpg"]
    assert photos.queries == photos.photos
    assert photos.distractors == ()


def test_among_all_of_the_same_folder_the_own_photos_count_once(root: Path) -> None:
    photos = domain_set(root, Domain("Aix", "places", ("aix-*",), ("places", "other", "other/deep")))
    assert names(photos.photos, root) == ["places/aix-a/1.jpg", "places/aix-a/2.jpg"]
    assert names(photos.distractors, root) == [
        "other/deep/y.jpg", "other/x.jpg", "places/nice-b/1.jpg", "places/nice-b/2.jpg",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("domain", "words"),
    [
        (Domain("a", "gone"), "gone: no such folder"),
        (Domain("a", "places", ("paris-*",)), "no identity matches paris-"),
        (Domain("a", "places", among=("gone",)), "gone: no such folder"),
        (Domain("a", "other", ("deep",)), "has two photos"),
    ],
)
def test_photos_that_are_not_there(root: Path, domain: Domain, words: str) -> None:
    with pytest.raises(EvaluationError, match=words):
        domain_set(root, domain)
