"""The editor of networks on Train: what is stacked, told, undone, saved and trained."""

import json
import re
from html import unescape

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from digitcnn.app.train import draft as drafts
from digitcnn.models import description, networks, stack
from digitcnn.models.networks import NETWORKS
from digitcnn.runs import custom_networks, trainer_process
from tests.app.conftest import Page

SCRIPT = "from digitcnn.app.train import page as train; train.page()"


@pytest.fixture
def page(monkeypatch) -> Page:
    """The Train page with the editor open; training is allowed."""
    monkeypatch.setenv("DIGITCNN_TRAINING", "on")
    page = Page(AppTest.from_string(SCRIPT, default_timeout=180))
    page.test.session_state["build"] = True
    return page.run()


def says(page: Page) -> str:
    """What the page says in its own words."""
    bodies = "\n".join(element.proto.body for element in page.test.get("html"))
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", bodies)).split())


def rows(page: Page) -> list[str]:
    """The layers of the stack, as they are labelled."""
    return [
        re.sub(r":gray\[(.*)\]", r"→ \1", found.label)
        for found in page.test.button
        if found.key.startswith("open ")
    ]


def button(page: Page, key: str):
    return next(found for found in page.test.button if found.key == key)


def open_layer(page: Page, row_id: int) -> Page:
    return page.click(f"open {row_id}")


def test_each_layer_has_its_shape_and_parameters_and_all_have_their_sum(page):
    assert rows(page)[:3] == [
        "1. Convolution, 32 filters of 3×3, no padding → 26×26×32 · 320",
        "2. ReLU → 26×26×32",
        "3. Max pooling 2×2 → 13×13×32",
    ]
    assert "This can be trained: 121,930 parameters, 2.5 million multiplications" in says(page)
    assert page.notes == []


def test_a_number_that_is_changed_changes_what_follows_and_undo_brings_it_back(page):
    open_layer(page, 1).test.number_input(key="filters 1 0").set_value(8)
    page.run()
    assert rows(page)[0].endswith("26×26×8 · 80") and rows(page)[3].endswith("11×11×64 · 4,672")
    page.test.selectbox(key="padding 1 0").select("same")
    page.run()
    assert rows(page)[0].endswith("28×28×8 · 80")
    page.click("editor-undo").click("editor-undo")
    assert rows(page)[0].endswith("26×26×32 · 320")
    assert page.test.number_input(key="filters 1 2").value == 32
    assert button(page, "editor-undo").disabled


def test_what_is_impossible_is_a_sentence_and_can_be_neither_saved_nor_trained(page, home):
    open_layer(page, 7)
    page.click("remove 7")
    assert "can’t be trained yet. Layer 9 (Dense, 10 units): it takes numbers in" not in says(page)
    assert "This can’t be trained yet. Layer 7 (Dense, 64 units): it takes numbers in" in says(page)
    assert rows(page)[6].endswith("impossible here**") and rows(page)[7].endswith("→ –")
    assert button(page, "editor-save").disabled and button(page, "editor-train").disabled
    assert "Layer 7: it takes numbers in one row" in says(open_layer(page, 8))
    page.test.selectbox(key="editor-after").select(6)
    page.run().click("add average")
    assert "This can be trained" in says(page)
    assert not button(page, "editor-save").disabled


def test_what_is_added_goes_where_it_is_wanted_one_after_the_other(page):
    page.test.selectbox(key="editor-after").select(3)
    page.run().click("add residual").click("add dropout")
    assert [row.split(" →")[0] for row in rows(page)[2:15]] == [
        "3. Max pooling 2×2",
        "4. Convolution, 32 filters of 3×3",
        "5. Batch normalisation",
        "6. ReLU",
        "7. Convolution, 32 filters of 3×3",
        "8. Batch normalisation",
        "9. ReLU",
        "10. Convolution, 32 filters of 3×3",
        "11. Batch normalisation",
        "12. Add the output of layer 6",
        "13. ReLU",
        "14. Dropout 25%",
        "15. Convolution, 64 filters of 3×3, no padding",
    ]
    assert "This can be trained" in says(page)
    addition = next(row for row in drafted(page).rows if row.layer.kind == "add")
    chosen = open_layer(page, addition.id).test.selectbox(key=f"adds {addition.id} 0")
    assert [label.split(":")[0] for label in chosen.options] == ["Layer 2", "Layer 6", "Layer 9"]
    chosen.select(2)
    page.run()
    assert "Layer 12 (Add" in says(page) and "26×26×32 numbers to 13×13×32" in says(page)
    assert rows(page)[11] == "12. Add the output of layer 2 **:material/error: impossible here**"
    # What it added is gone: it says so, and takes another.
    page.click("open 2").click("remove 2")
    assert rows(page)[10] == "11. Addition **:material/error: impossible here**"
    assert "Layer 11: what it adds is no earlier layer" in says(open_layer(page, addition.id))


def drafted(page: Page) -> drafts.Draft:
    return page.test.session_state["network editor"].draft


def test_what_is_chosen_below_a_layer_goes_there_time_and_again(page):
    for _ in range(2):
        if page.test.session_state["network editor"].open != 2:
            open_layer(page, 2)
        page.test.selectbox(key="below 2").select("dropout")
        page.run()
    assert [row.split(" →")[0] for row in rows(page)[2:5]] == [
        "3. Dropout 25%",
        "4. Dropout 25%",
        "5. Max pooling 2×2",
    ]


