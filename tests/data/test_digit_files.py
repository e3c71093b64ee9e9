"""Digits in every usual file: all are read as the same digits, and what was changed is said."""

import gzip
import io
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest
from PIL import Image

from digitcnn.data import digit_files, handwriting
from digitcnn.data.digits import Digits, WrongDigits
from digitcnn.data.layouts import digits_of
from digitcnn.errors import DigitcnnError

N = 80


@pytest.fixture(scope="module")
def known() -> Digits:
    return handwriting.digits(N, 77)


def idx(array: np.ndarray) -> bytes:
    """Source: LeCun et al., file formats for vector and multidimensional matrices."""
    return (
        b"\0\0\x08"
        + bytes([array.ndim])
        + struct.pack(f">{array.ndim}I", *array.shape)
        + array.tobytes()
    )


def csv(digits: Digits, header: bool, label_last: bool = False) -> bytes:
    rows = np.column_stack([digits.labels, digits.images.reshape(len(digits), -1)])
    names = ["label", *(f"pixel{i}" for i in range(784))]
    if label_last:
        rows, names = np.roll(rows, -1, axis=1), [*names[1:], "label"]
    lines = [",".join(map(str, row)) for row in rows]
    return "\n".join([*([",".join(names)] if header else []), *lines, ""]).encode()


def picture(image: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return file.getvalue()


def write_all(digits: Digits, folder) -> dict[str, object]:
    """The same digits as every kind of file, by name."""
    x, y = digits.images, digits.labels
    np.savez(folder / "plain.npz", images=x, labels=y)
    np.savez(folder / "keras.npz", x_train=x[:3], y_train=y[:3], x_test=x, y_test=y)
    np.savez(folder / "other names.npz", Digits=x / 255.0, Kinds=np.eye(10)[y])
    np.savez(folder / "sklearn.npz", data=x.reshape(N, -1).astype(float), target=y.astype(int))
    np.savez(folder / "torch.npz", X=(x[:, None] / 127.5 - 1).astype(np.float32), y=y)
    np.save(folder / "table.npy", np.column_stack([y, x.reshape(N, -1)]))
    (folder / "kaggle.csv").write_bytes(csv(digits, header=True))
    (folder / "bare.csv").write_bytes(csv(digits, header=False))
    (folder / "last.csv").write_bytes(csv(digits, header=True, label_last=True))
    (folder / "kaggle.csv.gz").write_bytes(gzip.compress(csv(digits, header=True)))
    (folder / "t10k-images-idx3-ubyte").write_bytes(idx(x))
    (folder / "t10k-labels-idx1-ubyte").write_bytes(idx(y))
    (folder / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(x)))
    (folder / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(y)))
    paths = {p.name: p for p in folder.iterdir() if "labels" not in p.name}
    return paths


def test_every_kind_of_file_gives_the_same_digits(known, tmp_path):
    for name, path in write_all(known, tmp_path).items():
        loaded = digit_files.load(path)
        assert np.array_equal(loaded.digits.labels, known.labels), name
        assert np.abs(loaded.digits.images.astype(int) - known.images).max() <= 1, name
        assert not loaded.notes, name
        if not name.startswith("t"):  # IDX comes in pairs of files, which a stream is not.
            stream = io.BytesIO(path.read_bytes())
            assert len(digit_files.load(stream, name).digits) == N


def as_set(digits: Digits) -> set[tuple[int, bytes]]:
    pairs = zip(digits.images, digits.labels, strict=True)
    return {(int(label), image.tobytes()) for image, label in pairs}


