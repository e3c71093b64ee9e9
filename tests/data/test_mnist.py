"""MNIST: found, fetched from servers of every kind, verified, split."""

import contextlib
import gzip
import hashlib
import http.server
import struct
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitcnn.data import mnist
from digitcnn.data.digits import DataSetUnavailable, Digits
from digitcnn.system.download import Mirror, Patience, in_tenths
from digitcnn.system.durable import NotWritable

# LeCun's page gives no counts by class; these are in every textbook that tabulates MNIST.
_TRAIN_COUNTS = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
_TEST_COUNTS = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]

_IMPATIENT = Patience(silence_s=0.4, file_s=0.8, retries=0)


class _Server(http.server.ThreadingHTTPServer):
    """Serves files from memory; some paths badly."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        how, name = self.path.strip("/").split("/", 1)
        data = self.server.files.get(name, b"")
        if how == "missing":
            return self.send_error(404)
        if how == "redirected":
            self.send_response(302)
            self.send_header("Location", f"{self.server.url}/page/login")
            return self.end_headers()
        if how == "page":
            return self._answer(b"<html>Log in to use this network</html>", "text/html")
        if how == "corrupted" or (how == "once-corrupted" and len(self.server.asked) == 1):
            data = bytes([data[0] ^ 1]) + data[1:]
        if how == "silent":
            time.sleep(1.5)
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if how == "cut":
            return self.wfile.write(data[: len(data) // 2])
        if how == "trickling":
            for byte in data:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(0.05)
            return None
        return self.wfile.write(data)

    def _answer(self, data: bytes, kind: str):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def handle(self):
        with contextlib.suppress(OSError):  # of a client that lost its patience
            super().handle()

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    server = _Server()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def little() -> dict[str, np.ndarray]:
    """Arrays like MNIST's, of 30 and 12 digits."""
    rng = np.random.default_rng(0)
    return {
        "x_train": rng.integers(0, 256, (30, 28, 28), np.uint8),
        "y_train": rng.integers(0, 10, 30).astype(np.uint8),
        "x_test": rng.integers(0, 256, (12, 28, 28), np.uint8),
        "y_test": rng.integers(0, 10, 12).astype(np.uint8),
    }


def _idx(array: np.ndarray) -> bytes:
    """An IDX file, as its authors describe the format."""
    header = struct.pack(">BBBB", 0, 0, 8, array.ndim)
    return header + b"".join(struct.pack(">i", n) for n in array.shape) + array.tobytes()


@pytest.fixture(scope="module")
def checksums(little) -> dict[str, str]:
    return {name: hashlib.md5(_idx(array)).hexdigest() for name, array in little.items()}


