"""Model cards: round trip, damage, and what decides a fingerprint."""

import copy
import json
import os
from pathlib import Path

import pytest

from glocal.errors import ModelError
from glocal.extraction import load_model
from glocal.extraction.card import ModelCard
from glocal.extraction.preset import Preset

FIELDS = {
    "format": 1,
    "name": "tiny",
    "architecture": "delg",
    "backbone": "none",
    "licence": "Apache-2.0",
    "input": {"mean": [127.0, 127.0, 127.0], "std": [128.0, 128.0, 128.0]},
    "local": {
        "stride": 16,
        "offset": 0.5,
        "receptive_field": 99,
        "dimensions": 128,
        "attention_threshold": 0.1,
    },
    "global": {"dimensions": 8},
    "presets": {"fast": {"max_side": 512, "local_scales": [1.0], "global_scales": [1.0], "max_features": 500}},
    "files": {"float32": {"name": "tiny.onnx", "sha256": "0" * 64, "bytes": 3}},
    "calibration": None,
    "training": {},
    "results": {},
}


def write(tmp_path, fields):
    path = tmp_path / "tiny.json"
    path.write_text(json.dumps(fields))
    return path


def test_round_trip(tmp_path):
    assert ModelCard.read(write(tmp_path, FIELDS)).to_dict() == FIELDS


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f.update(format=2), "upgrade glocal"),
        (lambda f: f.pop("format"), "not a model card"),
        (lambda f: f.pop("local"), "damaged"),
        (lambda f: f["local"].pop("stride"), "damaged"),
        (lambda f: f["input"].update(mean=[1, 2]), "damaged"),
        (lambda f: f["presets"]["fast"].update(max_side=3), "max_side"),
        (lambda f: f["presets"]["fast"].update(global_scales=[]), "global scale"),
        (lambda f: f["presets"]["fast"].pop("max_features"), "damaged"),
    ],
)
def test_damage_is_named(tmp_path, change, words):
    fields = copy.deepcopy(FIELDS)
    change(fields)
    with pytest.raises(ModelError, match=words):
        ModelCard.read(write(tmp_path, fields))


NOT_NUMBERS: list[object] = [None, True, "16", [16], {}, float("nan"), float("inf")]
OUT_OF_RANGE = [0, -1, 1e300]
PLACES = {
    "input.mean": (lambda f, v: f["input"].update(mean=[v, 0, 0]), [1e300]),
    "input.std": (lambda f, v: f["input"].update(std=[v, 1, 1]), OUT_OF_RANGE),
    "stride": (lambda f, v: f["local"].update(stride=v), OUT_OF_RANGE),
    "offset": (lambda f, v: f["local"].update(offset=v), [1e300]),
    "receptive_field": (lambda f, v: f["local"].update(receptive_field=v), OUT_OF_RANGE),
    "dimensions": (lambda f, v: f["local"].update(dimensions=v), [*OUT_OF_RANGE, 1.5]),
    "attention_threshold": (lambda f, v: f["local"].update(attention_threshold=v), [1e300]),
    "global": (lambda f, v: f["global"].update(dimensions=v), [*OUT_OF_RANGE, 1.5]),
    "max_side": (lambda f, v: f["presets"]["fast"].update(max_side=v), [*OUT_OF_RANGE, 512.5]),
    "scales": (lambda f, v: f["presets"]["fast"].update(global_scales=[v]), OUT_OF_RANGE),
    "max_features": (lambda f, v: f["presets"]["fast"].update(max_features=v), [-1, 1e300, 1.5]),
    "bytes": (lambda f, v: f["files"]["float32"].update(bytes=v), [-1, 1e300, 1.5]),
}


@pytest.mark.parametrize("place", PLACES)
def test_numbers_must_be_numbers_within_their_range(tmp_path, place):
    change, out_of_range = PLACES[place]
    for value in (*NOT_NUMBERS, *out_of_range):
        fields = copy.deepcopy(FIELDS)
        change(fields, value)
        with pytest.raises(ModelError, match=r"damaged: .* must be .*; install the model again|no valid JSON"):
            ModelCard.read(write(tmp_path, fields))


