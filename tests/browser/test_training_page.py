"""The Train page in Chromium: a training from the form to the page that draws with it."""

import contextlib
import os
import shutil
import signal
import time

import psutil
import pytest
from playwright.sync_api import TimeoutError, expect

from digitcnn import settings
from digitcnn.benchmarks.speed.browser import CANVAS, draw
from digitcnn.data import samples
from digitcnn.models import recipes
from digitcnn.report import report
from digitcnn.runs import lock, progress, store, trainer_process
from digitcnn.runs.store import folders
from tests.browser.small_trainer import SMALL_TRAININGS, hurry
from tests.browser.visitor import choose, scrolls_sideways
from tests.browser.windows import NOWHERE

PATIENCE_MS = 600_000  # for a training on a loaded machine

# How many points the first curve has.
_BATCHES = """() => {
  const curve = document.querySelector('.live-chart path[data-name="batches"]');
  return (curve?.getAttribute("d") ?? "").split(/[ML]/).length - 1;
}"""


@pytest.fixture
def visit(window):
    """Opens a page and gives it; what it complains about fails the test."""
    complaints = []

    def told(message) -> None:
        # Below a page's path Streamlit looks for its server in vain before it looks at the root.
        if message.type == "error" and "404" not in message.text:
            complaints.append(message.text)

    def visit(url: str, wait_for: str = ".runs tbody tr", **options):
        options.setdefault("viewport", {"width": 1280, "height": 1400})
        page = window(**options)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", told)
        page.goto(url)
        page.locator(wait_for).first.wait_for()
        return page

    yield visit
    assert complaints == []


def fill(page, label: str, number: int) -> None:
    field = page.get_by_label(label, exact=True)
    expect(field).to_have_count(1)  # The field whose place it takes may go a moment later.
    field.fill(str(number))
    field.press("Enter")


def settle(page, command: str) -> None:
    """Waits until the page has taken in what was chosen, and has removed what is out of date."""
    expect(page.locator("pre.command").first).to_contain_text(command)
    page.locator('.stApp[data-test-script-state="notRunning"]').wait_for()
    page.wait_for_timeout(300)


@pytest.fixture
def home_to_train_in(tmp_path):
    """An empty home; should the test fail, its training ends with it."""
    home = tmp_path / "home"
    yield home
    trainer_process.cancel(home)


