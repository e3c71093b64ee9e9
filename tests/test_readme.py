"""README and what stands beside it: commands, variables and requirements are those there are."""

import re

import pytest
from PIL import Image

import digitcnn
from digitcnn.cli.benchmark.group import benchmark as benchmark_group
from digitcnn.cli.main import cli
from digitcnn.data import handwriting, samples
from digitcnn.preprocessing import ink
from tests.places import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def _shell_commands() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    return [line for block in blocks for line in block.strip().splitlines()]


def test_ci_runs_readmes_test_command():
    (command,) = [line for line in _shell_commands() if "-m tests" in line and "-m venv" in line]
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert lines[-1] == command


def test_every_command_is_in_the_table():
    rows = re.findall(r"^\| `(\w+)", README, re.MULTILINE)
    assert set(cli.commands) <= set(rows)
    (benchmarks,) = re.findall(r"^\| `benchmark` \|(.*)", README, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", benchmarks)) == set(benchmark_group.commands)


def test_the_environment_table_has_every_variable_and_no_other():
    source = (ROOT / "digitcnn" / "settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r'"(DIGITCNN_[A-Z]+)"', source))
    table = set(re.findall(r"^\| `(DIGITCNN_[A-Z]+)`", README, re.MULTILINE))
    assert table == read


REQUIREMENTS = ROOT / "digitcnn" / "requirements"


def test_requirements_are_what_the_extras_are_made_of():
    asked = {
        (ROOT / name).parent.joinpath(line.removeprefix("-r ")).resolve()
        for name in ("requirements.txt", "tests/requirements.txt")
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    }
    assert asked == {*REQUIREMENTS.glob("*.txt"), ROOT / "requirements.txt"}


@pytest.mark.parametrize("path", sorted(REQUIREMENTS.glob("*.txt")), ids=lambda path: path.stem)
def test_every_requirement_has_two_bounds(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    requirements = [line for line in lines if line and not line.startswith("#")]
    assert requirements
    for line in requirements:
        assert re.match(r"[a-z0-9-]+(\[[a-z,]+\])?>=[\d.]+,<[\d.]+(;|$)", line), line


def test_files_that_readme_points_to_exist():
    for path in re.findall(r"`((?:digitcnn|tests|assets)/[\w/.]*)`", README):
        assert (ROOT / path).exists(), path


def test_python_lines_run_as_they_stand(trained_home, tmp_path, monkeypatch):
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    digits = handwriting.digits(20, 5)
    Image.fromarray(ink.rasterize(samples.sample(7))).save(tmp_path / "seven.png")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DIGITCNN_HOME", str(trained_home))
    monkeypatch.setattr(digitcnn, "train", lambda recipe, **changes: digitcnn.load_run())
    exec(compile(code, "README.md", "exec"), {"x": 255 - digits.images, "y": digits.labels})
    assert len(code.strip().splitlines()) <= 12
