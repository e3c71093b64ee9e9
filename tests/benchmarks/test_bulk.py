"""The benchmark of many files reads each of them, and says how many a second."""

import json

from digitcnn.cli.main import main


def test_every_file_is_read_by_every_way(home, capsys):
    words = ["benchmark", "bulk", "--run", "starter", "--number", "20", "--number", "130", "--json"]
    assert main([*words, "--home", str(home)]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert set(figures["ways"]) == {"one process", "all cores"}
    for measured in figures["ways"].values():
        assert [one["files"] for one in measured] == [20, 130]
        for one in measured:
            assert one["right"] >= 0.95
            assert one["per_second"] * one["seconds"] - one["files"] < 1e-6
