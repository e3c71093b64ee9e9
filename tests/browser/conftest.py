"""The app in a real browser: one server, and one Chromium, for as many tests as possible."""

import contextlib
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import expect

from digitcnn.app.shared.reading import INVITATION
from digitcnn.benchmarks.speed import browser
from tests.browser.debian import install_chromium
from tests.browser.visitor import PATIENCE_MS, Visitor
from tests.browser.windows import Windows

CANVAS = browser.CANVAS

expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def chromium_flags() -> tuple[str, ...]:
    """What a module's Chromium is started with, beside what all are."""
    return ()


class _Chromium:
    """The Chromium that is running, if one is."""

    def __init__(self):
        self._flags: tuple[str, ...] | None = None
        self._running = contextlib.ExitStack()

    def started(self, flags: tuple[str, ...]) -> Windows:
        """Its windows; it is started anew where it has other flags."""
        if flags != self._flags:
            self.quit()
            context = self._running.enter_context(_or_skip(partial(browser.chromium, flags)))
            self._windows, self._flags = Windows(context.browser), flags
        return self._windows

    def quit(self) -> None:
        self._flags = None
        self._running.close()


_chromium = _Chromium()


@pytest.fixture(scope="module")
def windows(chromium_flags) -> Windows:
    """Windows of a Chromium; without one these tests are skipped, or fail where CI is set."""
    install_chromium()
    return _chromium.started(chromium_flags)


@pytest.fixture(scope="module")
def chromium(windows):
    """That Chromium itself, for what no window may have done before."""
    return windows.browser


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item, nextitem):
    """One Chromium for all of them, and only for them: beside it no test may run an event loop."""
    if nextitem is None or Path(__file__).parent not in nextitem.path.parents:
        _chromium.quit()


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
def window(windows) -> Iterator[Callable]:
    """Opens an empty window for as long as the test runs; options are the browser context's."""
    opened = []

    def open_(**options):
        opened.append(windows.open(**options))
        return opened[-1]

    yield open_
    for page in opened:
        windows.close(page)


@pytest.fixture
def open_page(window) -> Callable[..., Visitor]:
    """Opens a page of an app and gives a :class:`Visitor`; options are the browser context's."""
    return lambda url, **options: _visit(window(**options), url)


def _visit(page, url: str) -> Visitor:
    visitor = Visitor(page)
    page.goto(url)
    page.locator(CANVAS).wait_for()
    page.locator(".st-key-probabilities .bars .point").nth(9).wait_for(state="attached")
    page.wait_for_timeout(300)
    return visitor


@pytest.fixture(scope="module")
def _pages(windows) -> Iterator[list[Visitor]]:
    """The page that is open for :func:`desk`, if one is."""
    pages: list[Visitor] = []
    yield pages
    for visitor in pages:
        windows.close(visitor.page)


@pytest.fixture
def desk(_pages, windows, app_url, request) -> Iterator[Visitor]:
    """Somebody at the Draw page, whose paper is empty.

    Opening it takes longer than most tests: those of a module that leave nothing behind but a
    drawing use one page, which is opened anew after one that fails.
    """
    if _pages:
        visitor = _pages.pop()
        # Not where it is blank: nothing would tell when that is done.
        if visitor.ink_pixels():
            visitor.click("Clear")
        assert visitor.reads(INVITATION)
        visitor.wait_for_ink(lambda pixels: pixels == 0)
        visitor.page.locator('.stApp[data-test-script-state="notRunning"]').wait_for()
        visitor.page.wait_for_timeout(300)
    else:
        visitor = _visit(windows.open(), app_url)
    _pages.append(visitor)
    failed = request.session.testsfailed
    yield visitor
    if request.session.testsfailed > failed:
        windows.close(_pages.pop().page)


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
