"""The house's rules: who may import whom, and what a process must never load."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.places import ROOT

PACKAGE = ROOT / "digitcnn"

# A module imports from its own floor and from those below. A module that is not listed has its
# place on the second: what there is to know about runs, data sets and readings.
FLOORS = [
    {"errors", "settings", "durable", "lock", "npz", "mirrors", "calibration", "layers", "networks"}
    | {"recipes", "progress", "ink", "preprocess", "digits", "samples", "styles"},
    set(),
    {"figures", "explain", "counterfactual", "faithfulness", "report", "report_digits"},
    {"augmentation", "optimizers", "fitting", "exporting", "exporting_maps", "exports"}
    | {"training", "training_samples"},
    {"benchmarks"},
    {"app", "commands"},
    {"__main__", "streamlit_app"},
]
TRAINER = FLOORS[3]
HEAVY = {"tensorflow", "keras"}
# Where TensorFlow may be imported at all: the trainer, export, and the recognizer's escape hatch.
IMPORT_HEAVY = TRAINER | {"networks", "layers", "recognizer", "exports"}
# Where pictures are read, drawn or written out.
PILLOW = {"ink", "preprocess", "pictures", "photos.file", "sheets", "figures"} | {
    "benchmarks.ablation",
    "benchmarks.paper",
    "benchmarks.photos",
}
# Where OpenCV may be imported: never in the web process.
OPENCV = {f"photos.{name}" for name in ("file", "ink", "rulings", "pieces", "cuts", "digits")} | {
    "benchmarks.paper",
    "benchmarks.paper_grounds",
}


def _modules() -> dict[str, Path]:
    """Every module of ours by dotted name, without the package's own."""
    found = {
        ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): path
        for path in sorted(PACKAGE.rglob("*.py"))
        if path != PACKAGE / "__init__.py"
    }
    return {**found, "streamlit_app": ROOT / "streamlit_app.py"}


MODULES = _modules()


