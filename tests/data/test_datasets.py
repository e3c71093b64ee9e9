"""Data sets by name: fetched from a server in their true formats, verified, read."""

import bz2
import functools
import gzip
import hashlib
import http.server
import io
import json
import struct
import threading
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from digitcnn.cli.main import main
from digitcnn.data import datasets, handwriting, joined, readers
from digitcnn.data.datasets import DATASETS, DataSetUnavailable, UnknownDataSet
from digitcnn.data.digits import Digits
from digitcnn.system.download import Mirror, Patience

IMPATIENT = Patience(silence_s=2, file_s=20, retries=0)
PARTS = ("train", "test")
ONES_AND_SEVENS = {"train": 60, "test": 50}


@pytest.fixture(scope="module")
def written() -> dict[str, Digits]:
    return {"train": handwriting.digits(60, 1), "test": handwriting.digits(50, 2)}


def idx(array: np.ndarray, kind: int = 8) -> bytes:
    return (
        struct.pack(f">BBBB{array.ndim}I", 0, 0, kind, array.ndim, *array.shape) + array.tobytes()
    )


def usps(digits: Digits) -> bytes:
    """LIBSVM's lines, in bzip2: 16 x 16 pixels, zeros left out as that format may."""
    lines = []
    for image, label in zip(digits.images, digits.labels, strict=True):
        small = image[6:22, 6:22].ravel() / 127.5 - 1
        pairs = " ".join(f"{i}:{value:.3f}" for i, value in enumerate(small, 1) if value)
        lines.append(f"{label + 1} {pairs}\n")
    return bz2.compress("".join(lines).encode())


def pen_paths(n: int) -> bytes:
    """UCI's lines: eight points, x right and y up, and the label: here ones and sevens."""
    one = "50,100,50, 85,50, 70,50, 55,50, 40,50, 25,50, 12,50,  0,1"
    seven = "  0,100, 33,100, 66,100,100,100, 80, 75, 60, 50, 45, 25, 30,  0,7"
    return "".join(f"{(one, seven)[i % 2]}\n" for i in range(n)).encode()


def files_of(name: str, written: dict[str, Digits]) -> dict[str, bytes]:
    if name == "usps":
        return {"usps.bz2": usps(written["train"]), "usps.t.bz2": usps(written["test"])}
    if name == "qmnist":
        made = {}
        for part, digits in written.items():
            extended = np.zeros((len(digits), 8), ">i4")
            extended[:, 0] = digits.labels
            made[f"qmnist-{part}-images-idx3-ubyte.gz"] = gzip.compress(idx(digits.images))
            made[f"qmnist-{part}-labels-idx2-int.gz"] = gzip.compress(idx(extended, 12))
        return made
    if name == "pendigits":
        return {"pendigits.tra": pen_paths(60), "pendigits.tes": pen_paths(50)}
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        for part, digits in written.items():
            stem = f"gzip/emnist-digits-{part}"
            turned = np.ascontiguousarray(digits.images.transpose(0, 2, 1))
            zipped.writestr(f"{stem}-images-idx3-ubyte.gz", gzip.compress(idx(turned)))
            zipped.writestr(f"{stem}-labels-idx1-ubyte.gz", gzip.compress(idx(digits.labels)))
    return {"gzip.zip": archive.getvalue()}


@pytest.fixture
def served(tmp_path, monkeypatch, written):
    """Serves a data set of small parts from this machine, its checksums corrected for that."""
    folder = tmp_path / "served"
    folder.mkdir()
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    handler.log_message = lambda *_: None
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()

    def serve(name: str) -> None:
        sums = []
        for file, content in files_of(name, written).items():
            (folder / file).write_bytes(content)
            known = name != "pendigits"  # of which none are published
            sums.append((file, f"md5:{hashlib.md5(content).hexdigest()}" if known else ""))
        assert {file for file, _ in sums} == {file for file, _ in DATASETS[name].files}
        mirror = Mirror(f"http://127.0.0.1:{server.server_port}/", tuple(sums))
        nowhere = Mirror("http://127.0.0.1:9/", tuple(sums))
        monkeypatch.setitem(DATASETS, name, replace(DATASETS[name], mirrors=(nowhere, mirror)))

    yield serve
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("name", ["usps", "qmnist", "emnist-digits"])
def test_is_fetched_from_the_second_address_verified_and_read(name, served, written, home):
    served(name)
    assert not datasets.is_here(name, home)
    with pytest.raises(DataSetUnavailable, match=f"data get {name}"):
        datasets.load(name, home)
    datasets.get(name, home, patience=IMPATIENT)
    assert datasets.is_here(name, home)
    for part in PARTS:
        digits = datasets.load(name, home, part)
        assert np.array_equal(digits.labels, written[part].labels)
        if name != "usps":  # which has other sizes
            assert np.array_equal(digits.images, written[part].images)
        else:
            assert digits.images.reshape(len(digits), -1).max(axis=1).min() > 128
    file = datasets.folder_of(name, home) / DATASETS[name].files[0][0]
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(DataSetUnavailable, match="damaged"):
        datasets.load(name, home)