def test_from_the_form_to_a_page_that_draws_with_it(serve, visit, home_to_train_in):
    home = home_to_train_in
    with serve(SMALL_TRAININGS, DIGITCNN_HOME=str(home), DIGITCNN_TRAINING="on") as server:
        page = visit(f"{server.url}/train")
        page.evaluate("window.notReloaded = true")
        choose(page, "Network", "plain")
        settle(page, "--network plain")
        choose(page, "Recipe", "Fast")
        settle(page, "--recipe fast")
        sets = page.get_by_role("combobox", name="Data sets")
        sets.press("Backspace")  # takes MNIST away
        choose(page, "Data sets", "Synthetic handwriting")
        sets.press("Escape")
        settle(page, "--dataset handwriting")
        page.get_by_text("More settings").click()
        fill(page, "Synthetic digits", 3100)
        settle(page, "--handwriting 3100")
        fill(page, "Epochs", 1000)
        settle(page, "--epochs 1000")
        page.get_by_role("button", name="Start training").click()

        state = page.locator(".st-key-training-state")
        expect(state).to_contain_text("Training plain · fast recipe")
        hurry(server)
        chart = page.locator(".live-chart .plot > svg").first
        chart.wait_for(timeout=PATIENCE_MS)
        page.wait_for_function(f"({_BATCHES})() > 2", timeout=PATIENCE_MS)
        page.evaluate("window.chart = document.querySelector('.live-chart .plot > svg')")
        told = page.locator(".live-chart .told").first

        def point() -> None:
            """Points at the chart, again if it moves away as the page grows."""
            with contextlib.suppress(AssertionError):
                expect(told).to_contain_text("batches", timeout=300)
                return
            for _ in range(20):
                chart.hover()
                with contextlib.suppress(AssertionError):
                    expect(told).to_contain_text("batches", timeout=3_000)
                    return
            raise AssertionError("the chart does not tell what is pointed at")

        point()
        for _ in range(3):  # The curves grow by themselves, and the chart stays what it was.
            points = page.evaluate(_BATCHES)
            page.wait_for_function(f"({_BATCHES})() > {points}", timeout=PATIENCE_MS)
            point()
        assert page.evaluate(
            "window.chart === document.querySelector('.live-chart .plot > svg') && "
            "window.chart.isConnected"
        )
        chart.focus()
        page.keyboard.press("End")
        expect(page.locator(".live-chart [aria-live]").first).to_contain_text("validation")
        expect(page.locator("ol.hard li")).to_have_count(12)
        expect(page.locator("ol.hard li.right").first).to_be_visible(timeout=PATIENCE_MS)
        page.set_viewport_size({"width": 390, "height": 1400})
        page.wait_for_timeout(500)
        assert not scrolls_sideways(page)
        page.set_viewport_size({"width": 1280, "height": 1400})
        expect(state).to_contain_text("left", timeout=PATIENCE_MS)
        assert page.locator(".st-key-training-form").count() == 0

        other = visit(f"{server.url}/train")  # Another session watches the same.
        expect(other.locator(".live-chart .plot > svg")).to_have_count(2)
        assert other.evaluate(_BATCHES) >= points

        page.get_by_role("button", name="Cancel").click()
        page.get_by_role("button", name="Discard it").click()
        expect(page.get_by_role("button", name="Start training")).to_be_visible()
        assert not lock.held(home)
        assert folders(home / "training") == folders(home / "runs") == []
        expect(other.get_by_role("button", name="Start training")).to_be_visible()
        assert "failed" not in page.locator(".st-key-training-state").inner_text()

        # The form is as it was left.
        settle(page, "--recipe fast --network plain --dataset handwriting --epochs 1000")
        fill(page, "Epochs", 4)
        settle(page, "--epochs 4")
        if not page.get_by_label("Synthetic digits", exact=True).is_visible():
            page.get_by_text("More settings").click()
        fill(page, "Synthetic digits", 2000)
        settle(page, "--epochs 4 --handwriting 2000")
        page.get_by_role("button", name="Start training").click()
        expect(state).to_contain_text("Training plain")
        hurry(server)
        page.get_by_role("button", name="Use the new one").click(timeout=PATIENCE_MS)
        row = page.locator(".runs tr", has_text="in use")
        expect(row).to_contain_text("plain · fast")
        (made,) = [listing.run for listing in store.list_runs(home) if listing.id != "starter"]
        expect(page.locator("p.run")).to_contain_text(made.name)
        expect(row).to_contain_text(f"{made.test_accuracy:.2%}")
        expect(row).to_have_class("chosen")
        assert page.evaluate("window.notReloaded")

        page.get_by_role("link", name="Draw").click()
        page.locator(CANVAS).wait_for()
        expect(page.locator("p.run")).to_contain_text(made.name)
        draw(page, samples.sample(7), moves=24)
        expect(page.locator(".st-key-probabilities .bars .point")).to_have_count(10)
        expect(page.locator(".st-key-reading")).not_to_contain_text("Draw on the paper")
        mapped = psutil.Process(server.process.pid).memory_maps()
        assert not any("tensorflow" in file.path.lower() for file in mapped)
        for session in (page, other):
            session.goto(NOWHERE)  # before the server is gone


@pytest.fixture
def told(tmp_path):
    """A training that this process says is running: five of ten epochs are over."""
    home = tmp_path / "home"
    with lock.hold(home):
        folder = store.new_training(home, "plain-fast")
        told = progress.Progress(folder.name, os.getpid(), "fitting", started=time.time())
        told.recipe = recipes.recipe("fast", network="plain").to_dict()
        told.epoch, told.epochs, told.step, told.steps = 6, 10, 500, 1_000
        names = ("accuracy", "loss", "val_accuracy", "val_loss")
        told.history = {
            "epochs": [
                {"epoch": n, "seconds": 9.0, **dict.fromkeys(names, 1 - 0.5 / n)}
                for n in range(1, 6)
            ],
            "batches": {
                name: [n / 50 for n in range(1, 50)] for name in ("step", "loss", "accuracy")
            },
        }
        told.history["batches"]["step"] = list(range(10, 500, 10))
        told.write(folder)
        yield home