@pytest.fixture(scope="module")
def archive(little, tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("little") / "mnist.npz"
    np.savez_compressed(path, **little)
    return path.read_bytes()


def _mirror(server: _Server, how: str, data: bytes) -> Mirror:
    server.files["mnist.npz"] = data
    known = (("mnist.npz", f"sha256:{hashlib.sha256(data).hexdigest()}"),)
    return Mirror(f"{server.url}/{how}/", known)


# -- the real data set


def test_real_mnist_is_recognised_by_its_arrays(real_mnist):
    assert np.bincount(real_mnist.train.labels).tolist() == _TRAIN_COUNTS
    assert np.bincount(real_mnist.test.labels).tolist() == _TEST_COUNTS
    assert real_mnist.train.images.dtype == np.uint8
    assert real_mnist.train.labels[:8].tolist() == [5, 0, 4, 1, 9, 2, 1, 3]


def test_fingerprint_sees_one_changed_pixel_or_label(real_mnist):
    digits = real_mnist.test[:100]
    images, labels = digits.images.copy(), digits.labels.copy()
    images[50, 3, 3] ^= 1
    labels[7] = (labels[7] + 1) % 10
    prints = {
        mnist.fingerprint(digits),
        mnist.fingerprint(Digits(images, digits.labels)),
        mnist.fingerprint(Digits(digits.images, labels)),
    }
    assert len(prints) == 3
    assert mnist.fingerprint(digits) == mnist.fingerprint(
        Digits(digits.images.copy(), digits.labels)
    )


# -- find


def test_find_prefers_argument_then_variable_then_keras_then_home(tmp_path, home, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert mnist.find() is None
    places = [
        home / "data" / "mnist.npz",
        tmp_path / ".keras" / "datasets" / "mnist.npz",
        tmp_path / "variable.npz",
        tmp_path / "argument.npz",
    ]
    for place in places:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    assert mnist.find() == places[1]
    places[1].unlink()
    assert mnist.find() == places[0]
    assert mnist.find(home=tmp_path / "elsewhere") is None
    monkeypatch.setenv("DIGITCNN_MNIST", str(places[2]))
    assert mnist.find() == places[2]
    assert mnist.find(places[3]) == places[3]


def test_a_named_file_that_is_missing_is_not_passed_over(tmp_path, monkeypatch):
    with pytest.raises(DataSetUnavailable, match="--mnist"):
        mnist.find(tmp_path / "none.npz")
    monkeypatch.setenv("DIGITCNN_MNIST", str(tmp_path / "none.npz"))
    with pytest.raises(DataSetUnavailable, match="DIGITCNN_MNIST"):
        mnist.find()


# -- load


def test_load_gives_the_arrays(little, checksums, archive, tmp_path):
    path = tmp_path / "mnist.npz"
    path.write_bytes(archive)
    loaded = mnist.load(path, checksums)
    assert np.array_equal(loaded.train.images, little["x_train"])
    assert np.array_equal(loaded.test.labels, little["y_test"])


def _without(little, name):
    return {key: array for key, array in little.items() if key != name}


@pytest.mark.parametrize(
    "change",
    [
        lambda little: _without(little, "y_test"),
        lambda little: {**little, "x_train": little["x_train"] ^ np.uint8(1)},
        lambda little: {**little, "x_test": little["x_test"].reshape(12, 784)},
        lambda little: {**little, "y_train": little["y_train"].astype(np.int64)},
        lambda little: {**little, "x_train": little["x_train"][:-1]},
        lambda little: {**little, "y_train": np.array([{"a": 1}] * 30, object)},
    ],
    ids=["array missing", "other pixels", "other shape", "other dtype", "one less", "pickles"],
)
def test_load_refuses_what_is_not_mnist(change, little, checksums, tmp_path):
    path = tmp_path / "mnist.npz"
    np.savez(path, **change(little))
    with pytest.raises(mnist.WrongMnist, match="mnist.npz"):
        mnist.load(path, checksums)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
def test_load_refuses_a_truncated_archive(share, archive, checksums, tmp_path):
    path = tmp_path / "mnist.npz"
    path.write_bytes(archive[: int(share * len(archive))])
    with pytest.raises(mnist.WrongMnist, match="--mnist PATH"):
        mnist.load(path, checksums)


def test_load_refuses_text_and_a_missing_file(tmp_path):
    (tmp_path / "mnist.npz").write_text("MNIST is not here")
    for name in ("mnist.npz", "none.npz"):
        with pytest.raises(mnist.WrongMnist):
            mnist.load(tmp_path / name)


# -- split


@settings(deadline=None)
@given(n=st.integers(0, 300), seed=st.integers(0, 2**31 - 1), data=st.data())
def test_split_parts_the_digits_and_depends_on_the_seed_alone(n, seed, data):
    n_validation = data.draw(st.integers(0, n))
    images = np.zeros((n, 28, 28), np.uint8)
    images[:, 0, :2] = np.arange(n, dtype="<u2")[:, None].view(np.uint8)
    digits = Digits(images, (np.arange(n) % 10).astype(np.uint8))
    training, validation = mnist.split(digits, n_validation, seed)

    def numbers(part):
        return part.images[:, 0, :2].copy().view("<u2")[:, 0].tolist()

    assert len(validation) == n_validation
    assert sorted(numbers(training) + numbers(validation)) == list(range(n))
    assert all(
        part.labels.tolist() == [i % 10 for i in numbers(part)] for part in (training, validation)
    )
    assert numbers(mnist.split(digits, n_validation, seed)[1]) == numbers(validation)


def test_split_differs_from_seed_to_seed_and_has_bounds():
    digits = Digits(np.zeros((100, 28, 28), np.uint8), (np.arange(100) % 10).astype(np.uint8))
    chosen = {tuple(mnist.split(digits, 10, seed)[1].labels) for seed in range(5)}
    assert len(chosen) > 1
    with pytest.raises(ValueError):
        mnist.split(digits, 101)


# -- download


def test_download_fetches_verifies_and_reports_progress(server, archive, checksums, home):
    told = []
    mirror = _mirror(server, "good", archive)
    path = mnist.download(
        home, lambda *so_far: told.append(so_far), (mirror,), _IMPATIENT, checksums
    )
    assert path == home / "data" / "mnist.npz"
    assert path.read_bytes() == archive
    assert told[-1] == (len(archive), len(archive))
    assert [path.name for path in (home / "data").iterdir()] == ["mnist.npz"]


@pytest.mark.parametrize(
    "how", ["missing", "redirected", "page", "corrupted", "cut", "silent", "trickling"]
)
def test_download_turns_to_the_next_mirror(how, server, archive, checksums, home):
    bad, good = _mirror(server, how, archive), _mirror(server, "good", archive)
    path = mnist.download(home, None, (bad, good), _IMPATIENT, checksums)
    assert path.read_bytes() == archive
    assert server.asked[0] == f"/{how}/mnist.npz"


@pytest.mark.parametrize(
    ("how", "word"),
    [
        ("missing", "404"),
        ("redirected", "web page"),
        ("corrupted", "damaged"),
        ("cut", "cut"),
        ("silent", "slow"),
        ("trickling", "slow"),
    ],
)
def test_download_says_why_and_leaves_nothing(how, word, server, archive, checksums, home):
    mirror = _mirror(server, how, archive)
    with pytest.raises(DataSetUnavailable, match=f"{word}.*--mnist PATH"):
        mnist.download(home, None, (mirror,), _IMPATIENT, checksums)
    assert list((home / "data").iterdir()) == []


def test_download_says_that_there_is_no_connection(server, archive, checksums, home):
    mirror = _mirror(server, "good", archive)
    server.shutdown()
    server.server_close()
    with pytest.raises(DataSetUnavailable, match="can't be reached"):
        mnist.download(home, None, (mirror,), _IMPATIENT, checksums)


def test_progress_in_words_is_told_ten_times_at_most():
    told = []
    progress = in_tenths(told.append, "MNIST")
    for done in range(0, 11_490_435, 65_536):
        progress(done, 11_490_434)
    progress(11_490_434, 11_490_434)
    assert told[1] == "Downloading MNIST, 10%" and told[-1] == "Downloading MNIST, 100%"
    assert len(told) == 11
    told.clear()
    silent = in_tenths(told.append, "MNIST")
    for done in range(5):
        silent(done, 0)
    assert told == ["Downloading MNIST"]


def test_download_tries_a_mirror_again(server, archive, checksums, home, monkeypatch):
    monkeypatch.setattr("pooch.core.time.sleep", lambda _: None)
    mirror = _mirror(server, "once-corrupted", archive)
    patience = Patience(silence_s=2, file_s=5, retries=1)
    assert mnist.download(home, None, (mirror,), patience, checksums).read_bytes() == archive
    assert len(server.asked) == 2


def test_download_takes_the_original_files_too(server, little, checksums, home):
    known = []
    for name, array in little.items():
        data = gzip.compress(_idx(array), mtime=0)
        server.files[f"{name}.gz"] = data
        known.append((f"{name}.gz", f"md5:{hashlib.md5(data).hexdigest()}"))
    mirror = Mirror(f"{server.url}/good/", tuple(known))
    path = mnist.download(home, None, (mirror,), _IMPATIENT, checksums)
    loaded = mnist.load(path, checksums)
    assert np.array_equal(loaded.train.images, little["x_train"])
    assert np.array_equal(loaded.test.labels, little["y_test"])


def test_download_trusts_no_archive_by_its_own_checksum(server, little, checksums, home, tmp_path):
    other = tmp_path / "other.npz"
    np.savez(other, **{**little, "y_train": little["y_train"][::-1]})
    mirror = _mirror(server, "good", other.read_bytes())
    with pytest.raises(DataSetUnavailable, match="y_train"):
        mnist.download(home, None, (mirror,), _IMPATIENT, checksums)
    assert list((home / "data").iterdir()) == []


def test_download_says_that_the_home_folder_is_none(archive, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(NotWritable, match="DIGITCNN_HOME"):
        mnist.download(tmp_path / "file", None, mnist.MIRRORS, _IMPATIENT)


def test_the_mirrors_are_two_machines_and_the_original_files_keep_their_order():
    assert len({mirror.host for mirror in mnist.MIRRORS}) == len(mnist.MIRRORS) >= 2
    for mirror in mnist.MIRRORS:
        assert mirror.url.startswith("https://") and mirror.url.endswith("/")
        names = [Path(name).name for name, _ in mirror.files]
        if len(names) > 1:
            assert ["train" in name for name in names] == [
                "train" in name for name in mnist.RAW_MD5
            ]
            assert ["images" in n for n in names] == [n.startswith("x") for n in mnist.RAW_MD5]
