"""A Ray cluster of this machine reads what one process reads, row by row."""

import json

import pytest
from PIL import Image

from digitcnn.cli.main import main
from digitcnn.data import handwriting
from digitcnn.inference.bulk import cluster

N = 70  # more than one batch


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    pytest.importorskip("ray")
    folder = tmp_path_factory.mktemp("scans")
    digits = handwriting.digits(N, 4)
    for i, image in enumerate(digits.images):
        Image.fromarray(image).save(folder / f"{i:03d}.png")
    (folder / "no-picture.png").write_text("not a picture")
    return folder


def predict(*words: object) -> int:
    return main(["predict", "--run", "starter", *map(str, words)])


def test_a_cluster_gives_the_rows_of_one_process_and_takes_up_where_it_stopped(folder, tmp_path):
    alone, together = tmp_path / "alone.jsonl", tmp_path / "together.jsonl"
    assert predict(folder, "--out", alone, "--workers", 1) == 0
    wanted = [json.loads(line) for line in alone.read_text().splitlines()]
    # A bucket, as far as it is known to pyarrow; the first five were read before.
    addresses = [{**row, "path": f"file://{row['path']}"} for row in wanted]
    together.write_text("".join(json.dumps(row) + "\n" for row in addresses[:5]))
    assert predict(f"file://{folder}", "--out", together, "--ray") == 0
    assert [json.loads(line) for line in together.read_text().splitlines()] == addresses


def test_what_a_cluster_can_not_do_is_a_sentence(folder, tmp_path, capsys):
    out = tmp_path / "out.csv"
    assert predict(folder, "--ray") == 2
    assert "--ray needs --out" in capsys.readouterr().err
    for nowhere in (f"file://{tmp_path}/nowhere", "nonsense://bucket/scans"):
        assert predict(nowhere, "--out", out, "--ray") == 2
        assert "can't be listed" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    assert predict(f"file://{tmp_path}/empty", "--out", out, "--ray") == 2
    assert "has no pictures" in capsys.readouterr().err


def test_without_ray_it_says_what_to_install(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("digitcnn.system.extras.find_spec", lambda name: None)
    assert predict(folder, "--out", tmp_path / "out.csv", "--ray") == 2
    assert "pip install 'digitcnn[scale]'" in capsys.readouterr().err
    assert cluster.is_address("s3://bucket/scans") and not cluster.is_address("C:/scans")
