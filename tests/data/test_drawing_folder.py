"""Drawings on the operator's disk: one file each, never half of one, never too many."""

import errno
import os

import pytest

from digitcnn.data import drawing_folder, drawings, samples
from digitcnn.data.drawing_folder import FolderFull, NoFolder
from digitcnn.system import durable


@pytest.fixture
def drawing() -> drawings.Confirmed:
    return drawings.confirmed(samples.sample(4), 4)


def test_each_drawing_is_a_file_that_can_be_read_again(tmp_path, drawing):
    folder = tmp_path / "drawings"
    path = drawing_folder.write(folder, drawing)
    assert list(folder.iterdir()) == [path]
    assert drawings.read(path.read_bytes()).mark == ((drawing.id, 4),)


def test_the_same_drawing_of_two_visitors_is_two_files(tmp_path, drawing):
    assert drawing_folder.write(tmp_path, drawing) != drawing_folder.write(tmp_path, drawing)
    assert drawing_folder.count(tmp_path) == 2


def test_another_label_replaces_the_file(tmp_path, drawing):
    path = drawing_folder.write(tmp_path, drawing)
    again = drawing_folder.write(tmp_path, drawings.confirmed(drawing.ink, 9), path)
    assert again == path and drawing_folder.count(tmp_path) == 1
    assert drawings.read(path.read_bytes()).mark == ((drawing.id, 9),)


def test_a_file_is_taken_away_once_or_twice(tmp_path, drawing):
    path = drawing_folder.write(tmp_path, drawing)
    drawing_folder.remove(path)
    drawing_folder.remove(path)
    assert drawing_folder.count(tmp_path) == 0


def test_strangers_cant_fill_the_disk(tmp_path, drawing, monkeypatch):
    monkeypatch.setattr(drawing_folder, "MAX_FILES", 2)
    path = [drawing_folder.write(tmp_path, drawing) for _ in range(2)][0]
    with pytest.raises(FolderFull, match="takes no more"):
        drawing_folder.write(tmp_path, drawing)
    drawing_folder.write(tmp_path, drawings.confirmed(drawing.ink, 9), path)


def test_a_full_disk_leaves_no_part_of_a_file(tmp_path, drawing, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(durable.DiskFull, match="full"):
        drawing_folder.write(tmp_path, drawing)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("folder", ["file", "file/inside", "missing/inside"])
def test_a_folder_that_is_none_gets_a_sentence(tmp_path, drawing, folder):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(NoFolder, match="DIGITCNN_COLLECT names .*can't be written to"):
        drawing_folder.write(tmp_path / folder, drawing)


def test_no_right_to_write_gets_a_sentence(tmp_path, drawing, monkeypatch):
    def refused(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("builtins.open", refused)
    with pytest.raises(NoFolder, match="Permission denied"):
        drawing_folder.write(tmp_path, drawing)
