"""The evaluation as a value, as JSON, Markdown and HTML."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from example_photos import EXAMPLES

from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.measures.precision_recall_curve import precision_recall
from glocal.evaluation.reports.html import render_html
from glocal.evaluation.reports.markdown import render_markdown
from glocal.evaluation.reports.published import published
from glocal.evaluation.result import (
    Evaluation,
    Example,
    ProtocolResult,
    QueryResult,
    RankedPhoto,
    Stage,
)

PHOTOS = EXAMPLES / "pixabay"


def evaluation(**fields: object) -> Evaluation:
    metrics = {"mAP": 0.7125, "mP@1": 0.9}
    photo = str(PHOTOS / "car01.jpg")
    made = {
        "benchmark": "roxford5k",
        "results": tuple(
            ProtocolResult(
                protocol,
                metrics,
                {"mAP": 0.65, "mP@1": 0.8},
                (QueryResult("all_souls <1>", 0.25, 0.125), QueryResult("empty", None), QueryResult("b", 1.0, 1.0)),
                tuple(np.linspace(1, 0, 101).tolist()),
            )
            for protocol in ("easy", "medium", "hard")
        ),
        "setting": {"model": "tiny", "model_hash": "abc", "crop": "box", "variant": "shared", "image_version": None},
        "stages": (Stage("rank", 0.5, 70), Stage("extract", 2.0, 4, 1000)),
        "examples": (
            Example(
                photo,
                (10, 10, 100, 80),
                "medium",
                0.25,
                (
                    RankedPhoto(photo, "positive", 0.9, 40),
                    RankedPhoto("/no/such/photo.jpg", "negative", 0.5, None),
                ),
            ),
        ),
    }
    return Evaluation(**{**made, **fields})


def test_json_keeps_everything(tmp_path: Path) -> None:
    value = evaluation()
    value.save(tmp_path / "e.json")
    assert Evaluation.load(tmp_path / "e.json") == value


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not JSON"),
        ("[]", "not an evaluation"),
        ('{"format": 2}', "not an evaluation of format 1"),
        ('{"format": 1}', "damaged"),
        ('{"format": 1, "benchmark": "x", "results": [{"no": 1, "queries": [], "curve": []}]}', "damaged"),
    ],
)
def test_json_that_is_none_of_ours(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "e.json").write_text(content)
    with pytest.raises(EvaluationError, match=message):
        Evaluation.load(tmp_path / "e.json")


def test_a_query_without_positives_has_no_number() -> None:
    assert QueryResult("q", float("nan")).average_precision is None
    with pytest.raises(ValueError, match="outside"):
        QueryResult("q", 1.5)
    json.dumps(evaluation().to_dict(), allow_nan=False)


def test_what_could_not_be_measured_survives_json(tmp_path: Path) -> None:
    nan = float("nan")
    example = Example("q.jpg", None, "easy", nan, ())
    value = evaluation(results=(ProtocolResult("easy", {"mAP": nan}, curve=(1.0, nan)),), examples=(example,))
    value.save(tmp_path / "e.json")
    assert "NaN" not in (tmp_path / "e.json").read_text()
    (result,) = Evaluation.load(tmp_path / "e.json").results
    assert np.isnan(result.metrics["mAP"])
    assert result.curve[0] == 1.0
    assert np.isnan(result.curve[1])
    assert "| nan |" in render_markdown(value)


def test_published_rows_have_sources_and_sane_numbers() -> None:
    rows = published()
    assert len(rows) == 41
    for row in rows:
        assert row.method
        assert row.source
        assert len(row.scores) == 8
        for (benchmark, protocol), value in row.scores.items():
            assert 10 < value < 95
            if protocol == "hard":
                assert value < row.scores[benchmark, "medium"]
            if benchmark.endswith("+1m"):
                assert value < row.scores[benchmark.removesuffix("+1m"), protocol]
    delg = next(row for row in rows if row.method == "DELG global+local R101 GLDv2-clean")
    assert delg.scores["roxford5k", "hard"] == 64.0
    assert delg.scores["rparis6k+1m", "medium"] == 71.5
    uncropped = [row for row in rows if "queries not cropped" in row.caveat]
    assert {row.method.split()[0] for row in uncropped} == {"DELG", "DOLG"}


def test_markdown_has_ours_first_and_says_what_is_not_comparable() -> None:
    text = render_markdown(evaluation())
    assert "| easy, before re-ranking | 65.00 | 80.00 |" in text
    assert "| hard, shared re-ranking | 71.25 | 90.00 |" in text
    beside = text.split("## mAP beside published results")[1].split("##")[0]
    lines = [line for line in beside.splitlines() if line.startswith("|")]
    assert lines[0] == "| method | medium | hard | source | caveat |"
    assert lines[2].startswith("| tiny (this evaluation) | 71.2 | 71.2 |")
    assert "one re-ranking shared by all protocols" in lines[2]
    assert len(lines) == 2 + 1 + 41
    assert "image_version" not in text
    assert "| rank | 0.50 | 70 | 7.14 |  |" in text


def test_markdown_of_a_set_that_nobody_published() -> None:
    assert "published" not in render_markdown(evaluation(benchmark="mine"))


class Page(HTMLParser):
    """Collects what a browser would load, and checks that tags are closed."""

    def __init__(self) -> None:
        super().__init__()
        self.sources: list[str] = []
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.sources += [value for name in ("src", "href") if (value := values.get(name))]
        if tag not in {"meta", "img", "br"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_html_is_one_page_that_loads_nothing() -> None:
    drawn: list[str] = []

    def overlay(_example: Example, photo: RankedPhoto) -> bytes:
        drawn.append(photo.path)
        return b"\xff\xd8jpeg"

    text = render_html(evaluation(), overlay)
    page = Page()
    page.feed(text)
    page.close()
    assert page.open == []
    assert len(page.sources) == 3
    assert all(source.startswith("data:image/jpeg;base64,") for source in page.sources)
    assert drawn == [str(PHOTOS / "car01.jpg")]
    assert "<script" not in text
    assert "all_souls &lt;1&gt;" in text
    assert "photo.jpg" in "".join(page.text)
    assert text.count("<polyline") == 3


def test_html_without_examples_curves_or_stages() -> None:
    bare = Evaluation("pairs", (ProtocolResult("similarity", {"AP": 0.5}),), {})
    text = render_html(bare)
    assert "<td>50.00</td>" in text
    assert "<svg" not in text


def test_curve_by_hand() -> None:
    # Positives at places 1 and 4: precision 1 up to recall 1/2, then 1/2. Another query: place 2 of 1: 1/2.
    curve = precision_recall([np.array([0, 3]), np.array([1]), np.array([], int)])
    assert curve[0] == curve[50] == pytest.approx((1 + 0.5) / 2)
    assert curve[51] == curve[100] == pytest.approx((0.5 + 0.5) / 2)
    assert precision_recall([np.array([], int)]).size == 0


def test_curve_against_a_loop() -> None:
    rng = np.random.default_rng(0)
    for count in (1, 3, 7, 29, 100):
        places = np.sort(rng.permutation(300)[:count])
        curve = precision_recall([places])
        for percent in range(101):
            reached = [
                (index + 1) / (place + 1) for index, place in enumerate(places) if 100 * (index + 1) >= percent * count
            ]
            assert curve[percent] == pytest.approx(max(reached), abs=1e-12)


def test_numbers_stand_to_the_right_in_markdown() -> None:
    rule = render_markdown(evaluation()).splitlines()[3]
    assert re.fullmatch(r"\| --- \| ---: \| ---: \|", rule)
