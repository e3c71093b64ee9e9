"""The first run: the app trains a network of its own, compares it with the starter, offers it."""

import psutil
import pytest
from playwright.sync_api import expect

from digitcnn.benchmarks.speed.browser import APP
from digitcnn.data import samples
from digitcnn.runs import lock, store
from tests.browser.small_trainer import SMALL_TRAININGS, hurry

PATIENCE_MS = 900_000  # for a whole training on a busy machine


@pytest.mark.parametrize(
    ("app", "accuracy"),
    [(SMALL_TRAININGS, 0.85), pytest.param(APP, 0.985, marks=pytest.mark.full)],
    ids=["small", "as it is"],
)
def test_first_run_trains_and_a_quick_network_is_offered_and_used_without_a_reload(
    serve, open_page, mnist_path, tmp_path, app, accuracy
):
    home = tmp_path / "home"
    settings = {
        "DIGITCNN_HOME": str(home),
        "DIGITCNN_MNIST": str(mnist_path),
        "DIGITCNN_RECIPE": "fast",
        "DIGITCNN_TRAINING": "on",
    }
    with serve(app, **settings) as server:
        visitor = open_page(server.url)
        visitor.page.evaluate("window.notReloaded = true")
        state = visitor.page.locator(".st-key-training-state")
        run = visitor.page.locator("p.run")
        expect(run).to_contain_text("the built-in network")
        expect(state).to_contain_text("being trained")
        visitor.draw(samples.sample(7))
        assert visitor.reads("7")  # The starter reads meanwhile.
        trainer = next(
            child for child in psutil.Process(server.process.pid).children() if child.nice() >= 10
        )
        hurry(server)
        expect(state).to_contain_text("Epoch ", timeout=PATIENCE_MS)
        if app == APP:  # A small training may be over before it can be foretold.
            expect(state).to_contain_text("left", timeout=PATIENCE_MS)
        assert "tensorflow" not in open_libraries(server.process.pid)
        expect(state).to_contain_text("validation accuracy", timeout=PATIENCE_MS)

        # Few epochs don't make a network as good as the starter, whose recipe has nine.
        expect(state).to_contain_text("did not take over", timeout=PATIENCE_MS)
        expect(state).to_contain_text("built-in network is better by")
        (published,) = [found.run for found in store.list_runs(home) if found.id != "starter"]
        expect(run).to_contain_text("the built-in network")
        visitor.page.get_by_role("link", name="Train").click()
        visitor.click("Use the new one")
        expect(run).to_contain_text(published.name)
        visitor.page.get_by_role("link", name="Draw").click()
        expect(run).to_contain_text(published.name)
        expect(run).to_contain_text(f"{published.test_accuracy:.2%}")
        assert published.test_accuracy > accuracy
        assert visitor.page.evaluate("window.notReloaded")
        assert visitor.reads("7")  # The drawing is still there.
        visitor.wait_for_ink()  # Nobody clears a paper that shows nothing.
        visitor.click("Clear")
        visitor.draw(samples.sample(2))
        assert visitor.reads("2"), f"it is read as {visitor.reading()!r}"
        trainer.wait(20)
        assert not lock.held(home)
        assert visitor.complaints == []


def test_first_run_without_mnist_says_so_and_goes_on(serve, open_page, tmp_path):
    settings = {
        "DIGITCNN_HOME": str(tmp_path / "home"),
        "DIGITCNN_TRAINING": "on",
        "HOME": str(tmp_path),  # no Keras cache
        # No network: nothing listens there.
        **dict.fromkeys(("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"), "127.0.0.1:9"),
        "NO_PROXY": "",
        "no_proxy": "",
    }
    with serve(**settings) as server:
        visitor = open_page(server.url)
        state = visitor.page.locator(".st-key-training-state")
        expect(state).to_contain_text("Training failed", timeout=PATIENCE_MS)
        expect(state).to_contain_text("MNIST")
        visitor.draw(samples.sample(3))
        assert visitor.reads("3")
        assert state.get_by_text("Training failed").count() == 1
        assert visitor.complaints == []


def open_libraries(pid: int) -> str:
    """Paths of the files that a process has mapped into its memory."""
    return "\n".join(mapped.path for mapped in psutil.Process(pid).memory_maps()).lower()