def test_a_chart_is_zoomed_and_a_server_that_is_away_is_said(serve, visit, told):
    with serve(DIGITCNN_HOME=str(told), DIGITCNN_TRAINING="on") as server:
        page = visit(f"{server.url}/train", wait_for=".live-chart .plot > svg")
        chart = page.locator(".live-chart").first
        ticks = chart.locator(".texts text")
        epochs = chart.locator(".texts text[text-anchor='middle']")
        expect(epochs).to_have_text(["0", "2", "4", "6", "8", "10"])
        before = ticks.all_text_contents()
        box = chart.locator(".plot > svg").bounding_box()
        whole = chart.get_by_role("button", name="Show all epochs")
        expect(whole).to_be_hidden()

        def drag(*parts):
            """Drags from one part of the chart's width to another; the axis begins at 52 px."""
            from_, to = (box["x"] + 52 + part * (box["width"] - 64) for part in parts)
            page.mouse.move(from_, box["y"] + 60)
            page.mouse.down()
            page.mouse.move(to, box["y"] + 90, steps=4)
            expect(chart.locator(".dragged")).to_be_visible()
            page.mouse.up()
            expect(chart.locator(".dragged")).to_be_hidden()

        drag(0.2, 0.5)  # of ten epochs
        expect(whole).to_be_visible()
        shown = [float(text) for text in epochs.all_text_contents()]
        assert shown[0] >= 1.9 and shown[-1] <= 5.1 and len(shown) > 3
        page.wait_for_timeout(2_500)  # The page asks anew each second; what is looked at stays.
        assert [float(text) for text in epochs.all_text_contents()] == shown
        page.mouse.dblclick(box["x"] + box["width"] / 2, box["y"] + 80)
        expect(ticks).to_have_text(before)
        expect(whole).to_be_hidden()
        drag(0.5, 0.3)  # the other way round
        whole.click()
        expect(ticks).to_have_text(before)

        away = page.locator("p.away")
        expect(away).to_be_hidden()
        server.process.send_signal(signal.SIGSTOP)  # It stands still; its connections stand, too.
        try:
            expect(away).to_be_visible()
            expect(away).to_contain_text("The server does not answer. A running training")
        finally:
            server.process.send_signal(signal.SIGCONT)
        expect(away).to_be_hidden()
        page.goto(NOWHERE)


def test_a_server_that_is_gone_is_said(serve, chromium, tmp_path):
    with serve(DIGITCNN_HOME=str(tmp_path / "home"), DIGITCNN_TRAINING="off") as server:
        page = chromium.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(f"{server.url}/train")
        page.locator(".runs tbody tr").first.wait_for()
        expect(page.locator("p.away")).to_be_hidden()
        server.process.kill()
        expect(page.locator("p.away")).to_be_visible()
        # Streamlit's dialog comes after ten seconds or so, and would say it in other words.
        expect(page.get_by_text("Connection error")).to_be_attached()
        expect(page.get_by_text("Connection error")).to_be_hidden()
        expect(page.locator("p.away")).to_be_in_viewport()
        page.close()


@pytest.fixture(scope="module")
def compared_url(serve, trained_home, tmp_path_factory):
    """The app with a run of its own and the starter."""
    home = tmp_path_factory.mktemp("home") / "copy"
    shutil.copytree(trained_home, home)
    with serve(DIGITCNN_HOME=str(home), DIGITCNN_TRAINING="off") as server:
        yield f"{server.url}/train", home