@pytest.mark.parametrize(
    "change",
    [
        *(lambda f, key=key: f.update({key: [1]}) for key in FIELDS if key != "format"),
        *(lambda f, key=key: f.update({key: 5}) for key in FIELDS if key != "format"),
        lambda f: f.update(presets={}),
        lambda f: f.update(files={}),
        lambda f: f.update(name="two\nlines"),
        lambda f: f["presets"].update(fast=[]),
        lambda f: f["files"].update(float32=[]),
        lambda f: f["files"]["float32"].update(sha256="0" * 63),
        lambda f: f["files"]["float32"].update(sha256="G" * 64),
    ],
)
def test_other_kinds_of_fields_are_refused_in_one_line(tmp_path, change):
    fields = copy.deepcopy(FIELDS)
    change(fields)
    with pytest.raises(ModelError, match="damaged") as caught:
        ModelCard.read(write(tmp_path, fields))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["/etc/passwd", "../tiny.onnx", "a/b.onnx", "a\\b.onnx", "C:x", "..", ".", ""])
def test_a_network_lies_beside_its_card(tmp_path, name):
    fields = copy.deepcopy(FIELDS)
    fields["files"]["float32"]["name"] = name
    with pytest.raises(ModelError, match="damaged: name must be"):
        ModelCard.read(write(tmp_path, fields))


@pytest.mark.parametrize("content", ["[" * 100_000, '{"format": NaN}', '{"a":' * 100_000])
def test_nested_and_odd_json_is_no_card(tmp_path, content):
    path = tmp_path / "card.json"
    path.write_text(content)
    with pytest.raises(ModelError, match=r"card\.json: not a model card \(no valid JSON\)"):
        ModelCard.read(path)


def test_pipes_devices_and_large_files_are_no_cards(tmp_path):
    os.mkfifo(tmp_path / "pipe.json")
    with (tmp_path / "large.json").open("wb") as file:
        file.truncate(1 << 30)
    for path in (tmp_path / "pipe.json", tmp_path / "large.json", Path("/dev/zero"), tmp_path):
        with pytest.raises(ModelError, match="not a model card"):
            ModelCard.read(path)


def test_a_network_that_is_a_pipe_is_refused(tmp_path):
    os.mkfifo(tmp_path / "tiny.onnx")
    with pytest.raises(ModelError, match=r"tiny\.onnx: not a regular file"):
        load_model(write(tmp_path, FIELDS))


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[1, 2]", b"hello"])
def test_other_files_are_no_cards(tmp_path, content):
    path = tmp_path / "card.json"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"card\.json: not a model card"):
        ModelCard.read(path)


def test_fingerprint_changes_with_what_decides_features_alone():
    def fingerprint(change):
        fields = copy.deepcopy(FIELDS)
        change(fields)
        card = ModelCard.from_dict(fields)
        return card.fingerprint(card.presets["fast"], "float32")

    base = fingerprint(lambda f: None)
    assert fingerprint(lambda f: f.update(results={"mAP": 1}, calibration={"a": 1}, name="other")) == base
    assert fingerprint(lambda f: f["files"]["float32"].update(sha256="1" * 64)) != base
    assert fingerprint(lambda f: f["presets"]["fast"].update(max_features=499)) != base
    assert fingerprint(lambda f: f["input"].update(mean=[0.0, 0.0, 0.0])) != base
    assert fingerprint(lambda f: f["local"].update(attention_threshold=0.2)) != base


def test_a_missing_or_changed_network_is_refused(tmp_path):
    path = write(tmp_path, FIELDS)
    with pytest.raises(ModelError, match=r"tiny\.onnx: cannot read"):
        load_model(path)
    (tmp_path / "tiny.onnx").write_bytes(b"abc")
    with pytest.raises(ModelError, match="checksum"):
        load_model(path)


def test_a_file_that_is_no_network_is_refused(tmp_path):
    import hashlib

    fields = copy.deepcopy(FIELDS)
    fields["files"]["float32"]["sha256"] = hashlib.sha256(b"abc").hexdigest()
    path = write(tmp_path, fields)
    (tmp_path / "tiny.onnx").write_bytes(b"abc")
    with pytest.raises(ModelError, match="cannot load this network"):
        load_model(path)


def test_unknown_names_list_the_known_ones(tmp_path):
    with pytest.raises(ModelError, match=r"no model 'nonsense'.*delg-lite1"):
        load_model("nonsense")
    path = write(tmp_path, FIELDS)
    with pytest.raises(ModelError, match="preset of tiny is called 'slow'; choose one of: fast"):
        load_model(path, preset="slow")
    with pytest.raises(ModelError, match="precision of tiny is called 'int4'; choose one of: float32"):
        load_model(path, precision="int4")


def test_preset_scales_are_each_run_once():
    assert Preset("p", 512, (0.5, 1.0), (1.0, 0.7), 10).scales == (0.5, 0.7, 1.0)