def test_a_number_out_of_its_bounds_changes_nothing_and_layers_are_not_without_end(page):
    open_layer(page, 1)
    before = drafted(page)
    state = page.test.session_state["network editor"]
    with pytest.raises(description.WrongDescription, match="Stride.*1 to 4"):
        description.proper_value(0, description.KINDS["conv"].settings[2], "Stride")
    for _ in range(60 - len(state.draft.rows)):
        state.draft = drafts.add(state.draft, "dropout")
    page.run().click("add dropout")
    assert page.notes == ["A network has at most 60 layers here."]
    assert len(drafted(page).rows) == 60 and before.rows == drafted(page).rows[:9]


def test_layers_move_and_take_their_open_fields_along(page):
    open_layer(page, 3).click("down 3")
    assert rows(page)[2].startswith("3. Convolution, 64 filters of 3×3, no padding **")
    assert rows(page)[3].startswith("4. Max pooling 2×2 →")
    page.click("up 3")
    assert rows(page)[2].startswith("3. Max pooling")
    assert page.test.number_input(key="width 3 0").value == 2


def test_saved_by_name_chosen_in_the_form_loaded_again_deleted_and_brought_back(page, home):
    page.click("add flatten").click("editor-undo").click("editor-save")
    assert page.notes == ["Give the network a name."]
    page.test.text_input(key="editor-name").set_value("My Net")
    page.run().click("editor-save")
    saved = custom_networks.find(home, "my-net")
    assert list(saved.layers) == list(NETWORKS["plain"].layers)
    assert page.test.selectbox(key="network").value == "my-net"
    assert "train --recipe default --network my-net" in says(page)
    assert "my-net is saved, and can be chosen above" in says(page)
    page.click("open 1")
    assert "my-net is saved already; saving replaces it" not in says(page)
    page.click("remove 1")
    assert "my-net is saved already; saving replaces it" in says(page)
    page.test.selectbox(key="editor-from").select("nothing: an empty stack")
    page.run().click("editor-load")
    assert rows(page) == [] and "takes numbers in one row" in says(page)
    page.test.selectbox(key="editor-from").select("my-net")
    page.run().click("editor-load")
    assert len(rows(page)) == 9
    page.click("editor-delete")
    assert custom_networks.saved(home) == []
    assert page.test.selectbox(key="network").value == "digitcnn"
    page.click("editor-restore")
    assert custom_networks.find(home, "my-net") == saved


def test_a_name_that_is_none_is_a_sentence(page, home):
    for typed, wrong in (("plain", "built-in"), ("../x", "can't be a network's name")):
        page.test.text_input(key="editor-name").set_value(typed)
        page.run().click("editor-save")
        assert wrong in page.notes[0]
    assert custom_networks.saved(home) == []


def test_save_and_train_starts_the_trainer_with_it(page, home, character):
    page.test.text_input(key="editor-name").set_value("mine")
    page.run().click("editor-train")
    arguments = psutil.Process(trainer_process._children[home].process.pid).cmdline()
    assert arguments[-4:] == ["--recipe", "fast", "--network", "mine"]
    assert button(page, "editor-train").disabled
    assert "its training has begun" in says(page)


def test_closed_in_public_there_is_none(monkeypatch, home):
    monkeypatch.setenv("DIGITCNN_PUBLIC", "1")
    page = Page(AppTest.from_string(SCRIPT, default_timeout=180))
    page.test.session_state["build"] = True
    page.run()
    assert rows(page) == [] and not [b for b in page.test.button if b.key.startswith("editor")]


def test_file_that_is_offered_is_what_the_command_line_takes(page):
    (offered,) = [
        element.proto
        for element in page.test.get("download_button")
        if element.proto.label[:8] == "Download"
    ]
    assert offered.url
    network = description.read(
        json.loads(json.dumps(description.described(NETWORKS["resnet"]))), built_in_names=True
    )
    assert list(network.layers) == list(NETWORKS["resnet"].layers)


@pytest.mark.parametrize("name", NETWORKS)
def test_each_network_is_the_same_after_it_was_a_draft(name):
    draft = drafts.of_network(NETWORKS[name], 7)
    assert drafts.layers(draft) == list(NETWORKS[name].layers)
    ids = [row.id for row in draft.rows]
    assert len(set(ids)) == len(ids) and draft.next_id > max(ids)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(list(NETWORKS)),
    st.lists(
        st.tuples(
            st.sampled_from(["add", "remove", "up", "down"]),
            st.sampled_from(list(drafts.PALETTE)),
            st.integers(0, 40),
        ),
        max_size=12,
    ),
)
def test_whatever_is_done_the_stack_is_told_and_what_passes_has_its_parameters(name, deeds):
    draft = drafts.of_network(NETWORKS[name])
    for deed, choice, row_id in deeds:
        match deed:
            case "add":
                draft = drafts.add(draft, choice, row_id or None)
            case "remove":
                draft = drafts.remove(draft, row_id)
            case _:
                draft = drafts.move(draft, row_id, -1 if deed == "up" else 1)
    ids = [row.id for row in draft.rows]
    assert len(set(ids)) == len(ids)
    layers = drafts.layers(draft)
    found = stack.check(layers)
    assert len(found.rows) == len(layers) == len(draft.rows) + 2
    if not found.problem:
        made = networks.Network("own", "", layers)
        assert networks.parameters(made) == found.parameters
        assert drafts.layers(drafts.of_network(made)) == layers