def test_runs_are_sorted_ticked_renamed_removed_and_brought_back(compared_url, visit):
    url, home = compared_url
    page = visit(url)
    rows = page.locator(".runs tbody tr")
    expect(rows).to_have_count(2)
    run = next(listing.run for listing in store.list_runs(home) if listing.id != "starter")
    expect(rows.first).to_contain_text(run.name)

    heading = page.locator('.runs th[data-key="test_accuracy"]')
    heading.get_by_role("button").click()
    heading.get_by_role("button").click()
    expect(heading).to_have_attribute("aria-sort", "ascending")
    accuracies = [text.rstrip("%") for text in rows.locator("td:nth-of-type(3)").all_inner_texts()]
    assert accuracies == sorted(accuracies, key=float)

    # By keyboard: the starter's box is ticked as well, and both curves are laid over one another.
    page.locator('.runs input[data-id="starter"]').focus()
    page.keyboard.press("Space")
    curves = page.locator(".stPlotlyChart").first.locator(".scatterlayer .trace")
    expect(curves).to_have_count(2)
    expect(page.get_by_text("Recipe differences")).to_be_visible()
    expect(page.locator(".runs .mark").filter(has_text="■")).to_have_count(1)
    page.locator('.runs input[data-id="starter"]').click()
    expect(curves).to_have_count(1)

    page.get_by_role("button", name=f"Actions for {run.name}").click()
    page.get_by_role("button", name="Rename").click()
    field = page.get_by_role("textbox", name="Name")
    field.fill("x" * 81)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("this one has 81. The old name stays.")).to_be_visible()
    for _ in range(5):  # It may be about to close, as the page runs again.
        with contextlib.suppress(TimeoutError):
            field.fill("My <i>first</i>", timeout=3_000)
            field.press("Enter", timeout=3_000)  # saves as well
            break
        page.get_by_role("button", name="Rename").click()
    expect(page.locator(".runs tr.chosen .name")).to_contain_text("My <i>first</i>")
    expect(page.locator("p.run")).to_contain_text("My <i>first</i>")

    page.locator(".st-key-run-tools").get_by_role("button", name="Remove").click()
    expect(rows).to_have_count(1)
    expect(page.locator("p.run")).to_contain_text("the built-in network")
    page.get_by_role("button", name="Undo").click()
    expect(rows).to_have_count(2)
    expect(page.locator("p.run")).to_contain_text("My <i>first</i>")

    page.get_by_role("button", name="Actions for built-in network").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Use", exact=True).click()
    expect(page.locator("p.run")).to_contain_text("the built-in network")
    assert store.current_run(home)[0].id == "starter"


def test_report_and_network_are_downloaded(compared_url, visit, tmp_path):
    url, home = compared_url
    page = visit(url)
    page.get_by_role("button", name="Actions for built-in network").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Report").click()
    assert download.value.suggested_filename == "starter.html"
    download.value.save_as(tmp_path / "report.html")
    assert "Sample readings" in (tmp_path / "report.html").read_text(encoding="utf-8")
    page.get_by_role("button", name="Network file").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="LiteRT (.tflite)").click()
    download.value.save_as(tmp_path / "model.tflite")
    starter = store.open_run(settings.STARTER_FOLDER)
    assert (tmp_path / "model.tflite").read_bytes() == starter.content("model.tflite")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_fits_the_screen(compared_url, visit, scheme):
    page = visit(compared_url[0], viewport={"width": 320, "height": 900}, color_scheme=scheme)
    page.locator(".stPlotlyChart").nth(2).wait_for()
    for width in (320, 390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(500)  # until the charts have their new size
        assert not scrolls_sideways(page), width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_report_opens_without_a_network(visit, mnist_path, monkeypatch, tmp_path, scheme):
    monkeypatch.setenv("DIGITCNN_MNIST", str(mnist_path))
    target = tmp_path / "report.html"
    target.write_bytes(report.make(store.open_run(settings.STARTER_FOLDER), tmp_path))
    page = visit("about:blank", wait_for="html", color_scheme=scheme, offline=True)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(target.as_uri())
    assert [url for url in asked if not url.startswith("data:")] == [target.as_uri()]
    pictures = page.locator("img").evaluate_all("all => all.map(one => one.naturalWidth)")
    assert len(pictures) >= 30 and set(pictures) == {28}
    # accuracy, loss and recall, of training and validation
    expect(page.locator("svg polyline")).to_have_count(6)
    for line in page.locator("svg polyline").all():
        box = line.bounding_box()
        assert box["width"] > 100 and box["height"] > 5
    paper, text = page.evaluate(
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
    )
    light = "rgb(250, 249, 246)"
    assert (paper == light) == (scheme == "light") and text != paper
    page.set_viewport_size({"width": 390, "height": 800})
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
