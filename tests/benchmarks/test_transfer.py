"""What weights that know other digits bring where there are few."""

import json
from xml.etree import ElementTree

import numpy as np
import pytest

from digitcnn.benchmarks.accuracy import transfer
from digitcnn.cli.main import main
from digitcnn.data import handwriting
from digitcnn.data.digits import DataSetUnavailable
from digitcnn.report import transfer as report

FIGURES = {
    "run": "starter",
    "network": "digitcnn",
    "dataset": "usps",
    "n_available": 6_291,
    "n_test": 2_007,
    "draws": 3,
    "steps": 400,
    "frozen": ["conv1", "conv2"],
    "as_it_is": 0.91,
    "sizes": [
        {
            "digits": digits,
            "scratch": {"mean": scratch, "least": scratch - 0.02, "most": scratch + 0.01},
            "from_run": {"mean": 0.95, "least": 0.94, "most": 0.96},
            "frozen": {"mean": 0.94, "least": 0.93, "most": 0.95},
        }
        for digits, scratch in ((100, 0.7), (500, 0.88), (2_000, 0.93))
    ],
}


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    digits = handwriting.digits(300, 1)
    path = tmp_path_factory.mktemp("own") / "mine.npz"
    np.savez(path, images=digits.images, labels=digits.labels)
    return path


def test_the_run_is_ahead_where_it_knows_the_digits(trained_run, file, home, capsys, tmp_path):
    chart = tmp_path / "chart.html"
    command = ["benchmark", "transfer", "--run", trained_run.id, "--dataset", str(file), "--json"]
    command += ["--sizes", "5000,40", "--draws", "1", "--steps", "4", "--freeze", "1"]
    home = trained_run.folder.parents[1]
    assert main([*command, "--home", str(home), "--chart", str(chart)]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["network"] == "plain" and figures["n_test"] == 30
    assert figures["n_available"] == 180  # a third of 270 is held back for validation
    (row,) = figures["sizes"]  # there are no 5,000
    assert row["digits"] == 40
    assert row["scratch"]["mean"] < 0.5 < row["from_run"]["mean"]
    assert figures["frozen"] == ["conv1"]
    assert figures["as_it_is"] > 0.5 and row["frozen"]["mean"] > 0.5
    assert "mine.npz" in chart.read_text(encoding="utf-8")


def test_too_few_digits_are_said(trained_run, file, home):
    with pytest.raises(transfer.TooFewDigits, match="choose sizes from 20"):
        transfer.measure(trained_run, str(file), home, [5_000])


def test_digits_that_can_not_be_downloaded_have_a_way_out(trained_run, home, monkeypatch):
    def get(name, home):
        raise DataSetUnavailable(f"{name} can't be downloaded: nobody answers.")

    monkeypatch.setattr(transfer.datasets, "get", get)
    with pytest.raises(DataSetUnavailable, match="nobody answers. Or .* --dataset optdigits"):
        transfer.measure(trained_run, "usps", home)


@pytest.mark.parametrize("sizes", ["many", "100,,500", "-5", "0", "1e3"])
def test_sizes_that_are_no_numbers_are_refused(sizes, capsys):
    assert main(["benchmark", "transfer", "--sizes", sizes]) != 0
    assert "is not a list of numbers" in capsys.readouterr().err


def test_the_page_shows_each_way_to_begin():
    page = report.html(FIGURES)
    assert "95.00% (94.00% to 96.00%)" in page and page.count("<polyline") == 3
    assert "reads 91.00% of them" in page and "conv1, conv2 keep the weights" in page
    assert "<script" not in page and "http" not in page.replace("http://www.w3.org", "")


def test_lines_lie_over_their_numbers_of_digits():
    svg = ElementTree.fromstring(report.chart(FIGURES))
    lines = {
        line.get("class"): [
            tuple(map(float, point.split(","))) for point in line.get("points").split()
        ]
        for line in svg.iter("polyline")
    }
    xs = [x for x, _ in lines["training"]]
    assert (xs[2] - xs[0]) / (xs[1] - xs[0]) == pytest.approx(1_900 / 400, rel=0.01)
    heights = [y for _, y in lines["training"]]
    assert heights == sorted(heights, reverse=True)  # higher on the page with more digits
    assert len({y for _, y in lines["validation"]}) == 1
    texts = [text.text for text in svg.iter("text")]
    assert {"100", "500", "2,000", "digits", "from scratch", "from the run"} <= set(texts)
    only = {**FIGURES, "sizes": FIGURES["sizes"][:1]}
    assert "from scratch 70.00%" in report.chart(only)
