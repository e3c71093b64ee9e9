"""Reports: one file with all about a run, which needs nothing else to be read."""

import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest

from digitcnn import settings
from digitcnn.cli.main import main
from digitcnn.data import handwriting
from digitcnn.data.digits import Digits
from digitcnn.figures.curves import epoch_traces
from digitcnn.inference import evaluate
from digitcnn.report import charts, report
from digitcnn.runs import history, store
from tests.run_makers import fill_training, some_card, some_evaluation

VOID = {"meta", "img", "br", "line", "polyline"}


class Checker(HTMLParser):
    """Sees that tags are closed in their order, and collects what a page refers to."""

    def __init__(self):
        super().__init__()
        self.open, self.addresses, self.pictures = [], [], 0

    def handle_starttag(self, tag, attributes):
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attributes:
            if name in ("src", "href", "srcset", "data", "poster", "action"):
                self.addresses.append(value)
        if tag == "img":
            self.pictures += 1
            assert dict(attributes).get("alt"), "a picture without words"

    def handle_startendtag(self, tag, attributes):
        assert tag in VOID

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def checked(page: str) -> Checker:
    checker = Checker()
    checker.feed(page)
    assert checker.open == []
    assert all(address.startswith("data:image/png;base64,") for address in checker.addresses)
    assert "url(" not in page and "@import" not in page and "<script" not in page
    assert "$" not in re.sub(r"<style>.*</style>", "", page, flags=re.S)
    return checker


@pytest.fixture(autouse=True)
def _short_exam(monkeypatch, trained_run):
    """The run of the tests was evaluated on fewer digits than others are."""
    monkeypatch.setattr(handwriting, "N_TEST", len(trained_run.evaluation()))


@pytest.fixture
def pictures(trained_run, trained_home) -> Digits:
    found = evaluate.digits(trained_run, trained_home)
    assert found is not None
    return found


def test_report_says_all_about_a_run(trained_run, pictures):
    page = report.html(trained_run, pictures)
    checker = checked(page)
    evaluation = trained_run.evaluation()
    assert f"<dd>{evaluation.accuracy:.2%}</dd>" in page
    assert (
        f"<dt>Mistakes of {len(evaluation):,}</dt><dd>{len(evaluation.mistakes()):,}</dd>" in page
    )
    for row in trained_run.card.layers:
        assert f"<td>{row.text}</td>" in page
    for name in trained_run.recipe:
        assert f'<th scope="row">{name.replace("_", " ")}</th>' in page
    for version in trained_run.card.versions.values():
        assert f"<td>{version}</td>" in page
    assert "python -m digitcnn train --recipe fast --network plain --dataset handwriting" in page
    assert page.count("<polyline") == 6  # accuracy, loss and recall, training and validation
    # Up to 30 mistakes, 30 readings and the sheet of training digits.
    assert checker.pictures == min(30, len(evaluation.mistakes())) + 31


def test_confusion_matrix_and_figures_by_digit_are_the_evaluations(trained_run, pictures):
    page = report.html(trained_run, pictures)
    matrix = page.split('<table class="matrix">')[1].split("</table>")[0]
    cells = re.findall(r"<td class=[^>]*>([^<]*)</td>", matrix)
    counts = [0 if cell == "·" else int(cell.replace(",", "")) for cell in cells]
    evaluation = trained_run.evaluation()
    np.testing.assert_array_equal(np.reshape(counts, (10, 10)), evaluation.confusion())
    for metrics in evaluation.per_digit():
        row = page.split(f'<tr><th scope="row">{metrics.digit}</th><td class="bar-cell">')[1]
        figures = re.findall(r"<span>([^<]*)</span>", row.split("</tr>")[0])
        wanted = (metrics.precision, metrics.recall, metrics.f1)
        assert figures == [f"{value:.2%}" for value in wanted]


def test_worst_mistakes_come_first(trained_run, pictures):
    section = report.html(trained_run, pictures).split("Worst mistakes")[1].split("</section>")[0]
    shown = [int(n.replace(",", "")) for n in re.findall(r"no\. ([\d,]+)", section)]
    evaluation = trained_run.evaluation()
    likelihood = evaluation.self_confidences[shown]
    assert (np.diff(likelihood) >= 0).all()
    assert len(shown) == min(30, len(evaluation.mistakes())) > 10
    others = np.setdiff1d(evaluation.mistakes(), shown)
    assert (evaluation.self_confidences[others] >= likelihood[-1]).all()


def test_without_pictures_it_says_how_to_get_them(trained_run):
    page = report.html(trained_run, None)
    assert checked(page).pictures == 1  # the sheet of training digits
    assert page.count(evaluate.HOW_TO_GET) == 2


def test_pictures_of_other_digits_are_not_taken_for_the_runs(trained_run, home):
    dataset = replace(trained_run.card.dataset, fingerprint="0" * 64)
    card = replace(trained_run.card, dataset=dataset)
    assert evaluate.digits(store.Run(trained_run.folder, card), home) is None


