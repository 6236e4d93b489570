"""What proves a hit, in every way that `glocal search` prints."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from glocal.cli.hit_output import AnswerFormat, AnswerPrinter
from glocal.collection import Hit, Witness

OWN = Hit(1, Path("/photos/own.jpg"), 0.9, 40, 0.99, np.eye(3), 60, proved=True)
WITNESSED = replace(OWN, photo=2, path=Path("/photos/through.jpg"), witness=Witness(1, OWN.path))
BY_KEYPOINTS = replace(OWN, photo=3, path=Path("/photos/close.jpg"), by_keypoints=True)


def printed(capsys: pytest.CaptureFixture[str], chosen: AnswerFormat) -> str:
    AnswerPrinter(chosen, many=False).print([Path("q.jpg")], [OWN, WITNESSED, BY_KEYPOINTS], [])
    return capsys.readouterr().out


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    hits = json.loads(printed(capsys, AnswerFormat(as_json=True)))["hits"]
    told = [(hit["witness"], hit["by_keypoints"]) for hit in hits]
    assert told == [(None, False), ("/photos/own.jpg", False), (None, True)]


def test_csv(capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(csv.DictReader(io.StringIO(printed(capsys, AnswerFormat(as_csv=True)))))
    told = [(row["witness"], row["by_keypoints"]) for row in rows]
    assert told == [("", "False"), ("/photos/own.jpg", "False"), ("", "True")]


def test_table(capsys: pytest.CaptureFixture[str]) -> None:
    head, *lines = printed(capsys, AnswerFormat()).splitlines()
    assert head.split()[-1] == "photo"
    ends = ["own.jpg", "through.jpg (through /photos/own.jpg)", "close.jpg (by keypoints)"]
    assert [line.partition("/photos/")[2] for line in lines] == ends