def test_without_a_network_the_sentence_says_what_to_put_where(home, monkeypatch):
    nowhere = (Mirror("http://127.0.0.1:9/", DATASETS["usps"].files),)
    monkeypatch.setitem(DATASETS, "usps", replace(DATASETS["usps"], mirrors=nowhere))
    with pytest.raises(DataSetUnavailable, match=r"usps\.bz2 and usps\.t\.bz2") as told:
        datasets.get("usps", home, patience=IMPATIENT)
    assert str(home / "data" / "usps") in str(told.value)


def test_every_entry_says_what_a_user_must_know():
    for name, source in DATASETS.items():
        assert name == source.name and source.title and source.licence and source.home_page
        assert all(":" in checksum for _, checksum in source.files) or name == "pendigits"
        assert all(mirror.url.startswith("https://") for mirror in source.mirrors)
        assert bool(source.files) == bool(source.mirrors)


def test_optdigits_need_no_download(home):
    pytest.importorskip("sklearn")
    train, test = (datasets.load("optdigits", home, part) for part in PARTS)
    assert (len(train), len(test)) == (1_437, 360)
    assert np.bincount(train.labels).min() > 130 and np.bincount(test.labels).min() > 25


def test_names_files_and_nonsense(home, tmp_path, written):
    path = tmp_path / "mine.npz"
    np.savez(path, images=written["test"].images, labels=written["test"].labels)
    assert len(joined.named(str(path), home).digits) == 50
    with pytest.raises(UnknownDataSet, match="usps"):
        joined.named("mnits", home)


def test_command_lists_gets_verifies_and_shows(served, home, tmp_path, capsys):
    served("usps")
    assert main(["data", "--json", "--home", str(home)]) == 0
    listed = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert set(listed) == set(DATASETS) and not listed["usps"]["here"]
    for words in (["get", "usps"], ["verify", "usps"], ["sheet", "usps", str(tmp_path / "s.png")]):
        assert main(["data", *words, "--home", str(home)]) == 0
    assert "50" in capsys.readouterr().out
    assert (tmp_path / "s.png").read_bytes().startswith(b"\x89PNG")
    assert main(["data", "--home", str(home)]) == 0
    assert "usps" in capsys.readouterr().out
    assert main(["data", "get", "mnits", "--home", str(home)]) == 2


@pytest.fixture
def few_pendigits(monkeypatch):
    """Counts as those of the few lines that are served here."""
    counts = {part: (0, n // 2, 0, 0, 0, 0, 0, n // 2, 0, 0) for part, n in ONES_AND_SEVENS.items()}
    monkeypatch.setattr(readers, "PENDIGITS_COUNTS", counts)


def test_pen_strokes_are_drawn_upright_and_counted(served, few_pendigits, home):
    served("pendigits")
    datasets.get("pendigits", home, patience=IMPATIENT)
    train, test = (datasets.load("pendigits", home, part) for part in PARTS)
    assert (len(train), len(test)) == (60, 50)
    one, seven = train.images[0], train.images[1]
    assert train.labels[:2].tolist() == [1, 7]
    assert (one.max(axis=0) > 0).sum() < 8 < (one.max(axis=1) > 0).sum()
    assert seven[:12].sum() > seven[16:].sum()  # its bar is at the top
    path = home / "data" / "pendigits" / "pendigits.tes"
    path.write_bytes(pen_paths(48))
    with pytest.raises(DataSetUnavailable, match="48 digits, 0, 24"):
        datasets.load("pendigits", home)
    path.write_bytes(b"1,2,3\n")
    with pytest.raises(DataSetUnavailable, match="damaged"):
        datasets.load("pendigits", home)


def test_a_file_without_checksum_that_counts_otherwise_is_not_taken(served, home):
    served("pendigits")  # 60 and 50 digits, and not 7,494 and 3,498
    with pytest.raises(DataSetUnavailable, match="cut short, or another file"):
        datasets.get("pendigits", home, patience=IMPATIENT)
    assert not datasets.is_here("pendigits", home)


def test_original_pen_strokes_keep_their_lifts(few_pendigits, home):
    def segment(label: int, strokes: list[list[tuple[int, int]]]) -> str:
        lines = [f'.SEGMENT DIGIT ? "{label}"', ".COMMENT  1 65", ".DT 100"]
        for stroke in strokes:
            lines += [".PEN_DOWN", *(f" {x} {y}" for x, y in stroke), ".PEN_UP", ".DT 20"]
        return "\n".join(lines)

    one = segment(1, [[(200, 400), (201, 300), (200, 200)]])
    seven = segment(7, [[(100, 400), (300, 400), (180, 200)], [(150, 300), (260, 300)]])
    folder = home / "data" / "pendigits"
    folder.mkdir(parents=True)
    for part, n in ONES_AND_SEVENS.items():
        name = readers.PENDIGITS[part]
        (folder / name).write_bytes(pen_paths(n))
        (folder / name.replace(".", "-orig.")).write_text("\n".join([one, seven] * (n // 2)))
    digits = datasets.load("pendigits", home)
    assert digits.labels[:2].tolist() == [1, 7]
    crossed = digits.images[1]
    assert crossed[12:16].max() > 200 and not np.array_equal(crossed[:, 18], crossed[:, 24])
