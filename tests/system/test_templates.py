"""Templates: whatever is filled in is text, and nobody but the loader says otherwise."""

import ast
import json
import re
from pathlib import Path

import jinja2
import pytest

from digitcnn.system import templates
from tests.places import ROOT

PACKAGE = ROOT / "digitcnn"
TEMPLATES = sorted(path for path in PACKAGE.rglob("templates/*.*") if path.suffix != ".py")
NAMES = [str(path.relative_to(PACKAGE)) for path in TEMPLATES]
EVIL = '<img src=x onerror="alert(1)">\'&amp;'

BOLD = "figures/bars.py"
# Here stand shells of components, which JavaScript fills, and for Plotly bold and new lines.
CONSTANT = {
    "app/draw/photo.py", "app/explore/gallery.py", "app/explore/map.py", "app/explore/matrix.py",
    "app/guard/notice.py", "app/inside/tile_picker.py", "app/shared/canvas.py",
    "app/shared/live.py", "app/shared/pen_tools.py", "app/train/runs_table.py",
    "figures/reliability.py", BOLD,
}  # fmt: skip
_TAG = re.compile(r"</?(?!extra>)[a-z][a-z0-9]*[\s/>]", re.IGNORECASE)  # <extra> is Plotly's


def macros(name: str) -> list[str]:
    parsed = jinja2.Environment().parse((PACKAGE / name).read_text(encoding="utf-8"))
    return [macro.name for macro in parsed.find_all(jinja2.nodes.Macro)]


def test_templates_are_found():
    assert len(NAMES) > 20
    assert {"report/templates/report.html", "figures/templates/confusion.svg"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_template_compiles_and_nothing_in_it_passes_unescaped(name):
    found = templates._template(name)
    for macro in macros(name):
        assert callable(getattr(found.module, macro))
    text = (PACKAGE / name).read_text(encoding="utf-8")
    assert not re.search(r"\|\s*safe\b|autoescape|\|\s*replace|Markup", text)


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


MODULES = [path for path in sorted(PACKAGE.rglob("*.py")) if "benchmarks" not in path.parts]


def _name(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_no_module_writes_html_itself(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        where = f"{_name(path)}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Import):
            assert "html" not in {alias.name for alias in node.names}, where
        if isinstance(node, ast.ImportFrom) and node.module == "html":
            assert not {alias.name for alias in node.names} & {"escape"}, where
        if isinstance(node, ast.Call) and _name(path) != "system/templates.py":
            assert ast.unparse(node.func).split(".")[-1] != "Markup", where
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and id(node) not in docstrings and _name(path) not in CONSTANT:
            assert not _TAG.search(text), f"{where}: HTML belongs in a template"
        if isinstance(node, ast.JoinedStr) and _name(path) not in ("app/guard/notice.py", BOLD):
            parts = "".join(str(getattr(part, "value", "")) for part in node.values)
            assert not _TAG.search(parts), f"{where}: no value is put into HTML outside a template"
