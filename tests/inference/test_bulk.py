"""Reading a pile of pictures: all of them, each once, whatever some of them are."""

import csv
import io
import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digitcnn.cli.main import main
from digitcnn.data import digit_files, handwriting
from digitcnn.data.digits import WrongDigits
from digitcnn.inference.bulk import read, results, sources
from digitcnn.inference.bulk.read import Row
from digitcnn.inference.recognizer import Recognizer
from digitcnn.runs.store import find_run
from tests.photo_makers import drawn_lines, file_of

N = 150


@pytest.fixture(scope="module")
def pile(tmp_path_factory) -> Path:
    """Small pictures in folders, and among them a page of numbers, a text, and a blank one."""
    folder = tmp_path_factory.mktemp("pile")
    digits = handwriting.digits(N, 4)
    for i, (image, label) in enumerate(zip(digits.images, digits.labels, strict=True)):
        path = folder / str(i % 3) / f"{i:03d}-{label}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(255 - image if i % 2 else image).save(path)
    (folder / "1" / "no-picture.png").write_text("not a picture")
    (folder / "2" / "page.png").write_bytes(file_of(drawn_lines(("47", "308"))[0]).getvalue())
    Image.new("L", (28, 28), 255).save(folder / "blank.png")
    (folder / "notes.md").write_text("no picture either")
    return folder


def rows_of(path: Path) -> list[dict]:
    return list(csv.DictReader(path.open(newline="")))


def predict(*words: object) -> int:
    return main(["predict", "--run", "starter", *map(str, words)])


def test_every_picture_of_a_folder_is_a_row(pile, tmp_path, capsys):
    out = tmp_path / "results.csv"
    assert predict(pile, "--out", out, "--workers", 1) == 0
    rows = {Path(row["path"]).name: row for row in rows_of(out)}
    assert len(rows) == N + 3 and tuple(rows_of(out)[0]) == results.COLUMNS
    single = [row for name, row in rows.items() if name[0].isdigit() and row["label"]]
    right = [row["label"] == row["path"][-5] for row in single]
    assert len(single) > 0.95 * N and np.mean(right) > 0.97
    for row in single:
        p = [float(row[f"p{digit}"]) for digit in range(10)]
        assert abs(sum(p) - 1) < 1e-4 and max(p) == float(row["confidence"])
    assert rows["page.png"]["text"] == "47 / 308" and not rows["page.png"]["label"]
    assert "no-picture.png" in rows["no-picture.png"]["error"] and rows["blank.png"]["error"]
    assert "could not be read" in capsys.readouterr().err


def test_several_processes_read_the_same_in_the_same_order(pile, tmp_path):
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    assert predict(pile, "--out", one, "--workers", 1) == 0
    assert predict(pile, "--out", two, "--workers", 2) == 0
    assert one.read_bytes() == two.read_bytes()


def test_it_goes_on_where_it_stopped(pile, tmp_path, capsys):
    whole, out = tmp_path / "whole.jsonl", tmp_path / "out.jsonl"
    assert predict(pile, "--out", whole, "--workers", 1) == 0
    lines = whole.read_bytes().splitlines(keepends=True)
    out.write_bytes(b"".join(lines[:40]) + lines[40][:25])  # killed while it wrote
    capsys.readouterr()
    assert predict(pile, "--out", out, "--workers", 1) == 0
    assert out.read_bytes() == whole.read_bytes()
    assert f"40 of {N + 3}" in capsys.readouterr().err
    assert predict(pile, "--out", out) == 0  # nothing is left to do
    assert out.read_bytes() == whole.read_bytes()
    assert json.loads(lines[0]).keys() == Row("x").to_dict().keys()


def test_another_file_is_not_written_over(pile, tmp_path, capsys):
    for name, content in (("a.csv", "a,b\n1,2\n"), ("a.jsonl", "hello\n"), ("a.txt", "")):
        (tmp_path / name).write_text(content)
        assert predict(pile, "--out", tmp_path / name) == 2
        assert (tmp_path / name).read_text() == content
    assert "must end in .csv" in capsys.readouterr().err


