"""What Python programs call, from this checkout and from a wheel."""

import os
import shutil
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from PIL import Image

import digitcnn
from digitcnn.cli.main import main
from digitcnn.data import handwriting, samples
from digitcnn.errors import DigitcnnError
from digitcnn.inference.recognizer import Recognizer
from digitcnn.preprocessing import digit_image, ink
from digitcnn.runs import store
from digitcnn.system import extras
from tests.places import ROOT


@pytest.fixture(scope="module")
def reader() -> Recognizer:
    return digitcnn.Recognizer(digitcnn.load_run("starter"))


def test_everything_named_is_there():
    assert set(digitcnn.__all__) <= set(dir(digitcnn))
    for name in digitcnn.__all__:
        assert getattr(digitcnn, name) is not None
    with pytest.raises(AttributeError):
        digitcnn.no_such_thing  # noqa: B018


def test_run_is_found_by_name_id_and_folder(trained_home, trained_run, home):
    shutil.copytree(trained_home, home, dirs_exist_ok=True)
    run = store.rename(home, trained_run.id, "my own")
    for name in (run.id, "my own", str(run.folder), run.folder, None):
        assert digitcnn.load_run(name, home=home).id == run.id
    assert digitcnn.load_run("starter", home=home).is_starter
    with pytest.raises(DigitcnnError, match="no run"):
        digitcnn.load_run("another", home=home)


def test_arrays_are_read_whichever_way_they_lie(reader):
    digits = handwriting.digits(60, 5)
    expected = [p.label for p in reader.predictions(digits.images)]
    assert np.mean(expected == digits.labels) > 0.9
    for array, paper in (
        (digits.images, "dark"),
        (255 - digits.images, "light"),
        (digits.images.reshape(60, 784) / 255, "dark"),
    ):
        assert [p.label for p in digitcnn.read_images(array, reader, paper)] == expected


@pytest.mark.parametrize("label", [3, 7])
def test_strokes_pictures_and_files_are_read_as_in_the_app(label, reader, tmp_path):
    drawing = samples.sample(label)
    raster = ink.rasterize(drawing)
    expected = reader.recognize(digit_image.digit_image(raster))
    assert expected.label == label
    read = digitcnn.read_drawing([stroke.tolist() for stroke in drawing], reader)
    assert np.allclose(read.probabilities, expected.probabilities, atol=1e-6)
    twice = digitcnn.read_drawing([stroke * 2 for stroke in drawing], reader, canvas_px=560)
    assert np.allclose(twice.probabilities, expected.probabilities, atol=1e-6)
    picture = Image.fromarray(raster)
    picture.save(tmp_path / "digit.png")
    for source in (picture, tmp_path / "digit.png", str(tmp_path / "digit.png")):
        assert digitcnn.read_image(source, reader).label == label


def test_without_a_reader_the_run_in_use_reads(trained_home, trained_run, monkeypatch):
    monkeypatch.setenv("DIGITCNN_HOME", str(trained_home))
    image = handwriting.digits(1, 5).images
    expected = digitcnn.Recognizer(trained_run).recognize(image[0])
    assert np.array_equal(digitcnn.read_images(image)[0].probabilities, expected.probabilities)
    assert np.array_equal(
        digitcnn.read_images(image, trained_run)[0].probabilities, expected.probabilities
    )


def test_evaluation_of_arrays(reader):
    digits = handwriting.digits(100, 5)
    labels = digits.labels.astype(np.int64)
    evaluation = digitcnn.evaluate(reader, 255 - digits.images, labels, paper="light")
    predicted = [p.label for p in reader.predictions(digits.images)]
    assert evaluation.accuracy == np.mean(predicted == digits.labels)
    for wrong in (labels[:-1], labels + 5, labels / 2, ["six"] * 100):
        with pytest.raises(DigitcnnError, match="labels"):
            digitcnn.evaluate(reader, digits.images, wrong)


@pytest.mark.parametrize("strokes", [[[1, 2]], [[(0, 0), (np.nan, 2)]], ["ink"], [None]])
def test_strokes_that_are_none_are_told(strokes, reader):
    with pytest.raises(DigitcnnError, match="Stroke 1"):
        digitcnn.read_drawing(strokes, reader)


def test_training_is_the_trainers(home, monkeypatch, tmp_path):
    from digitcnn.training import train as trainer

    asked = {}
    monkeypatch.setattr(
        trainer, "train", lambda recipe, home, mnist: asked.update(recipe=recipe, home=home)
    )
    digitcnn.train("fast", epochs=2)
    assert (asked["recipe"].epochs, asked["home"]) == (2, home)
    (tmp_path / "own.json").write_text('{"layers": ["flatten", {"kind": "dense", "units": 10}]}')
    digitcnn.train("fast", network=str(tmp_path / "own.json"))
    assert [layer.kind for layer in asked["recipe"].architecture.layers][:2] == ["flatten", "dense"]
    with pytest.raises(DigitcnnError, match="no network 'own'"):
        digitcnn.train("fast", network="own")
    with pytest.raises(DigitcnnError, match="no recipe"):
        digitcnn.train("slow")


@pytest.mark.parametrize(
    ("package", "words", "extra"),
    [
        ("cv2", ["predict", "SEVEN"], "photos"),
        ("tensorflow", ["train", "--dataset", "handwriting"], "train"),
    ],
)
def test_what_an_extra_would_bring_is_said(package, words, extra, tmp_path, monkeypatch, capsys):
    found = extras.find_spec
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name == package else found(name))
    Image.fromarray(ink.rasterize(samples.sample(7))).save(tmp_path / "seven.png")
    words = [str(tmp_path / "seven.png") if word == "SEVEN" else word for word in words]
    assert main(words) == 2
    said = capsys.readouterr().err
    assert package in said and f"digitcnn[{extra}]" in said and "Traceback" not in said


_READS = """
import sys
import digitcnn
assert not {"numpy", "PIL", "streamlit", "keras"} & set(sys.modules)
strokes = [[(140, 40), (140, 240)]]
print(digitcnn.read_drawing(strokes).label, digitcnn.__file__)
assert not {"tensorflow", "keras", "cv2", "streamlit", "plotly"} & set(sys.modules)
"""


def test_a_wheel_reads_from_any_folder(home, tmp_path):
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (wheel,) = tmp_path.glob("*.whl")
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    read = subprocess.run(
        [sys.executable, "-c", _READS],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert read.returncode == 0, read.stderr
    label, where = read.stdout.split(maxsplit=1)
    assert label == "1" and where.startswith(str(installed))
    for needed in ("streamlit_app.py", ".streamlit/config.toml", "assets/icon.svg", "py.typed"):
        assert (installed / "digitcnn" / needed).is_file()
    templates = [path.relative_to(ROOT) for path in (ROOT / "digitcnn").rglob("templates/*.*")]
    assert len(templates) > 20
    assert [path for path in templates if not (installed / path).is_file()] == []
    doctor = subprocess.run(
        [sys.executable, "-m", "digitcnn", "doctor", "--quick"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "starter reads 10 of the 10 sample digits correctly" in doctor.stdout
