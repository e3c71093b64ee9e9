"""The runs that a training starts from or learns from: which fit, and what is said afterwards."""

import pytest

from digitcnn.models import networks
from digitcnn.models.recipes import recipe
from digitcnn.runs import origin, store
from digitcnn.runs.card import DamagedRun, read_card
from digitcnn.runs.run import MEMBERS
from digitcnn.settings import STARTER_FOLDER
from tests.run_makers import fill_training, some_card

MEMBER = {
    "id": "a",
    "name": "A",
    "network": "plain",
    "recipe": "fast",
    "parameters": 1,
    "test_accuracy": 0.9,
    "temperature": 1.0,
    "n_stages": 2,
    "checksum": "0" * 64,
}
LAYERS = {name: networks.layer_table(name) for name in ("plain", "digitcnn")}


def a_run(home, **changes) -> store.Run:
    folder = store.new_training(home, "plain-fast")
    fill_training(folder)
    if "members" in changes:
        (folder / MEMBERS).write_bytes(b"what each member says")
    return store.publish(folder, home, some_card(folder.name, **changes))


def test_a_run_of_the_same_network_fits(home):
    run = a_run(home, layers=LAYERS["plain"])
    wanted = recipe("fast", network="plain", from_run=run.id)
    assert origin.to_start_from(wanted, home).id == run.id
    assert origin.network_of(run.id, home).name == "plain"
    by_folder = recipe("fast", network="plain", from_run=str(run.folder))
    assert origin.to_start_from(by_folder, home.parent).card == run.card
    assert origin.to_start_from(recipe("fast"), home) is None
    assert origin.teacher(recipe("fast"), home) is None


def test_the_starter_fits_its_network(home):
    assert origin.to_start_from(recipe("default", from_run="starter"), home).is_starter


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"layers": LAYERS["plain"]}, "has the network plain, whose weights don't fit digitcnn"),
        ({"network": "digitcnn", "layers": LAYERS["plain"]}, "has other layers than digitcnn"),
        ({"network": "ensemble", "members": [MEMBER] * 2}, "no Keras weights to start from"),
    ],
)
def test_a_run_that_does_not_fit_is_explained_in_a_sentence(home, changes, says):
    run = a_run(home, **changes)
    with pytest.raises(origin.UnfitRun, match=says) as error:
        origin.to_start_from(recipe("fast", from_run=run.id), home)
    assert str(error.value).endswith(".")
    # To learn from, any run will do.
    assert origin.teacher(recipe("fast", teacher=run.id), home).id == run.id


def test_a_run_that_is_not_there_is_said(home):
    with pytest.raises(store.UnknownRun):
        origin.to_start_from(recipe("fast", from_run="gone"), home)
    with pytest.raises(store.UnknownRun):
        origin.teacher(recipe("fast", teacher="gone"), home)


def test_a_card_says_what_a_run_was_made_with(home):
    starter = store.open_run(STARTER_FOLDER)
    made = a_run(
        home,
        started_from=origin.entry(starter),
        frozen=["conv1", "conv2"],
        teacher=origin.entry(starter),
    )
    card = made.card
    assert card.started_from.id == card.teacher.id == "starter"
    assert card.started_from.checksum == starter.card.checksum
    assert card.frozen == ("conv1", "conv2")
    said = origin.in_words(card)
    assert "started from the weights of built-in network (digitcnn, " in said
    assert "conv1 and conv2 kept them" in said and "It learned from a teacher: built-in" in said


def test_cards_of_before_say_nothing_of_it(home):
    card = a_run(home).card
    assert (card.started_from, card.frozen, card.teacher) == (None, (), None)
    assert origin.in_words(card) == ""


@pytest.mark.parametrize(
    "changes",
    [
        {"started_from": "starter"},
        {"teacher": {"id": "../elsewhere"}},
        {"frozen": "conv1"},
        {"frozen": [1]},
        {"frozen": ["x" * 201]},
    ],
)
def test_what_no_reader_could_use_is_refused(changes):
    entries = {"format": 1, "files": {"model.keras": "0" * 64}, "checksum": "1" * 64}
    with pytest.raises(DamagedRun):
        read_card({**some_card("plain-1"), **entries, **changes})