def test_parquet_has_the_rows_too(pile, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    out = tmp_path / "results.parquet"
    assert predict(pile / "0", "--out", out, "--workers", 1) == 0
    table = parquet.read_table(out)
    assert table.num_rows == N // 3 and "probabilities" in table.column_names
    assert [path.name for path in tmp_path.iterdir()] == ["results.parquet"]


def test_patterns_lists_and_standard_input(pile, tmp_path):
    assert len(sources.pictures([str(pile / "*" / "*.png")])) == N + 2
    (pile / "list.txt").write_text("0/000-x.png\n\n2/page.png\n")
    listed = sources.pictures([str(pile / "list.txt")])
    assert [path.name for path in listed] == ["000-x.png", "page.png"]
    assert listed[1] == pile / "2" / "page.png"  # beside the list
    told = sources.pictures(["-", str(pile / "2")], ["a.png\n", f"{pile}/2/page.png\n"])
    assert len(told) == len(set(told)) == N // 3 + 2
    empty = tmp_path / "empty"
    empty.mkdir()
    for nothing in (str(empty), str(empty / "*.png"), "-"):
        with pytest.raises(sources.NothingToRead):
            sources.pictures([nothing])


def test_a_table_of_digits_becomes_a_submission(tmp_path, capsys):
    digits = handwriting.digits(30, 5)
    lines = [",".join(f"pixel{i}" for i in range(784))]
    lines += [",".join(map(str, image.ravel())) for image in digits.images]
    (tmp_path / "test.csv").write_text("\n".join(lines))
    out = tmp_path / "submission.csv"
    assert predict(tmp_path / "test.csv", "--out", out, "--layout", "submission") == 0
    rows = list(csv.reader(out.open()))
    assert rows[0] == ["ImageId", "Label"] and [row[0] for row in rows[1:]] == [
        str(i) for i in range(1, 31)
    ]
    assert np.mean([int(row[1]) for row in rows[1:]] == digits.labels) > 0.9
    (tmp_path / "other.csv").write_text("a,b\n1,2\n3,4\n")
    assert predict(tmp_path / "other.csv", "--out", out, "--layout", "submission") == 2


def test_images_without_labels_in_their_layouts(tmp_path):
    images = handwriting.digits(20, 6).images
    np.save(tmp_path / "a.npy", images.reshape(20, 784))
    np.savez(tmp_path / "b.npz", x_test=images / 255.0, other=np.zeros(3))
    for name in ("a.npy", "b.npz"):
        assert np.array_equal(digit_files.images(tmp_path / name), images)
    np.savez(tmp_path / "c.npz")
    with pytest.raises(WrongDigits):
        digit_files.images(tmp_path / "c.npz")


def test_a_picture_that_ends_its_reader_is_a_row(pile, monkeypatch):
    """The readers are processes of this test's own, which one picture of the pile kills."""
    monkeypatch.setattr(read, "_read_here", _dies_of_one)
    paths = sorted((pile / "0").glob("*.png"))
    chunks = [paths[:20], paths[20:40], paths[40:]]
    folder = find_run(Path(), "starter").folder
    rows = list(read._by_processes(chunks, folder, "litert", 2))
    assert [row[0].path for row in rows] == [str(path) for path in paths]
    assert ["ended" in row[0].error for row in rows] == ["030-" in str(path) for path in paths]


def _dies_of_one(paths):
    if any("030-" in str(path) for path in paths):
        os._exit(1)
    return [[Row(str(path))] for path in paths]


def test_small_pictures_are_read_as_a_photo_of_one_digit_is(pile):
    recognizer = Recognizer(find_run(Path(), "starter"))
    paths = sorted((pile / "0").glob("*.png"))[:20]
    quick = [row[0].label for row in read.read_chunk(recognizer, paths)]
    close = [read.closely(recognizer, path)[0].label for path in paths]
    assert np.mean([a == b for a, b in zip(quick, close, strict=True)]) >= 0.95


def test_csv_keeps_commas_quotes_and_names_apart(tmp_path):
    with results.Results(tmp_path / "a.csv") as file:
        file.add([Row('a,"b".png', error="No, it can't.")])
    row = next(csv.DictReader(io.StringIO((tmp_path / "a.csv").read_text())))
    assert row["path"] == 'a,"b".png' and row["error"] == "No, it can't."
    assert results.Results(tmp_path / "a.csv").done == {'a,"b".png'}


@pytest.mark.skipif(os.name == "nt", reason="names of files are text there")
@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_a_name_that_is_no_text_is_a_row_once(ending, tmp_path):
    image = Image.fromarray(255 - handwriting.digits(1, 4).images[0])
    folder, out = tmp_path / "in", tmp_path / f"out.{ending}"
    folder.mkdir()
    image.save(tmp_path / "plain.png")
    os.rename(tmp_path / "plain.png", os.fsencode(folder) + b"/\xff\xfe.png")
    for _ in range(2):
        assert predict(folder, "--out", out, "--workers", 1) == 0
    assert out.read_bytes().count(b".png") == 1
