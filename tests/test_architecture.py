"""The house's rules that import contracts can't say: what a process must never load, and more."""

import ast
import functools
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import digitcnn
from tests.places import ROOT

PACKAGE = ROOT / "digitcnn"
HEAVY = {"tensorflow", "keras"}
FILES = [*sorted(PACKAGE.rglob("*.py")), ROOT / "streamlit_app.py"]
MODULES = [m.name for m in pkgutil.walk_packages(digitcnn.__path__, "digitcnn.")]


@functools.cache
def trees() -> dict[Path, ast.Module]:
    """Each file's syntax tree."""
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}


def _calls(tree: ast.AST) -> list[tuple[str, ast.Call]]:
    return [(ast.unparse(n.func), n) for n in ast.walk(tree) if isinstance(n, ast.Call)]


def test_the_environment_is_read_in_one_place():
    readers = {"os.environ.get", "os.getenv", "environ.get", "getenv"}
    for path, tree in trees().items():
        read = {
            str(getattr(call.args[0], "value", ""))
            for name, call in _calls(tree)
            if name in readers and call.args
        } | {
            str(getattr(node.slice, "value", ""))
            for node in ast.walk(tree)
            if isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("environ")
        }
        if path != PACKAGE / "settings.py":
            ours = {name for name in read if name.startswith("DIGITCNN_")}
            assert not ours, f"{path} reads {ours}; settings.py is the place"


def test_nothing_is_ever_unpickled_and_no_model_runs_code():
    for path, tree in trees().items():
        for name, call in _calls(tree):
            options = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
            if name.endswith("np.load"):
                assert options.get("allow_pickle", "False") == "False", path
            if name.endswith("load_model"):
                assert options.get("safe_mode", "True") == "True", path


def test_the_entry_is_page_settings_and_navigation_only():
    assert len((ROOT / "streamlit_app.py").read_text(encoding="utf-8").splitlines()) <= 40


def test_every_module_says_its_place_and_imports_by_whole_names():
    for path, tree in trees().items():
        assert ast.get_docstring(tree), path
        relative = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.level]
        assert not relative, path


# Shells of components, which JavaScript fills; bold and new lines for Plotly; what a load test
# looks for in pages.
WITH_TAGS = {
    "app/draw/photo.py", "app/explore/gallery.py", "app/explore/map.py", "app/explore/matrix.py",
    "app/explore/settle.py",
    "app/inside/tile_picker.py", "app/shared/canvas.py", "app/shared/live.py",
    "app/shared/pen_tools.py", "app/train/live_chart.py", "app/train/runs_table.py",
    "figures/bars.py", "benchmarks/robustness/visitor.py", "figures/reliability.py",
}  # fmt: skip
TAG = re.compile(r"</?(?!extra>)[a-z][a-z0-9]*[\s/>]", re.IGNORECASE)  # <extra> is Plotly's


def _texts(tree: ast.AST) -> list[ast.Constant]:
    """A module's strings, but for its docstrings."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
    ]


def _html_faults(tree: ast.AST, may_have_tags: bool = False) -> list[str]:
    """Where a module writes HTML, escapes it, or says that a text needs no escaping."""
    faults = [f"{node.lineno}: Markup" for name, node in _calls(tree) if "Markup" in name]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {alias.asname or alias.name for alias in node.names}
            module = getattr(node, "module", "")
            if names & {"html", "jinja2", "markupsafe"} or module == "jinja2":
                faults.append(f"{node.lineno}: import")
            if (module == "html" and names - {"unescape"}) or (
                module == "markupsafe" and names - {"Markup"}
            ):
                faults.append(f"{node.lineno}: import")
        if isinstance(node, ast.JoinedStr) and may_have_tags:
            parts = [value.value for value in node.values if isinstance(value, ast.Constant)]
            tags = TAG.findall("".join(map(str, parts)))
            faults += [f"{node.lineno}: {tag}" for tag in tags if tag not in ("<b>", "</b>")]
    if not may_have_tags:
        faults += [f"{text.lineno}: tag" for text in _texts(tree) if TAG.search(text.value)]
    return faults


def test_html_comes_from_templates():
    faults = {
        str(path.relative_to(ROOT)): found
        for path, tree in trees().items()
        if path != PACKAGE / "system" / "templates.py"
        and (found := _html_faults(tree, str(path).removeprefix(f"{PACKAGE}/") in WITH_TAGS))
    }
    assert faults == {}


@pytest.mark.parametrize(
    "code",
    [
        "from html import escape",
        "import html",
        "from markupsafe import Markup as M",
        "import jinja2",
        "x = markupsafe.Markup(name)",
        "x = f'<p>{name}</p>'",
        "x = '<p class=quiet>' + name",
        "x = '<p>{}</p>'.format(name)",
        "x = ''.join(['<br>', name])",
    ],
)
def test_html_elsewhere_would_be_found(code):
    assert _html_faults(ast.parse(code))
    assert not _html_faults(ast.parse("'Of <name>.'\nx = f'{n} < {m}'\ny = render('a.html')"))


def _loaded_by(code: str) -> set[str]:
    """Top-level modules in a fresh process after ``code``."""
    code += "\nimport sys; print('LOADED', *{name.split('.')[0] for name in sys.modules})"
    process = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert process.returncode == 0, process.stderr
    return set(process.stdout.rsplit("LOADED", 1)[1].split())


def _imports(names: list[str]) -> str:
    return "\n".join(f"import {name}" for name in names)


def test_the_package_itself_loads_nothing_heavy():
    loaded = _loaded_by("import digitcnn")
    assert not loaded & {"numpy", "PIL", "streamlit", "plotly", *HEAVY}


def test_only_the_trainers_room_loads_tensorflow_as_it_is_imported():
    others = [m for m in MODULES if not m.startswith("digitcnn.training") and "__main__" not in m]
    assert len(others) > 150
    assert not _loaded_by(_imports(others)) & HEAVY


def test_the_web_process_never_loads_tensorflow(trained_home):
    pages = [name for name in MODULES if name.startswith("digitcnn.app.")]
    reading = f"""
from pathlib import Path
from digitcnn.data import samples
from digitcnn.inference.recognizer import Recognizer
from digitcnn.preprocessing import digit_image, ink
from digitcnn.runs import store
home = Path({str(trained_home)!r})
run, _ = store.current_run(home)
Recognizer(run).recognize(digit_image.digit_image(ink.rasterize(samples.sample(3))))
run.evaluation().figures(), run.history(), store.list_runs(home)
"""
    loaded = _loaded_by(_imports(pages) + reading)
    assert "streamlit" in loaded
    assert not loaded & HEAVY
    unwanted = {"scipy", "sklearn", "matplotlib", "playwright", "pooch", "cv2", "pandas", "pyarrow"}
    assert not loaded & unwanted


def test_commands_that_do_not_train_load_no_tensorflow(trained_home):
    code = f"""
from digitcnn.cli.main import main
for words in (["--help"], ["runs", "--json"], ["networks"], ["train", "--help"], ["benchmark"]):
    main([*words, *(["--home", {str(trained_home)!r}] if words[0] == "runs" else [])])
"""
    loaded = _loaded_by(code)
    assert not loaded & HEAVY
    assert not loaded & {"streamlit", "plotly", "pooch", "playwright"}
