"""Templates: whatever is filled in is text, and nobody but the loader says otherwise."""

import json
import re

import jinja2
import pytest

from digitcnn.system import templates
from tests.places import ROOT

PACKAGE = ROOT / "digitcnn"
TEMPLATES = sorted(path for path in PACKAGE.rglob("templates/*.*") if path.suffix != ".py")
NAMES = [str(path.relative_to(PACKAGE)) for path in TEMPLATES]
EVIL = '<img src=x onerror="alert(1)">\'&amp;'


def macros(name: str) -> list[str]:
    parsed = jinja2.Environment().parse((PACKAGE / name).read_text(encoding="utf-8"))
    return [macro.name for macro in parsed.find_all(jinja2.nodes.Macro)]


def test_templates_are_found():
    assert len(NAMES) > 20
    assert {"report/templates/report.html", "figures/templates/confusion.svg"} <= set(NAMES)


def test_every_template_compiles_and_nothing_in_it_passes_unescaped():
    for name in NAMES:
        found = templates._template(name)
        for macro in macros(name):
            assert callable(getattr(found.module, macro)), (name, macro)
        text = (PACKAGE / name).read_text(encoding="utf-8")
        assert not re.search(r"\|\s*safe\b|autoescape|Markup", text), name


@pytest.mark.parametrize(
    "name", ["app/shared/templates/notes.html", "figures/templates/marked.svg"]
)
def test_whatever_is_filled_in_stays_text(name):
    part = "" if name.endswith("svg") else "quiet"
    values = {"text": EVIL} if part else {"picture": EVIL, "marks": []}
    html = templates.render(name, part, **values)
    assert "<img" not in html and "&lt;img src=x onerror=&#34;alert(1)&#34;&gt;" in html
    assert templates._environment().autoescape is True


def test_json_does_not_end_the_script_that_it_stands_in():
    filled = (
        templates._environment().from_string("{{ data|tojson }}").render(data={"b": EVIL, "a": 1})
    )
    assert "<" not in filled and "'" not in filled
    assert json.loads(filled) == {"b": EVIL, "a": 1}
    assert filled.index("b") < filled.index('"a"') and " :" not in filled


def test_a_value_that_was_not_given_is_an_error(monkeypatch):
    with pytest.raises(jinja2.UndefinedError):
        templates.render("app/shared/templates/notes.html", "quiet")
    with pytest.raises(TypeError):
        templates.render("app/shared/templates/notes.html", "quiet", text="", unknown=1)


def test_a_template_is_compiled_once(monkeypatch):
    templates.render("app/shared/templates/notes.html", "quiet", text="a")
    monkeypatch.setattr(jinja2.Environment, "compile", lambda *_, **__: pytest.fail("again"))
    assert templates.render("app/shared/templates/notes.html", "quiet", text="<b>") == (
        '<p class="quiet">&lt;b&gt;</p>'
    )


def test_a_script_does_not_end_its_element():
    assert templates.script("'</script>' // <!--") == "'<\\/script>' // <\\!--"
