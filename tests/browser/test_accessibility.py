"""For everybody: axe-core finds nothing serious of ours, the keyboard reaches all, 200 % works."""

import re

import pytest
from playwright.sync_api import expect

from digitcnn.app.shared.reading import INVITATION
from digitcnn.data import samples
from tests.hostile import NAMES

axe = pytest.importorskip("axe_playwright_python.sync_playwright")

SERIOUS = {"serious", "critical"}

# What Streamlit itself makes, and no option or style of ours can mend: (rule, part of the HTML).
STREAMLITS: tuple[tuple[str, str], ...] = ()


_AT_REST = """() =>
    document.querySelector("[data-testid=stApp]")?.dataset.testScriptState === "notRunning" &&
    !document.querySelector("[data-stale=true]") &&
    !document.getAnimations().some((animation) => animation instanceof CSSTransition)
"""


def settle(page) -> None:
    """Waits until the page has come to rest, with nothing faded that is being replaced."""
    page.wait_for_timeout(500)
    page.wait_for_function(_AT_REST)


def pages(page) -> dict[str, str]:
    """Every page of the app, by the name in the navigation, with its address."""
    links = page.locator("[data-testid=stTopNavLink]")
    return {link.inner_text().strip(): link.get_attribute("href") for link in links.all()}


def violations(page) -> list[str]:
    """What axe-core finds serious or critical, and is ours: rule, what it is about, where."""
    # Otherwise it would describe each element that passes, too: megabytes of a page.
    options = {"resultTypes": ["violations"]}
    found = axe.Axe().run(page, options=options).response["violations"]
    return [
        f"{rule['id']} ({rule['help']}): {node['html'][:300]}"
        for rule in found
        if rule["impact"] in SERIOUS
        for node in rule["nodes"]
        if not any(rule["id"] == known and part in node["html"] for known, part in STREAMLITS)
    ]


def violations_on_draw(visitor) -> dict[str, list[str]]:
    """What axe-core finds on Draw, before anything is drawn and with a digit read."""
    page = visitor.page
    settle(page)
    found = {"Draw, empty": violations(page)}
    visitor.draw(samples.sample(5))
    assert visitor.reads("5")
    page.locator(".st-key-steps summary").first.click()
    settle(page)
    found["Draw, read"] = violations(page)
    return found


def test_axe_finds_nothing_serious_on_any_page_in_the_dark_and_these_ask_nobody_else(
    open_page, app_url
):
    """Light pages are looked at below, where they are open for other reasons."""
    visitor = open_page(app_url, color_scheme="dark")
    page = visitor.page
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(request.url))
    found = violations_on_draw(visitor)
    addresses = pages(page)
    assert len(addresses) >= 3
    for name, address in addresses.items():
        page.goto(app_url + address.removeprefix(app_url))
        page.get_by_role("heading", level=1).wait_for()
        settle(page)
        found[name] = violations(page)
    assert {name: texts for name, texts in found.items() if texts} == {}
    # No third party learns of a visit: no fonts, no statistics, no pictures from elsewhere.
    assert len(asked) > 10
    elsewhere = [url for url in asked if not url.startswith((app_url, "data:", "blob:", "about:"))]
    assert elsewhere == []


def test_axe_would_find_something_serious(open_page, app_url):
    page = open_page(app_url).page
    page.evaluate("document.querySelector('h1').insertAdjacentHTML('afterend', '<img src=x:>')")
    page.evaluate("document.querySelector('h1').style.color = '#eeeeee'")
    rules = {text.split(" ")[0] for text in violations(page)}
    assert {"image-alt", "color-contrast"} <= rules


# Marks what has the focus; tells whether it was marked before.
_MARK = """() => {
  const deep = (root) => {
    const at = root.activeElement;
    return at && at.shadowRoot && at.shadowRoot.activeElement ? deep(at.shadowRoot) : at;
  };
  const at = deep(document);
  if (!at || at === document.body) return "none";
  if (at.dataset.reached) return "again";
  at.dataset.reached = "yes";
  return "new";
}"""