def _imports(path: Path, everywhere: bool = True) -> set[str]:
    """Dotted names that a module imports; with ``everywhere`` also inside its functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = ast.walk(tree) if everywhere else tree.body
    names = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _ours(path: Path) -> set[str]:
    """Modules of ours that a module imports."""
    ours = set()
    for name in _imports(path):
        parts = name.split(".")
        if parts[0] == "digitcnn":
            for length in (len(parts), len(parts) - 1):
                dotted = ".".join(parts[1:length])
                if dotted in MODULES:
                    ours.add(dotted)
                    break
    return ours


def _roots(path: Path) -> set[str]:
    return {name.split(".")[0] for name in _imports(path)}


def _floor(module: str) -> int:
    top = module.split(".")[0]
    top = "figures" if top.startswith("figures_") else top
    return next((i for i, floor in enumerate(FLOORS) if top in floor), 1)


@pytest.mark.parametrize("module", MODULES)
def test_arrows_point_down(module):
    up = {other for other in _ours(MODULES[module]) if _floor(other) > _floor(module)}
    assert not up, f"{module} imports {up} from above"


def test_a_drawing_needs_nothing_else_to_become_a_digit_image():
    for module, allowed in (("ink", {"errors"}), ("preprocess", {"errors", "ink"})):
        assert _ours(MODULES[module]) <= allowed


def test_there_is_no_circle():
    below = {module: _ours(path) - {module} for module, path in MODULES.items()}
    while below:
        free = {module for module, others in below.items() if not others & set(below)}
        assert free, f"a circle among {sorted(below)}"
        below = {module: others for module, others in below.items() if module not in free}


@pytest.mark.parametrize("module", MODULES)
def test_libraries_stay_in_their_rooms(module):
    roots = _roots(MODULES[module])
    top = module.split(".")[0]
    if top not in {"app", "streamlit_app"}:
        # The load generator speaks Streamlit's messages; nothing else of Streamlit comes with them.
        streamlit = {name for name in _imports(MODULES[module]) if name.startswith("streamlit")}
        assert all(
            module == "benchmarks.visitor" and name.startswith("streamlit.proto.")
            for name in streamlit
        )
    if module != "app.canvas":
        assert not {root for root in roots if "drawable_canvas" in root}
    if not top.startswith("figures"):
        assert not roots & {"plotly", "altair"}
    if module not in PILLOW:
        assert "PIL" not in roots
    if module not in OPENCV:
        assert not roots & {"cv2", "pillow_heif"}
    if top != "benchmarks":
        assert not roots & {"playwright", "psutil", "websockets"}
    if top not in IMPORT_HEAVY:
        assert not roots & HEAVY
    assert not roots & {"pickle", "joblib", "dill", "cloudpickle"}


@pytest.mark.parametrize("module", sorted(set(MODULES) - TRAINER))
def test_only_the_trainer_imports_tensorflow_as_it_is_imported(module):
    assert not {n.split(".")[0] for n in _imports(MODULES[module], everywhere=False)} & HEAVY


@pytest.mark.parametrize("module", MODULES)
def test_the_environment_is_read_in_one_place(module):
    if module == "settings":
        return
    source = MODULES[module].read_text(encoding="utf-8")
    read = {
        str(getattr(node.args[0], "value", ""))
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"os.environ.get", "os.getenv", "environ.get", "getenv"}
    } | {
        str(getattr(node.slice, "value", ""))
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("environ")
    }
    ours = {name for name in read if name.startswith("DIGITCNN_")}
    assert not ours, f"{module} reads {ours}; settings.py is the place"


@pytest.mark.parametrize("module", MODULES)
def test_nothing_is_ever_unpickled(module):
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("np.load"):
            options = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
            assert options.get("allow_pickle", "False") == "False"
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("load_model"):
            options = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
            assert options.get("safe_mode", "True") == "True"


@pytest.mark.parametrize("module", MODULES)
def test_a_module_of_more_than_250_lines_is_two_modules(module):
    assert len(MODULES[module].read_text(encoding="utf-8").splitlines()) <= 250


def test_the_entry_is_page_settings_and_navigation_only():
    assert len(MODULES["streamlit_app"].read_text(encoding="utf-8").splitlines()) <= 40


def test_every_module_says_its_place():
    for name, path in {**MODULES, "digitcnn": PACKAGE / "__init__.py"}.items():
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), name


def _loaded_by(code: str) -> set[str]:
    """Top-level modules in a fresh process after ``code``."""
    code += "\nimport sys; print('LOADED', *{name.split('.')[0] for name in sys.modules})"
    process = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert process.returncode == 0, process.stderr
    return set(process.stdout.rsplit("LOADED", 1)[1].split())


def test_the_package_itself_loads_nothing_heavy():
    loaded = _loaded_by("import digitcnn")
    assert not loaded & {"numpy", "PIL", "streamlit", "plotly", *HEAVY}


def test_the_web_process_never_loads_tensorflow(trained_home):
    pages = [name for name in MODULES if name.split(".")[0] == "app"]
    imports = "\n".join(f"import digitcnn.{name}" for name in pages)
    reading = f"""
import numpy as np
from pathlib import Path
from digitcnn.runs import store as runs
from digitcnn.data import samples
from digitcnn.preprocessing import ink, digit_image as preprocess
from digitcnn.inference.recognizer import Recognizer
run, _ = runs.current_run(Path({str(trained_home)!r}))
image = preprocess.digit_image(ink.rasterize(samples.sample(3)))
Recognizer(run).recognize(image)
run.evaluation().figures(), run.history(), runs.list_runs(Path({str(trained_home)!r}))
"""
    loaded = _loaded_by(imports + reading)
    assert "streamlit" in loaded
    assert not loaded & HEAVY
    assert not loaded & {"scipy", "sklearn", "matplotlib", "playwright", "pooch", "cv2"}


def test_commands_that_do_not_train_load_no_tensorflow(trained_home):
    code = f"""
from digitcnn.cli.main import main
for words in (["--help"], ["runs", "--json"], ["networks"], ["train", "--help"], ["benchmark"]):
    main([*words, *(["--home", {str(trained_home)!r}] if words[0] == "runs" else [])])
"""
    loaded = _loaded_by(code)
    assert not loaded & HEAVY
    assert not loaded & {"streamlit", "plotly", "pooch", "playwright"}
