"""Windows of one Chromium, used by one test after the other.

Most of what it takes to open a page is compiling its scripts, which a window that showed the app
before has done already: three seconds of processor time become one. Between two tests a window
forgets everything: its page, and all that it kept.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.browser.visitor import PATIENCE_MS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

VIEWPORT = {"width": 1280, "height": 800}
NOWHERE = "about:blank"


class Windows:
    """Gives windows, and takes them back."""

    def __init__(self, browser: Browser):
        self.browser = browser
        self._left: dict[str, list[Page]] = {}  # those that nobody uses, by the options they have
        self._kinds: dict[Page, str] = {}
        self._origins: dict[Page, set[str]] = {}

    def open(
        self,
        viewport: dict | None = None,
        color_scheme: str | None = None,
        reduced_motion: str = "reduce",
        **options,
    ) -> Page:
        """An empty window that knows of no other; options are the browser context's.

        Its user wants little motion, which spares a quarter of what it takes to open a page: tests
        of what moves ask for "no-preference".
        """
        kind = repr(sorted(options.items()))
        left = self._left.setdefault(kind, [])
        page = left.pop() if left else self._new(options)
        self._kinds[page] = kind
        page.set_default_timeout(PATIENCE_MS)
        page.set_viewport_size(viewport or VIEWPORT)
        page.emulate_media(color_scheme=color_scheme or "light", reduced_motion=reduced_motion)
        return page

    def close(self, page: Page) -> None:
        """Takes a window back; one that a test has closed, or that does not answer, is let go."""
        kind = self._kinds.pop(page)
        if page.is_closed():
            return
        try:
            self._forget(page)
        except Exception:
            with contextlib.suppress(Exception):
                page.context.close()
            return
        self._left[kind].append(page)

    def _new(self, options: dict) -> Page:
        page = self.browser.new_context(**options).new_page()
        origins = self._origins[page] = set()

        def note(frame) -> None:
            where = urlsplit(frame.url)
            if where.scheme.startswith("http"):
                origins.add(f"{where.scheme}://{where.netloc}")

        page.on("framenavigated", note)
        return page

    def _forget(self, page: Page) -> None:
        for other in page.context.pages:
            if other != page:
                other.close()
        page.unroute_all(behavior="ignoreErrors")
        if page.url.startswith("http"):
            page.evaluate("sessionStorage.clear()")
        page.goto(NOWHERE)
        page.context.clear_cookies()
        # Once the page is gone: it may keep what is drawn as it goes.
        devtools = page.context.new_cdp_session(page)
        for origin in self._origins[page]:
            told = {"origin": origin, "storageTypes": "all"}
            devtools.send("Storage.clearDataForOrigin", told)
        devtools.detach()
        self._origins[page].clear()
