"""The reading in JavaScript says what the one in Python says."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from digitcnn import settings
from digitcnn.benchmarks.accuracy import stroke_file
from digitcnn.data import handwriting, samples
from digitcnn.inference import browser
from digitcnn.inference.browser import weights
from digitcnn.inference.recognizer import Recognizer
from digitcnn.preprocessing import digit_image, ink
from digitcnn.runs.run import open_run
from tests.javascript.node import NODE
from tests.places import PEN_DIGITS

FOLDER = Path(__file__).parent


def ask(question, **asked):
    process = subprocess.run(
        [NODE, FOLDER / "ask.mjs"],
        input=json.dumps({"question": question, **asked}),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(process.stdout)


def plain(strokes):
    return [stroke.astype(float).tolist() for stroke in strokes]


@pytest.fixture(scope="module")
def starter():
    run = open_run(settings.STARTER_FOLDER)
    return run, Recognizer(run)


@pytest.fixture(scope="module")
def network(starter, tmp_path_factory):
    """The starter, packed."""
    check = digit_image.digit_image(ink.rasterize(samples.sample(3)))
    path = tmp_path_factory.mktemp("packed") / "network.bin"
    path.write_bytes(weights.packed(*starter, check))
    return path


def drawings(n, seed=0):
    """Made-up handwriting on the canvas, at all sizes and places, and some that runs off it."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(n):
        strokes = samples.sample(number % 10)
        points = np.concatenate(strokes)
        scale, turn = rng.uniform(0.2, 1.4), rng.normal(0, 0.15)
        matrix = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        shift = rng.uniform(90, 190, 2)
        made.append([
            ((stroke - points.mean(axis=0)) @ matrix.T + shift + rng.normal(0, 1, stroke.shape))
            .astype(np.float32) for stroke in strokes
        ])  # fmt: skip
    return made


@pytest.mark.parametrize("pen", [1.0, 4.0, 12.3, 18.0, 25.0])
def test_rasters_are_pillows(pen):
    rng = np.random.default_rng(int(pen * 10))
    inks = [
        [rng.uniform(-40, 120, (n, 2)).astype(np.float32) for n in (1, 2, 5)] for _ in range(25)
    ]
    given = ask("rasters", inks=[plain(strokes) for strokes in inks], size=[90, 70], pen=pen)
    for strokes, raster in zip(inks, given, strict=True):
        expected = ink.rasterize(strokes, (90, 70), pen)
        np.testing.assert_array_equal(np.array(raster).reshape(70, 90), expected)


def test_paths_are_flattened_alike():
    curves = [["Q", 30, 80, 70.5, 90.25], ["C", 80, 100, 120, 10, 200, 200]]
    path = [["M", 10, 20], *curves, ["L", 9, 9]]
    (given,) = ask("paths", paths=[path])
    (expected,) = ink.strokes({"objects": [{"type": "path", "path": path}]})
    np.testing.assert_allclose(given, expected, atol=1e-4)


def _compare(inks, starter, network):
    given = ask("readings", network=str(network), inks=[plain(strokes) for strokes in inks])
    images, labels, expected = [], [], []
    for strokes, answer in zip(inks, given, strict=True):
        image = digit_image.digit_image(ink.rasterize(strokes))
        expected.append(image)
        images.append(answer["image"])
        labels.append(answer["label"])
    expected = np.stack(expected)
    out = starter[1].outputs(expected)
    off = np.abs(np.array(images).reshape(-1, 28, 28) - expected.astype(int))
    same = np.array(labels) == out.probabilities.argmax(axis=1)
    # Where the images are the same, so are the logits.
    as_one = (off == 0).all(axis=(1, 2))
    logits = np.array([answer["logits"] for answer in given])
    return (off <= 8).mean(), same.mean(), np.abs(logits - out.logits)[as_one].max(), as_one.mean()


def test_drawings_are_read_alike(starter, network):
    close, same, logits, as_one = _compare(drawings(200), starter, network)
    assert close > 0.999 and same == 1
    assert logits < 1e-3 and as_one > 0.5


