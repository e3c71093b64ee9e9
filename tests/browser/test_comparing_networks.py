"""Several networks on one drawing, in a real browser; the one in use is an ensemble."""

import shutil

import pytest
from playwright.sync_api import expect

from digitcnn.data import samples
from tests.browser.test_accessibility import settle, violations
from tests.browser.visitor import choose


@pytest.fixture(scope="module")
def url(serve, ensemble_home, tmp_path_factory):
    home = shutil.copytree(ensemble_home, tmp_path_factory.mktemp("served") / "home")
    with serve(DIGITCNN_HOME=str(home), DIGITCNN_TRAINING="off") as server:
        yield server.url


def test_networks_are_chosen_read_side_by_side_and_kept(open_page, url, ensemble_run):
    visitor = open_page(url)
    page = visitor.page
    visitor.draw(samples.sample(4))
    assert visitor.reads("4")
    page.locator("[data-lived]").first.wait_for(state="attached")  # the ensemble reads here, too
    expect(page.locator(".st-key-votes")).to_contain_text("networks")
    sections = page.locator(".networks section")
    expect(sections).to_have_count(0)
    page.get_by_text("Compare networks").click()
    names = [member.name for member in ensemble_run.card.members][:2]
    for n, name in enumerate(names):
        choose(page, "Networks to read the same drawing", name)
        expect(sections).to_have_count(n + 2)
    page.keyboard.press("Escape")
    expect(page.locator(".verdict")).to_contain_text("networks")
    settle(page)
    assert violations(page) == []
    page.get_by_role("link", name="Train").click()
    page.get_by_role("heading", name="Runs").wait_for()
    page.get_by_role("link", name="Draw").click()
    expect(sections).to_have_count(3)
    assert "networks=" in page.url
    phone = open_page(page.url, viewport={"width": 390, "height": 844}, color_scheme="dark")
    expect(phone.page.locator(".networks section")).to_have_count(3)
    assert not phone.scrolls_sideways()
    settle(phone.page)
    assert violations(phone.page) == []
    assert not visitor.complaints and not phone.complaints