def test_folder_and_archive_of_pictures(known, tmp_path):
    folder, archive = tmp_path / "digits", tmp_path / "digits.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        for i, (image, label) in enumerate(zip(known.images, known.labels, strict=True)):
            paper = picture(image if i % 2 else 255 - image)
            path = folder / "train" / str(label) / f"{i}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(paper)
            zipped.writestr(f"train/{label}/{i}.png", paper)
    (folder / "train" / "3" / "broken.png").write_bytes(b"\x89PNG no")
    (folder / "readme.png").write_bytes(picture(known.images[0]))  # in no digit's folder
    for source, n_notes in ((folder, 1), (archive, 0)):
        loaded = digit_files.load(source)
        found = {
            (int(y), x.tobytes())
            for x, y in zip(loaded.digits.images, loaded.digits.labels, strict=True)
        }
        assert found == {
            (int(y), x.tobytes()) for x, y in zip(known.images, known.labels, strict=True)
        }
        assert len(loaded.notes) == n_notes
    assert "broken.png" in digit_files.load(folder).notes[0]


def test_training_part_is_given_when_it_is_wanted(known, tmp_path):
    path = tmp_path / "both.npz"
    train, test = known[:9], known[9:]
    arrays = {"train_images": train.images, "train_labels": train.labels}
    np.savez(path, **arrays, test_images=test.images, test_labels=test.labels)
    assert len(digit_files.load(path, part="train").digits) == 9
    assert len(digit_files.load(path, part="test").digits) == N - 9


@pytest.mark.parametrize("white", [False, True])
@pytest.mark.parametrize("transposed", [False, True])
def test_white_paper_and_exchanged_axes_are_noticed_and_said(known, white, transposed):
    images = 255 - known.images if white else known.images
    images = images.transpose(0, 2, 1) if transposed else images
    loaded = digits_of(images, known.labels, "it")
    assert np.array_equal(loaded.digits.images, known.images)
    assert [("inverted" in note, "transposed" in note) for note in loaded.notes] == (
        [(True, False)] * white + [(False, True)] * transposed
    )


@pytest.mark.parametrize("seed", range(5))
def test_other_hands_are_not_taken_for_transposed(seed):
    digits = handwriting.digits(120, 1000 + seed)
    assert not digits_of(digits.images, digits.labels, "it").notes


def test_small_pictures_are_centred_as_drawings_are():
    datasets = pytest.importorskip("sklearn.datasets")
    bunch = datasets.load_digits()
    loaded = digits_of(bunch.images[:200], bunch.target[:200], "optdigits")
    assert loaded.digits.images.shape == (200, 28, 28)
    assert "8 × 8" in loaded.notes[0] and len(loaded.notes) == 1
    rows, columns = np.nonzero(loaded.digits.images[0])
    assert max(np.ptp(rows), np.ptp(columns)) == 19  # the 20-pixel box


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("gone.npz", None, "no file"),
        ("empty.csv", b"", "empty"),
        ("notes.txt", b"These are no digits.\nAt all.\n", "table of numbers"),
        ("test.csv", b"pixel0,pixel1,pixel2,pixel3\n1,2,3,4\n", "label"),
        ("odd.csv", b"label,a,b\n1,2,3\n", "shape"),
        ("words.csv", b"label,a,b,c,d\n1,2,3,4,five\n", "table of numbers"),
        ("eleven.csv", b"label,a,b,c,d\n11,2,3,4,5\n", "0 to 9"),
        ("movie.mp4", b"\0\0\0 ftypmp42", "no kind"),
        ("x-images-idx3-ubyte", idx(np.zeros((2, 28, 28), np.uint8)), "beside it"),
        ("cut-images-idx3-ubyte", idx(np.zeros((2, 28, 28), np.uint8))[:99], "cut short"),
        ("bad.csv.gz", gzip.compress(b"1,2,3\n" * 99)[:-20], "damaged"),
        ("bad.zip", b"PK\x03\x04 no", "damaged"),
        ("bad.parquet", b"PAR1 no", "can't be read"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_can_not_be_read_is_told(name, content, match, tmp_path):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DigitcnnError, match=match) as told:
        digit_files.load(path)
    assert name.removesuffix(".gz") in str(told.value) and str(told.value).endswith(".")