def test_starter_has_a_report_with_mnist_and_without(mnist_path, monkeypatch, tmp_path):
    starter = store.open_run(settings.STARTER_FOLDER)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert b"digitcnn data get mnist" in report.make(starter, tmp_path)
    monkeypatch.setenv("DIGITCNN_MNIST", str(mnist_path))
    page = report.make(starter, tmp_path).decode()
    assert checked(page).pictures >= 60 - max(0, 30 - len(starter.evaluation().mistakes()))
    assert len(page) < 300_000


def test_names_are_never_markup(home):
    folder = store.new_training(home, "plain-fast")
    fill_training(folder)
    card = some_card(folder.name, name="<script>alert(1)</script>$name")
    card["layers"] = [{"layer": "<img src=x>", "shape": [1], "parameters": 0}]
    card["recipe"] = {"name": "<b>", "network": "&", "optimizer": "<i>"}
    run = store.publish(folder, home, card)
    page = report.html(run, None)
    assert "<script" not in page and "<img" not in page and "<i>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;$name" in page
    assert "This run has no training curve" in page
    assert "There is no network" in page


def test_no_mistakes_and_digits_that_do_not_occur(home):
    folder = store.new_training(home, "plain-fast")
    fill_training(folder)
    evaluation = some_evaluation(60, seed=3)
    right = evaluation[(evaluation.predicted == evaluation.labels) & (evaluation.labels < 5)]
    right.save(folder / "evaluation.npz")
    page = report.html(store.publish(folder, home, some_card(folder.name)), None)
    checked(page)
    assert "There are none." in page and "nan" not in page


def test_damaged_run_has_no_report_but_a_sentence(home, trained_home, capsys):
    shutil.copytree(trained_home, home, dirs_exist_ok=True)
    run = next(x.run for x in store.list_runs(home) if x.id != store.STARTER_ID)
    (run.folder / "history.json").write_text("{}")
    assert main(["report", run.id, "--home", str(home)]) == 2
    assert "history.json is damaged" in capsys.readouterr().err


def test_command_writes_the_file(trained_home, trained_run, tmp_path, capsys, monkeypatch):
    target = tmp_path / "report.html"
    words = ["report", trained_run.id, "--home", str(trained_home)]
    assert main([*words, "-o", str(target)]) == 0
    assert str(target) in capsys.readouterr().out
    checked(target.read_text(encoding="utf-8"))
    monkeypatch.chdir(tmp_path)
    assert main(words) == 0
    assert (tmp_path / f"{trained_run.id}.html").read_bytes() == target.read_bytes()


def test_command_refuses_politely(tmp_path, capsys):
    assert main(["report", "none"]) == 2
    assert "There is no run 'none'" in capsys.readouterr().err
    (tmp_path / "file").touch()
    assert main(["report", "starter", "-o", str(tmp_path / "file" / "r.html")]) == 2
    assert "can't be written to" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("low", "high"), [(0.912, 0.9953), (0.5, 0.5), (0, 1), (0.99951, 0.99953), (12, 345)]
)
def test_round_numbers_beside_a_chart_enclose_what_it_shows(low, high):
    ticks = charts._ticks(low, high)
    assert ticks[0] <= low + 1e-9 and ticks[-1] >= high - 1e-9
    assert 2 <= len(ticks) <= 8
    np.testing.assert_allclose(np.diff(ticks), ticks[1] - ticks[0])


def some_curves(**changes) -> history.History:
    epochs = [
        {"epoch": i + 1, "accuracy": 0.9, "loss": 0.5, "val_accuracy": 0.95, "val_loss": 0.02,
         "seconds": 1, **{name: values[i] for name, values in changes.items()}}
        for i in range(3)
    ]  # fmt: skip
    return history.read({"epochs": epochs}, 1)


@pytest.mark.parametrize("measure", ["accuracy", "loss"])
def test_a_chart_places_what_the_pages_chart_places(measure):
    curves = some_curves(val_loss=[0.2, 0.05, 0.0125], accuracy=[0.9, 0.95, 0.99])
    drawn = ElementTree.fromstring(charts.chart(curves, measure))
    for trace in epoch_traces(curves, measure):
        dots = [dot for dot in drawn.iter("circle") if dot.get("class") == trace["name"]]
        values = np.array(trace["y"])
        scaled = np.log(values) if measure == "loss" else values
        heights = [-float(dot.get("cy")) for dot in dots]
        assert len(dots) == len(values)
        if np.ptp(values):  # whatever the axis: equal distances are equal distances
            slope = np.ptp(heights) / np.ptp(scaled)
            np.testing.assert_allclose(np.diff(heights), slope * np.diff(scaled), atol=0.2)
        else:
            assert np.ptp(heights) == 0
    low, high = (float(drawn.findall("line")[i].get("y1")) for i in (0, -1))
    assert all(high - 10 <= float(dot.get("cy")) <= low + 10 for dot in drawn.iter("circle"))


def test_a_gap_in_a_curve_is_one_in_the_chart_and_what_nobody_wrote_down_has_none():
    curves = some_curves(val_loss=[float("nan"), 0.0, 0.1])
    drawn = ElementTree.fromstring(charts.chart(curves, "loss"))
    classes = [dot.get("class") for dot in drawn.iter("circle")]
    assert (classes.count("validation"), classes.count("training")) == (1, 3)
    assert charts.chart(curves, "recall") is None
