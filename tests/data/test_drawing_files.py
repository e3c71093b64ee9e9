"""One's drawings go out in three forms, and come back through the door of any data set."""

import numpy as np
import pytest
from PIL import Image

from digitcnn.cli.main import main
from digitcnn.data import digit_files, drawing_files, drawing_folder, samples
from digitcnn.data.drawings import Collection, WrongDrawings, confirmed
from digitcnn.preprocessing import ink
from digitcnn.preprocessing.digit_image import digit_image


@pytest.fixture
def mine() -> Collection:
    found = Collection()
    for digit in (*range(10), 3):
        found = found.add(confirmed([s + digit / 7 for s in samples.sample(digit)], digit))
    return found


@pytest.mark.parametrize("ending", drawing_files.KINDS)
def test_what_goes_out_comes_back(ending, mine, tmp_path):
    path = tmp_path / f"mine{ending}"
    path.write_bytes(drawing_files.packed(mine, ending))
    loaded = digit_files.load(path)
    assert loaded.notes == ()
    expected = np.stack([digit_image(ink.rasterize(drawing.ink)) for drawing in mine])
    order = np.argsort(loaded.digits.labels, kind="stable")
    assert np.array_equal(loaded.digits.labels[order], sorted(d.label for d in mine))
    again = {image.tobytes() for image in loaded.digits.images}
    assert again == {image.tobytes() for image in expected}


def test_the_command_takes_files_and_folders(mine, tmp_path, capsys):
    (tmp_path / "a.json").write_bytes(mine.to_json())
    kept = tmp_path / "kept"
    other = confirmed([s * 0.9 for s in samples.sample(5)], 5)
    for drawing in (other, mine.drawings[0]):
        drawing_folder.write(kept, drawing)
    out = tmp_path / "all.zip"
    assert main(["data", "drawings", str(tmp_path / "a.json"), str(kept), "--out", str(out)]) == 0
    assert f"{len(mine) + 1} drawings" in capsys.readouterr().out
    assert len(digit_files.load(out).digits) == len(mine) + 1
    (tmp_path / "b.json").write_text("{}")
    assert main(["data", "drawings", str(tmp_path / "b.json"), "--out", str(out)]) == 2
    assert main(["data", "drawings", str(kept), "--out", str(tmp_path / "x.tar")]) == 2
    assert "b.json" in capsys.readouterr().err and not (tmp_path / "x.tar").exists()


def test_pictures_are_light_on_dark_as_they_are_read(mine, tmp_path):
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(drawing_files.packed(mine, ".zip"))) as archive:
        names = archive.namelist()
        picture = Image.open(io.BytesIO(archive.read(names[0])))
    assert names[0] == "0/00000.png" and picture.size == (28, 28) and picture.getpixel((0, 0)) == 0


def test_nothing_is_no_file():
    with pytest.raises(WrongDrawings, match="no drawings"):
        drawing_files.packed(Collection(), ".npz")
