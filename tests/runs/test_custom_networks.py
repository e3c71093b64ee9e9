"""Networks of one's own in the home folder: saved whole, found by name, damaged ones told."""

from dataclasses import replace

import pytest

from digitcnn.models import description, network_file
from digitcnn.models.description import WrongDescription
from digitcnn.models.layers import Layer
from digitcnn.models.networks import NETWORKS, Network, UnknownNetwork
from digitcnn.models.stack import ImpossibleNetwork
from digitcnn.runs import card, custom_networks
from digitcnn.runs.custom_networks import NetworkExists
from tests.run_makers import some_card

OWN = Network("own", "Mine.", description.named([Layer("flatten"), Layer("dense", 10)]))


def test_saved_found_replaced_and_removed(home):
    home = home / "new"
    custom_networks.save(home, OWN)
    assert custom_networks.find(home, "own") == OWN
    assert custom_networks.find(home, "plain") is NETWORKS["plain"]
    with pytest.raises(NetworkExists, match="own already"):
        custom_networks.save(home, OWN)
    other = replace(OWN, summary="Another.")
    custom_networks.save(home, other, replace=True)
    assert [each.network for each in custom_networks.saved(home)] == [other]
    custom_networks.remove(home, "own")
    assert custom_networks.saved(home) == []
    for name in ("own", "plain", "../x"):
        with pytest.raises(UnknownNetwork, match="no saved network"):
            custom_networks.remove(home, name)


def test_what_can_not_be_trained_or_named_is_not_saved(home):
    with pytest.raises(ImpossibleNetwork):
        custom_networks.save(home, replace(OWN, layers=[Layer("dense", 10)]))
    for name in ("../own", "plain", "", "Own", "nul"):
        with pytest.raises(WrongDescription):
            custom_networks.save(home, replace(OWN, name=name))
    assert custom_networks.saved(home) == []


def test_damaged_files_are_told_and_the_others_found(home):
    custom_networks.save(home, OWN)
    folder = home / custom_networks.FOLDER
    (folder / "broken.json").write_text("{")
    (folder / "renamed.json").write_text(network_file.written(OWN))
    (folder / "Not a name.json").write_text("{}")
    (folder / "plain.json").write_text("{}")
    found = {each.name: each for each in custom_networks.saved(home)}
    assert set(found) == {"own", "broken", "renamed"}
    assert found["own"].network == OWN
    assert "no JSON" in found["broken"].reason and "another name" in found["renamed"].reason
    with pytest.raises(UnknownNetwork, match=r"choose one of digitcnn, .*mlp, own\."):
        custom_networks.find(home, "nope")
    with pytest.raises(network_file.UnreadableNetwork):
        custom_networks.find(home, "broken")


def test_a_card_keeps_the_network():
    recipe = {"name": "fast", "network": "own"}
    told = some_card("a", network="own", recipe=recipe, custom_network=description.described(OWN))
    read = card.read_card({**told, "format": 1, "files": {}, "checksum": "0" * 64})
    assert read.custom_network == OWN
    assert read.full_recipe().architecture == OWN
    without = {**told, "format": 1, "files": {}, "checksum": "0" * 64, "custom_network": None}
    with pytest.raises(UnknownNetwork):
        card.read_card(without).full_recipe()
    impossible = description.described(replace(OWN, layers=[Layer("average"), *OWN.layers]))
    with pytest.raises(ImpossibleNetwork, match="Layer 2"):
        card.read_card({**without, "custom_network": impossible}).full_recipe()
    with pytest.raises(card.DamagedRun, match="custom_network"):
        card.read_card({**without, "custom_network": {"layers": ["lambda"]}})
