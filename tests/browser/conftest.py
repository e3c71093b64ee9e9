"""The app in a real browser: one server for as many tests as possible."""

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from digitcnn.benchmarks.speed import browser
from tests.browser.debian import install_chromium
from tests.browser.visitor import Visitor

CANVAS = browser.CANVAS


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def chromium_flags() -> tuple[str, ...]:
    """What a module's Chromium is started with, beside what all are."""
    return ()


@pytest.fixture(scope="module")
def chromium(chromium_flags):
    """Chromium; without one these tests are skipped, or fail where CI is set.

    One a module: while Playwright runs, no other test may run an event loop.
    """
    install_chromium()
    with _or_skip(partial(browser.chromium, chromium_flags)) as context:
        yield context.browser


@pytest.fixture(scope="session")
def serve(tmp_path_factory) -> Callable:
    """Starts a server of an app, with settings of its own: ``serve(script, DIGITCNN_HOME=…)``."""

    def start(script: Path = browser.APP, path: str = "", **settings: str):
        defaults = {"DIGITCNN_HOME": str(tmp_path_factory.mktemp("home"))}
        for name in [name for name in os.environ if name.startswith("DIGITCNN_")]:
            defaults.setdefault(name, "")
        return browser.serve(script, {**defaults, **settings}, path)

    return start


@pytest.fixture(scope="session")
def app_url(serve) -> Iterator[str]:
    """The app with the starter, not training; one server for all tests."""
    with serve(DIGITCNN_TRAINING="off") as server:
        yield server.url


@pytest.fixture
def open_page(chromium) -> Iterator[Callable]:
    """Opens a page of an app and gives a :class:`Visitor`; options are the browser context's."""
    contexts = []

    def open_(url: str, **options) -> Visitor:
        options.setdefault("viewport", {"width": 1280, "height": 800})
        contexts.append(chromium.new_context(**options))
        page = contexts[-1].new_page()
        visitor = Visitor(page)
        page.goto(url)
        page.locator(CANVAS).wait_for()
        page.locator(".st-key-probabilities .bars .point").nth(9).wait_for(state="attached")
        page.wait_for_timeout(300)
        return visitor

    yield open_
    for context in contexts:
        context.close()


class _or_skip:
    """A context manager; that there is no browser skips the test, or fails where CI is set."""

    def __init__(self, make: Callable):
        self._manager = make()

    def __enter__(self):
        try:
            return self._manager.__enter__()
        except browser.NoBrowser as error:
            if os.environ.get("CI", "").lower() == "true":
                pytest.fail(str(error))
            pytest.skip(str(error))

    def __exit__(self, *error):
        return self._manager.__exit__(*error)