# What is there to be used, can be seen, takes part in tabbing, and was not reached.
_MISSED = """() => {
  const wanted = "button, a[href], input, select, textarea, summary, [role=button], [role=slider],"
    + " [role=combobox], [role=tab], [role=checkbox], [role=switch]";
  const found = [];
  const search = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) search(element.shadowRoot);
      if (!element.matches(wanted) || element.dataset.reached || element.disabled) continue;
      if (element.tabIndex < 0 || element.closest("[inert], [aria-hidden=true]")) continue;
      if (!element.checkVisibility({visibilityProperty: true})) continue;
      // Of a group of these one is reached with Tab, the others with the arrow keys.
      if (element.type === "radio" || ["radio", "tab"].includes(element.role)) continue;
      found.push(element.outerHTML.slice(0, 200));
    }
  };
  search(document);
  return found;
}"""


# What is used, can be seen, and is cut off at a side of the window.
_CUT = """() => [...document.querySelectorAll(".stMain button, .stMain input")]
  .filter((e) => e.checkVisibility({visibilityProperty: true}) && !e.closest(".runs"))
  .map((e) => [e.getBoundingClientRect(), e.outerHTML.slice(0, 150)])
  .filter(([box]) => box.width > 2 && (box.left < -1 || box.right > innerWidth + 1))
  .map(([, html]) => html)
"""


def test_every_page_works_at_200_percent_and_by_keyboard_and_axe_finds_nothing_serious(
    open_page, app_url
):
    visitor = open_page(app_url)
    page = visitor.page
    found = violations_on_draw(visitor)
    missed = {}
    for name, address in pages(page).items():
        page.goto(app_url + address.removeprefix(app_url))
        page.get_by_role("heading", level=1).wait_for()
        settle(page)
        found[name] = violations(page)
        # A window of 1280 by 800 px at 200 % has half as many px of CSS.
        page.set_viewport_size({"width": 640, "height": 400})
        settle(page)
        assert not visitor.scrolls_sideways(), name
        assert page.evaluate(_CUT) == [], name
        page.set_viewport_size({"width": 1280, "height": 800})
        settle(page)
        n_reached = 0
        for _ in range(400):
            page.keyboard.press("Tab")
            state = page.evaluate(_MARK)
            if state == "again" and n_reached > 3:
                break
            n_reached += state == "new"
        assert n_reached > 5, name
        missed[name] = page.evaluate(_MISSED)
    assert {name: parts for name, parts in missed.items() if parts} == {}
    assert {name: texts for name, texts in found.items() if texts} == {}


def test_a_digit_is_drawn_at_200_percent(open_page, app_url):
    visitor = open_page(app_url, viewport={"width": 640, "height": 400}, device_scale_factor=2)
    visitor.draw(samples.sample(3))
    assert visitor.reads("3")
    assert not visitor.scrolls_sideways()
    assert visitor.page.evaluate(_CUT) == []


def test_digit_is_read_and_undone_with_the_keyboard_alone(open_page, app_url):
    visitor = open_page(app_url)
    page = visitor.page
    page.locator(".st-key-sample-4 button").focus()
    page.keyboard.press("Enter")
    assert visitor.reads("4")
    assert page.locator(".st-key-reading [role=status]").count() == 1  # told to who can't see it
    page.get_by_role("button", name="Clear", exact=True).focus()
    page.keyboard.press("Space")
    assert visitor.reads(INVITATION)


# -- trust


@pytest.mark.parametrize(
    "name", [NAMES[1] + NAMES[2], *(pytest.param(name, marks=pytest.mark.full) for name in NAMES)]
)
def test_name_of_a_run_is_text_on_every_page(open_page, serve, name, tmp_path_factory):
    from digitcnn.benchmarks.robustness.faults.bench import good_run
    from digitcnn.runs import store

    home = tmp_path_factory.mktemp("named")
    run = store.rename(home, good_run(home).id, name)
    # Another one is in use at first, so that the name comes up as news, too.
    store.use(home, store.STARTER_ID)
    with serve(DIGITCNN_HOME=str(home), DIGITCNN_TRAINING="off") as server:
        visitor = open_page(server.url)
        page = visitor.page
        asked: set[str] = set()
        page.on("request", lambda request: asked.add(request.url))
        settle(page)
        store.use(home, run.id)
        for address in [address for address in pages(page).values()]:
            page.goto(server.url + address.removeprefix(server.url))
            page.get_by_role("heading", level=1).wait_for()
            settle(page)
            expect(page.locator("p.run")).to_contain_text(re.compile(re.escape(run.name)))
            assert page.evaluate("window.hacked") is None
            assert page.locator(".stApp img[src=x], .stApp svg[onload]").count() == 0
            assert page.locator(".stApp a[href^=javascript]").count() == 0
        assert [url for url in asked if "198.51.100.7" in url] == []
