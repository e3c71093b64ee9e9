"""The editor of networks in Chromium: by the keyboard alone, and on a phone by touch."""

import pytest
from playwright.sync_api import expect

from digitcnn.benchmarks.robustness.faults.bench import good_run
from digitcnn.runs import custom_networks
from tests.browser.test_accessibility import settle, violations


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home folder with a run of its own, so that no training starts by itself."""
    home = tmp_path_factory.mktemp("home")
    good_run(home)
    return home


@pytest.fixture(scope="module")
def train_url(serve, home):
    with serve(DIGITCNN_HOME=str(home), DIGITCNN_TRAINING="on") as server:
        yield f"{server.url}/train"


@pytest.fixture
def visit(window, train_url):
    """Opens the Train page in a window."""

    def visit(**options):
        page = window(**options)
        page.goto(train_url)
        page.locator(".st-key-editor summary").wait_for()
        settle(page)
        return page

    return visit


def layer(page, number: int):
    """The line of a layer, by its number."""
    return page.locator("[class*='st-key-open-'] button").nth(number - 1)


def test_by_keyboard_a_layer_is_opened_changed_and_the_network_saved(visit, home):
    page = visit(viewport={"width": 1280, "height": 900})
    page.locator(".st-key-editor summary").press("Enter")
    expect(layer(page, 4)).to_contain_text("11×11×64 · 18,496")
    layer(page, 4).press("Enter")
    filters = page.get_by_role("spinbutton", name="Filters")
    filters.fill("8")
    filters.press("Enter")
    expect(layer(page, 4)).to_contain_text("11×11×8 · 2,312")
    expect(filters).to_be_focused()  # so that another number can follow at once
    expect(page.locator(".verdict")).to_contain_text("This can be trained: 16,146 parameters")
    remove = page.get_by_role("button", name="Remove", exact=True)
    layer(page, 4).press("Enter")
    expect(remove).to_have_count(0)
    settle(page)
    layer(page, 7).press("Enter")
    remove.press("Enter")
    expect(page.locator(".verdict")).to_contain_text("Layer 7 (Dense, 64 units): it takes numbers")
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()
    page.get_by_role("button", name="Undo").press("Enter")
    expect(page.locator(".verdict")).to_contain_text("16,146 parameters")
    name = page.get_by_role("textbox", name="Name of the network")
    name.fill("Eight filters")
    name.press("Enter")
    page.get_by_role("button", name="Save", exact=True).press("Enter")
    expect(page.get_by_text("eight-filters is saved, and can be chosen above")).to_be_visible()
    expect(page.locator("pre.command").first).to_contain_text("--network eight-filters")
    assert [each.name for each in custom_networks.saved(home)] == ["eight-filters"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_it_is_used_by_touch_and_fits_the_screen(visit, scheme):
    page = visit(viewport={"width": 390, "height": 844}, has_touch=True, color_scheme=scheme)
    page.locator(".st-key-editor summary").tap()
    page.locator(".st-key-editor-kinds").get_by_role("button", name="Dropout").tap()
    expect(layer(page, 10)).to_contain_text("Dropout 25%")
    settle(page)  # What is placed above "Up" moves it.
    page.get_by_role("button", name="Up", exact=True).tap()
    expect(layer(page, 9)).to_contain_text("Dropout 25%")
    page.locator(".st-key-editor-kinds").get_by_role("button", name="Flatten").tap()
    expect(layer(page, 11)).to_contain_text("impossible here")
    settle(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for button in page.locator(".st-key-editor button:visible").all():
        box = button.bounding_box()
        help_sign = (button.get_attribute("aria-label") or "").startswith("Help")
        assert help_sign or box["height"] >= 24 and box["width"] >= 24
    assert violations(page) == []
