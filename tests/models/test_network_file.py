"""Files that describe networks: JSON and YAML, and whatever else is in them."""

import json

import pytest

from digitcnn.errors import DigitcnnError
from digitcnn.models import description, network_file
from digitcnn.models.description import WrongDescription
from digitcnn.models.layers import Layer
from digitcnn.models.network_file import UnreadableNetwork
from digitcnn.models.networks import NETWORKS

YAML = """
summary: One skip.
layers:
  - {kind: conv, filters: 16, stride: 2}
  - {kind: relu, name: here}
  - {kind: conv, filters: 16, bias: no}
  - norm
  - {kind: add, of: here}
  - relu
  - average
  - {kind: dropout, rate: 0.2}
  - {kind: dense, units: 10}
"""


def test_yaml_and_json_mean_the_same(tmp_path):
    (tmp_path / "my-net.yaml").write_text(YAML)
    network = network_file.load(tmp_path / "my-net.yaml")
    assert (network.name, network.summary) == ("my-net", "One skip.")
    assert list(network.layers) == [
        Layer("conv", 16, 3, 2),
        Layer("relu", name="block_1"),
        Layer("conv", 16, 3, bias=False),
        Layer("norm"),
        Layer("add", of="block_1"),
        Layer("relu"),
        Layer("average"),
        Layer("dropout", 0.2),
        Layer("dense", 10, name="logits"),
        Layer("softmax"),
    ]
    for ending in network_file.ENDINGS:
        path = tmp_path / f"again{ending}"
        path.write_text(network_file.written(network, path.name))
        assert network_file.load(path) == network
    assert network_file.load(path, "other").name == "other"


@pytest.mark.parametrize("name", NETWORKS)
def test_our_own_networks_can_be_described(name):
    network = NETWORKS[name]
    values = network_file.parse(network_file.written(network).encode(), "x.json")
    again = description.read(values, built_in_names=True)
    assert (again.name, list(again.layers)) == (name, list(network.layers))
    with pytest.raises(WrongDescription, match="built-in"):
        description.read(values)


@pytest.mark.parametrize(
    ("filename", "content", "says"),
    [
        ("x.txt", b"{}", "must end in"),
        ("x.json", b"\xff\xfe", "no JSON"),
        ("x.json", b"{", "no JSON"),
        ("x.json", b'{"layers": ' + b"[" * 20_000, "too deep"),
        ("x.json", b"[" + b"1," * 40_000, "larger than 64 kB"),
        ("x.json", b'{"layers": [' + b"9" * 5_000 + b"]}", "no JSON|far too long"),
        ("x.yaml", b"layers: [" * 20_000, "larger|too deep|no YAML"),
        ("x.yaml", b"[" * 5_000, "too deep"),
        ("x.yaml", b"a: &a [x]\nlayers: [*a, *a]", "anchors"),
        ("x.yaml", b"layers: !!python/object/apply:os.system [id]", "tags"),
        ("x.yaml", b"layers: !mine []", "tags"),
        ("x.yaml", b"a: b: c", "no YAML"),
        ("x.yaml", b"? [a]\n: b", "no YAML"),
        ("x.yaml", b"\x00", "no YAML"),
        ("x.yaml", b"2026-02-31: 1", "no YAML"),
        ("x.yaml", b"--- {}\n--- {}", "no YAML"),
        ("x.yaml", b"", "described by entries"),
        ("x.json", b"[]", "described by entries"),
        ("x.json", b"{}", 'no "layers"'),
        ("x.json", b'{"layers": {}}', 'no "layers"'),
        ("x.json", b'{"layers": [[]]}', "Layer 1 must be a kind"),
        ("x.json", b'{"layers": ["lambda"]}', "Layer 1 is of the kind 'lambda'"),
        ("x.json", b'{"layers": ["flatten"], "code": 1}', "an entry 'code'"),
        ("x.json", b'{"layers": [{"kind": "relu", "filters": 3}]}', "an entry 'filters'"),
        ("x.json", b'{"layers": [{"kind": "conv", "filters": "8"}]}', "'8'; it must be a whole"),
        ("x.json", b'{"layers": [{"kind": "conv", "filters": 8.5}]}', "must be a whole"),
        ("x.json", b'{"layers": [{"kind": "conv", "filters": true}]}', "must be a whole"),
        ("x.json", b'{"layers": [{"kind": "conv", "bias": 1}]}', "true or false"),
        ("x.json", b'{"layers": [{"kind": "conv", "padding": ["same"]}]}', "same or valid"),
        ("x.json", b'{"layers": [{"kind": "dropout", "rate": NaN}]}', "a number, 0 to 0.9"),
        ("x.json", b'{"layers": [{"kind": "dropout", "rate": 1e999}]}', "a number, 0 to 0.9"),
        ("x.json", b'{"layers": [{"kind": "add"}]}', "name of an earlier layer"),
        ("x.json", b'{"layers": [{"kind": "relu", "name": 3}]}', "a short text"),
        (
            "x.json",
            b'{"layers": [{"kind": "relu", "name": "a"}, {"kind": "tanh", "name": "a"}]}',
            "Two layers are called 'a'",
        ),
        ("x.json", json.dumps({"layers": ["relu"] * 61}).encode(), "61 layers; at most 60"),
        ("x.json", b'{"layers": ["relu"], "name": "../../etc"}', "can't be a network's name"),
        ("x.json", b'{"layers": ["relu"], "name": "' + b"a" * 41 + b'"}', "at most 40"),
        ("x.json", b'{"layers": ["relu"], "name": 5}', "must be a text"),
        ("x.json", b'{"layers": ["relu"], "summary": "a\\nb"}', "one line"),
    ],
)
def test_what_is_no_description_is_refused_in_a_sentence(filename, content, says, tmp_path):
    path = tmp_path / filename
    path.write_bytes(content)
    with pytest.raises((UnreadableNetwork, WrongDescription), match=says) as raised:
        network_file.load(path)
    told = str(raised.value)
    assert told.endswith(".") and len(told) < 300 and "\n" not in told


def test_without_pyyaml_json_still_works(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "yaml", None)
    (tmp_path / "x.yaml").write_text(YAML)
    with pytest.raises(UnreadableNetwork, match="pip install pyyaml"):
        network_file.load(tmp_path / "x.yaml")
    (tmp_path / "x.json").write_text('{"layers": ["flatten", {"kind": "dense", "units": 10}]}')
    assert network_file.load(tmp_path / "x.json").name == "x"


def test_a_missing_file_is_a_sentence(tmp_path):
    with pytest.raises(DigitcnnError, match="can't be read"):
        network_file.load(tmp_path / "none.json")


@pytest.mark.parametrize("typed", ["My Net", "my_net", " MY  NET "])
def test_names_are_made_proper(typed):
    assert description.proper_name(typed) == "my-net"
