"""The app below a path of its server, ``--server.baseUrlPath digits``: every page works there."""

import pytest
from playwright.sync_api import expect

from digitcnn.data import samples
from tests.browser.test_live import _READS_HERE


@pytest.fixture(scope="module")
def below(serve):
    with serve(path="digits", DIGITCNN_TRAINING="off") as server:
        assert server.url.endswith("/digits")
        yield server.url


def test_every_page_works_below_a_path(open_page, below):
    failed = []
    visitor = open_page(f"{below}/")
    page = visitor.page
    page.on("response", lambda answer: answer.status >= 400 and failed.append(answer.url))
    page.wait_for_function(_READS_HERE)
    visitor.draw(samples.sample(4))
    assert visitor.reads("4")
    # By links, and by what lies on the pages.
    for name, heading, content in [
        ("Train", "Train a network", ".st-key-runs-table"),
        ("Explore", "Explore the results", ".matrix td button"),
        ("Inside", "Look inside", ".st-key-inside canvas.upper-canvas"),
    ]:
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        assert page.url == f"{below}/{name.lower()}"
        expect(page.locator(content).first).to_be_visible()
    expect(page.locator(".st-key-reading")).to_have_text("4")
    # By addresses that somebody sent.
    page.goto(f"{below}/explore?true=7&predicted=2")
    expect(page.locator(".st-key-gallery").first).to_be_visible()
    page.goto(f"{below}/inside")
    page.wait_for_function(_READS_HERE)
    # Streamlit itself tries where its server is, one part of the address after the other.
    assert [url for url in failed if "/_stcore/" not in url] == []
    assert [text for text in visitor.complaints if "Failed to load resource" not in text] == []