@pytest.mark.skipif(not PEN_DIGITS.exists(), reason="needs pen digits")
def test_pen_digits_are_read_alike(starter, network):
    digits = stroke_file.read(PEN_DIGITS)
    chosen = [strokes for _, strokes in zip(range(200), stroke_file.placed(digits), strict=False)]
    close, same, logits, as_one = _compare(chosen, starter, network)
    assert close > 0.99 and same >= 0.999 - 1 / 200
    assert logits < 1e-3 and as_one > 0.5


def test_digit_images_get_the_same_logits(starter, network):
    images = handwriting.digits(60, handwriting.TEST_SEED).images
    given = ask("logits", network=str(network), images=images.reshape(60, -1).tolist())
    np.testing.assert_allclose(given, starter[1].outputs(images).logits, atol=1e-3)


def test_what_can_not_be_read_is_told_alike(network):
    dot = np.array([[100, 100]], np.float32)
    off = np.array([[-100, -100], [-50, -80]], np.float32)
    blot = np.stack([np.tile([0, 280], 15), np.repeat(np.linspace(0, 280, 15), 2)], 1)
    inks = [[], [off], [dot], [blot.astype(np.float32)]]
    answers = ask("readings", network=str(network), inks=[plain(strokes) for strokes in inks])
    expected = [
        digit_image.EmptyDrawing, digit_image.EmptyDrawing, digit_image.TooLittleInk,
    ]  # fmt: skip
    for strokes, error in zip(inks, expected, strict=False):
        with pytest.raises(error):
            digit_image.digit_image(ink.rasterize(strokes))
    assert [answer["trouble"] for answer in answers[:3]] == ["empty", "empty", "dot"]


def test_every_network_of_ours_can_go(every_network, tmp_path):
    images = np.load(every_network / "images.npy")
    models = sorted(every_network.glob("*.keras"))
    assert len(models) > 10
    paths = []
    for model in models:
        layers, arrays = weights.chain(model.read_bytes())
        path = tmp_path / f"{model.stem}.bin"
        path.write_bytes(weights.joined({"layers": layers}, arrays))
        assert path.stat().st_size <= weights.LIMIT_BYTES
        paths.append(str(path))
    given = ask("chains", networks=paths, images=images.reshape(6, -1).tolist())
    for model, logits in zip(models, given, strict=True):
        with np.load(model.with_suffix(".npz")) as said:
            expected = said["logits"]
        off = np.abs(np.array(logits).reshape(6, -1) - expected).max()
        assert off < 1e-3 * max(1, np.abs(expected).max() / 10), (model.stem, off)


def test_an_ensemble_is_read_alike(ensemble_run, tmp_path):
    reader = Recognizer(ensemble_run)
    check = digit_image.digit_image(ink.rasterize(samples.sample(3)))
    path = tmp_path / "ensemble.bin"
    path.write_bytes(weights.packed(ensemble_run, reader, check))
    images = handwriting.digits(20, handwriting.TEST_SEED).images
    given = ask("logits", network=str(path), images=images.reshape(20, -1).tolist())
    np.testing.assert_allclose(given, reader.outputs(images).logits, atol=2e-3)


def test_a_damaged_network_is_refused(network, tmp_path):
    data = bytearray(network.read_bytes())
    for change in (data[:-3], b"nothing", data[: len(data) // 2]):
        path = tmp_path / "damaged.bin"
        path.write_bytes(change)
        assert ask("refused", network=str(path))
    # Of the right length, but with other weights.
    data[-60_000:] = bytes(60_000)
    path.write_bytes(data)
    assert "differs" in ask("refused", network=str(path))


def test_a_foreign_network_is_refused():
    import io
    import zipfile

    import h5py

    weights_file = io.BytesIO()
    with h5py.File(weights_file, "w") as file:
        file.create_group("layers")
    config = {"class_name": "Functional", "config": {"layers": [
        {"class_name": "LSTM", "config": {"name": "lstm"}, "inbound_nodes": []}]}}  # fmt: skip
    model = io.BytesIO()
    with zipfile.ZipFile(model, "w") as archive:
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", weights_file.getvalue())
    with pytest.raises(weights.NotForBrowsers, match="LSTM"):
        weights.chain(model.getvalue())


def test_modules_are_joined_to_one(tmp_path):
    joined = browser.script(Path(browser.__file__).with_name("reader.js"))
    assert "import" not in joined and "export" not in joined
    path = tmp_path / "joined.mjs"
    path.write_text(joined)
    subprocess.run(["node", "--check", path], check=True)
