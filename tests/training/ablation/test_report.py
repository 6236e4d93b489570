"""Table and chart of given results, against numbers worked out by hand."""

import xml.etree.ElementTree as ET

import pytest

pytest.importorskip("torch")
pytestmark = pytest.mark.train

from glocal.training.ablation.chart import draw  # noqa: E402
from glocal.training.ablation.planning import Run  # noqa: E402
from glocal.training.ablation.report import render  # noqa: E402
from glocal.training.ablation.results import Results, differences, percent, values_of  # noqa: E402
from glocal.training.ablation.rows import ABLATIONS  # noqa: E402
from glocal.training.recipe import load_recipe  # noqa: E402


def result(mean_precision, inliers, local=0.45):
    return {
        "measures": {"test": {"mAP": mean_precision, "AP inliers": inliers}},
        "sparsity": {"local": local, "deep": None},
        "seconds": 90.0,
        "photos": 8,
        "classes": 2,
        "environment": {"machine": "Linux, 2 cores", "threads": 1, "torch": "2"},
    }


@pytest.fixture
def document(two_rows, recipe_file, tmp_path):
    stopped, flowing = two_rows.rows
    runs = [
        Run(row, seed, load_recipe(recipe_file, [f"seed={seed}"]), tmp_path / f"{row.name}-{seed}")
        for row in two_rows.rows
        for seed in (0, 1, 2)
    ]
    results = {
        stopped: {0: result(0.50, 0.9), 1: result(0.60, 0.8), 2: result(0.70, 0.7)},
        flowing: {0: result(0.41, 0.9, 0.8), 2: result(0.57, 0.9, 0.9)},
    }
    return render(two_rows, runs, results, ("test",), "two.svg"), results


def table_of(document, heading):
    """Return the rows of the first table after a heading, as lists of cells."""
    lines = document[document.index(heading) :].splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("|"))
    cells = []
    for line in lines[first:]:
        if not line.startswith("|"):
            break
        cells.append([cell.strip() for cell in line.strip("|").split("|")])
    return cells[0], cells[2:]


def test_mean_and_standard_deviation_are_right(document):
    header, rows = table_of(document[0], "# Two rows")
    assert header == ["variant", "seeds", "mAP, test", "AP, test"]
    # 50, 60, 70: mean 60, deviations 10, 0, 10: sqrt(200 / 2) = 10. 41, 57: mean 49, sqrt(2 · 64 / 1) = 11.3.
    assert rows == [["stopped", "3", "60.0 ± 10.0", "80.0 ± 10.0"], ["flowing", "2", "49.0 ± 11.3", "90.0 ± 0.0"]]


def test_differences_are_taken_seed_by_seed(document):
    _, rows = table_of(document[0], "## Difference")
    # Seeds 0 and 2: mAP 41 - 50 = -9 and 57 - 70 = -13; AP 90 - 90 = 0 and 90 - 70 = 20.
    assert rows == [["flowing", "-11.0 ± 2.8", "+10.0 ± 14.1"]]


def test_sparsity_stands_beside_the_published(document):
    _, rows = table_of(document[0], "## Zeros")
    assert rows == [["stopped", "45.0 ± 0.0", "", "45", "88"], ["flowing", "85.0 ± 7.1", "", "", ""]]


def test_the_document_says_what_is_missing(document):
    assert "5 of 6 runs are finished" in document[0]
    assert "| minutes of all runs | 8 |" in document[0]


def test_nothing_yet_is_an_empty_table(two_rows, recipe_file, tmp_path):
    runs = [Run(row, 0, load_recipe(recipe_file), tmp_path / row.name) for row in two_rows.rows]
    results: Results = {row: {} for row in two_rows.rows}
    _, rows = table_of(render(two_rows, runs, results, ("test",), "two.svg"), "# Two rows")
    assert rows == [["stopped", "0", "", ""], ["flowing", "0", "", ""]]
    ET.fromstring(draw(two_rows, results, ("test",)))


def test_the_chart_has_a_dot_for_each_value(two_rows, document):
    root = ET.fromstring(draw(two_rows, document[1], ("test",)))
    name = "{http://www.w3.org/2000/svg}"
    assert len(root.findall(f".//{name}circle")) == 2 * 5
    assert {"stopped", "flowing"} <= {text.text for text in root.iter(f"{name}text")}


def test_one_value_has_no_spread():
    assert (percent({0: 0.5}), percent({}), percent({3: 0.015}, signed=True)) == ("50.0", "", "+1.5")
    assert differences({0: 0.5, 1: 0.25}, {1: 0.5, 2: 1.0}) == {1: -0.25}
    assert values_of({0: result(0.5, 0.5)}, "sparsity", "deep") == {}


@pytest.mark.parametrize("table", ABLATIONS.values(), ids=lambda table: table.name)
def test_every_row_is_a_recipe_of_its_own(table, recipe_file):
    recipes = [load_recipe(recipe_file, row.settings).model_dump_json() for row in table.rows]
    assert len(set(recipes)) == len(table.rows)
    assert table.reference in table.rows


def test_the_tables_share_the_rows_of_joint_training():
    local, global_ = (set(table.rows) for table in ABLATIONS.values())
    assert {row.settings[-1] for row in local & global_} == {
        "network.stop_gradient=false",
        "network.stop_gradient=true",
    }