@pytest.mark.parametrize(
    ("images", "labels", "match"),
    [
        (np.zeros((3, 28, 28)), [1, 2], "3 images and 2 labels"),
        (np.zeros((2, 28, 28)), [1, 12], "0 to 9"),
        (np.zeros((2, 28, 28)), [1, 0.5], "0 to 9"),
        (np.zeros((2, 28, 28)), np.ones((2, 10)), "one-hot"),
        (np.zeros((2, 28, 28)), ["a", "b"], "0 to 9"),
        (np.zeros((2, 700)), [1, 2], "no square"),
        (np.zeros((2, 28, 28, 7)), [1, 2], "shape"),
        (np.full((2, 28, 28), 300), [1, 2], "0 to 255"),
        (np.full((2, 28, 28), np.nan), [1, 2], "finite"),
        (np.zeros((2, 28, 28), "S1"), [1, 2], "numbers"),
    ],
)
def test_arrays_that_are_no_digits_are_told(images, labels, match):
    with pytest.raises(WrongDigits, match=match):
        digits_of(images, np.asarray(labels), "the file")


def test_limits_are_of_bytes_and_digits(known, tmp_path):
    path = tmp_path / "many.npz"
    np.savez(path, images=np.zeros((3_000, 28, 28), np.uint8), labels=np.zeros(3_000, np.uint8))
    with pytest.raises(DigitcnnError, match="1 MB"):
        digit_files.load(path, limit_mb=1)
    with pytest.raises(WrongDigits, match="at most 2,000"):
        digit_files.load(path, limit_digits=2_000)
    uploaded = io.BytesIO(path.read_bytes())
    tracemalloc.start()
    try:
        with pytest.raises(WrongDigits, match="holds 3,000 digits"):
            digit_files.load(uploaded, "many.npz", limit_digits=2_000)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # The file is read as it is, and then not unpacked: its 2.4 MB would be there twice.
    assert most < 1.5 * path.stat().st_size
    bomb = tmp_path / "bomb.csv.gz"
    bomb.write_bytes(gzip.compress(b"0," * 2_000_000))
    with pytest.raises(WrongDigits, match="unpacks to more than 1 MB"):
        digit_files.load(bomb, limit_mb=1)


def test_parquet_of_pictures_and_of_pixels(known, tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    files = [{"bytes": picture(image), "path": None} for image in known.images]
    hub = pyarrow.table({"image": files, "label": known.labels})
    pixels = known.images.reshape(N, -1)
    wide = pyarrow.table({"label": known.labels, **{f"p{i}": pixels[:, i] for i in range(784)}})
    for name, table in (("hub", hub), ("wide", wide)):
        parquet.write_table(table, tmp_path / f"{name}.parquet")
        loaded = digit_files.load(tmp_path / f"{name}.parquet")
        assert np.array_equal(loaded.digits.images, known.images), name
        assert np.array_equal(loaded.digits.labels, known.labels)


def test_kaggles_archive_is_read_by_its_training_table(tmp_path):
    digits = handwriting.digits(2_030, 8)  # more than are parsed at a time
    header = ",".join(["label", *(f"pixel{i}" for i in range(784))])
    rows = np.column_stack([digits.labels, digits.images.reshape(len(digits), -1)])
    lines = [header, *(",".join(map(str, row)) for row in rows.tolist())]
    path = tmp_path / "digit-recognizer.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("train.csv", "\n".join(lines))
        archive.writestr("test.csv", "pixel0\n0\n")
        archive.writestr("sample_submission.csv", "ImageId,Label\n1,0\n")
    loaded = digit_files.load(path)
    assert np.array_equal(loaded.digits.images, digits.images)
    assert np.array_equal(loaded.digits.labels, digits.labels)
    with pytest.raises(WrongDigits, match="1 MB"):
        digit_files.load(path, limit_mb=1)
