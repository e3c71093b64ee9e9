"""The network editor: layers stacked from a palette, checked at once."""

from dataclasses import dataclass, field, replace
from functools import partial

import streamlit as st

from digitcnn.app.shared import messages, notes, operator
from digitcnn.app.train import draft as drafts
from digitcnn.app.train.draft import Draft, Row
from digitcnn.errors import DigitcnnError
from digitcnn.models import description, network_file, recipes, stack
from digitcnn.models import layers as each_layer
from digitcnn.models.description import Setting
from digitcnn.models.networks import NETWORKS, Network
from digitcnn.models.stack import CheckedLayer, CheckedStack
from digitcnn.runs import custom_networks, trainer_process
from digitcnn.settings import settings
from digitcnn.system.templates import render

_render = partial(render, "app/train/templates/editor.html")

CHANGED = "networks changed"  # in the session: the rest of the page is to be told
_STATE = "network editor"  # in the session
_FIRST = "plain"  # what the stack is at first
_EMPTY = "nothing: an empty stack"
_AT_END = 0  # instead of a row's id
_MOST_UNDONE = 50
_FEW = 4  # layers that come together, the first of which is opened

_NAME, _FROM, _AFTER, _RECIPE = "editor-name", "editor-from", "editor-after", "editor-recipe"
_RECIPES = {
    "fast": "Fast",
    "default": "Default",
    "thorough": "Thorough",
}


@dataclass
class _State:
    """What this session has in its editor.

    Attributes:
        draft: the stack.
        past: drafts before it, for undo.
        open: id of the row whose settings are shown; 0 for none.
        revision: grows when fields must forget what they hold.
        name: as it was typed.
        said: what came of the last deed: kind and sentence.
        removed: a saved network that was removed last.
    """

    draft: Draft
    past: list[Draft] = field(default_factory=list)
    open: int = 0
    revision: int = 0
    name: str = ""
    said: tuple[str, str] = ("", "")
    removed: Network | None = None

    def become(self, draft: Draft) -> None:
        """Takes another draft; undo brings back this one."""
        if draft != self.draft:
            self.past = [*self.past[-_MOST_UNDONE:], self.draft]
            self.draft = draft
        self.said = ("", "")


def show(alive: bool) -> None:
    """Places the editor, closed at first; it renews itself without the rest of the page.

    Args:
        alive: whether a training is running, so that none can be started.
    """
    st.fragment(_editor)(alive)


def _editor(alive: bool) -> None:
    if st.session_state.pop(CHANGED, False):
        st.rerun()  # Only the editor ran; a run of the whole page takes the mark away beforehand.
    with (
        st.container(key="editor"),
        messages.in_words("building a network"),
        st.expander(
            "Build a network of your own", icon=":material/stacks:", on_change="rerun", key="build"
        ) as opened,
    ):
        if not opened.open:
            return
        state = _state()
        found = stack.check(drafts.layers(state.draft))
        _start_from()
        _rows(state, found)
        _palette(state)
        _verdict(found)
        _keep(state, found, alive)


def _state() -> _State:
    if _STATE not in st.session_state:
        st.session_state[_STATE] = _State(drafts.of_network(NETWORKS[_FIRST]))
    state: _State = st.session_state[_STATE]
    return state


def _start_from() -> None:
    home = settings().home
    notes.quiet(
        "Stack layers, from the image down to the ten digits. Press a layer to change, move or "
        "remove it. On the right are its output shape and its number of parameters."
    )
    own = {each.name: each for each in custom_networks.saved(home)}
    with st.container(key="editor-start", horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "Start from",
            [*custom_networks.choices(home), _EMPTY],
            index=list(NETWORKS).index(_FIRST),
            format_func=lambda name: f"{name} (yours)" if name in own else name,
            key=_FROM,
            help="Its layers replace those of the stack. Undo brings them back.",
        )
        st.button("Load its layers", key="editor-load", on_click=_load)
        if chosen in own:
            st.button(
                "Delete",
                key="editor-delete",
                icon=":material/delete:",
                on_click=_delete,
                help=f"Deletes the saved network {chosen}. Runs trained with it stay.",
            )
    for each in own.values():
        if each.reason:
            notes.quiet(f"The saved network {each.name} can't be used: {each.reason}")


def _rows(state: _State, found: CheckedStack) -> None:
    with st.container(key="editor-layers", gap=None):
        st.html(_render("ends", text="The image", shape="28×28×1", parameters=""))
        for number, (row, checked) in enumerate(zip(state.draft.rows, found.rows, strict=False), 1):
            _row(state, number, row, checked)
        output = found.rows[-2]
        text = "Output: dense, 10 units, and softmax"
        shape = "10" if output.shape and not output.problem else "–"
        st.html(_render("ends", text=text, shape=shape, parameters=f"{output.parameters:,}"))


def _row(state: _State, number: int, row: Row, checked: CheckedLayer) -> None:
    says = f"{number}. {each_layer.words(row.layer)}"
    if row.layer.kind == "add":
        of = next((i for i, r in enumerate(state.draft.rows, 1) if r.id == row.adds), None)
        says = f"{number}. Add the output of layer {of}" if of else f"{number}. Addition"
    shape = stack.size_text(checked.shape) if checked.shape else "–"
    figures = (
        f":gray[{shape} · {checked.parameters:,}]" if checked.parameters else f":gray[{shape}]"
    )
    if checked.problem:
        figures = "**:material/error: impossible here**"
    is_open = state.open == row.id
    # A button and not an expander, which is another one as soon as its label changes.
    with st.container(key=f"layer {row.id}", gap="small"):
        st.button(
            f"{says} {figures}",
            key=f"open {row.id}",
            type="tertiary",
            icon=":material/expand_less:" if is_open else ":material/expand_more:",
            on_click=_open,
            args=(row.id,),
            width="stretch",
        )
        if not is_open:
            return
        if checked.problem:
            st.html(_render("problem", text=f"Layer {number}: {checked.problem}"))
        if row.layer.kind == "add":
            _choose_added(state, row)
        chosen = description.KINDS[row.layer.kind].settings
        if chosen:
            with st.container(
                key=f"settings {row.id}", horizontal=True, vertical_alignment="bottom"
            ):
                for setting in chosen:
                    _setting(state, row, setting)
        with st.container(key=f"moves {row.id}", horizontal=True, gap="small"):
            st.button(
                "Up", key=f"up {row.id}", icon=":material/arrow_upward:", on_click=_do,
                args=("move", row.id, -1), disabled=number == 1,
            )  # fmt: skip
            st.button(
                "Down", key=f"down {row.id}", icon=":material/arrow_downward:", on_click=_do,
                args=("move", row.id, 1), disabled=number == len(state.draft.rows),
            )  # fmt: skip
            st.button(
                "Remove", key=f"remove {row.id}", icon=":material/close:", on_click=_do,
                args=("remove", row.id),
            )  # fmt: skip
            below = f"below {row.id}"
            st.selectbox(
                "Add below", list(drafts.PALETTE), None, key=below, placeholder="Add below …",
                format_func=lambda choice: drafts.PALETTE[choice][0], on_change=_add_below,
                args=(row.id, below), label_visibility="collapsed", width=200,
            )  # fmt: skip


def _setting(state: _State, row: Row, setting: Setting) -> None:
    value = getattr(row.layer, setting.attribute)
    key = f"{setting.key} {row.id} {state.revision}"
    changed = (row.id, setting, key)
    if setting.choices:
        st.selectbox(
            setting.title, setting.choices, setting.choices.index(value), key=key,
            help=setting.help, on_change=_change, args=changed, width=120,
        )  # fmt: skip
    elif isinstance(setting.default, bool):
        st.toggle(setting.title, value, key=key, help=setting.help, on_change=_change, args=changed)
    elif isinstance(setting.default, int):
        st.number_input(
            setting.title, int(setting.low), int(setting.high), int(value), key=key,
            help=setting.help, on_change=_change, args=changed, width=130,
        )  # fmt: skip
    else:
        st.number_input(
            setting.title, setting.low, setting.high, float(value), 0.05, key=key,
            format="%.2f", help=setting.help, on_change=_change, args=changed, width=130,
        )  # fmt: skip


def _choose_added(state: _State, row: Row) -> None:
    numbers = {each.id: number for number, each in enumerate(state.draft.rows, 1)}
    options = [each.id for each in drafts.addable(state.draft, row.id)]
    key = f"adds {row.id} {state.revision}"
    st.selectbox(
        "Adds the output of",
        options,
        options.index(row.adds) if row.adds in options else None,
        format_func=lambda row_id: _called(state.draft, row_id, numbers[row_id]),
        key=key,
        placeholder="Choose an earlier ReLU or tanh",
        help="A skip connection: the output of an earlier layer is added to that of the layer "
        "before. Both must have the same shape.",
        on_change=_choose_other,
        args=(row.id, key),
    )


def _called(draft: Draft, row_id: int, number: int) -> str:
    row = next(each for each in draft.rows if each.id == row_id)
    return f"Layer {number}: {each_layer.words(row.layer)}"


def _palette(state: _State) -> None:
    places = {_AT_END: "the end"} | {
        row.id: f"layer {number}, {each_layer.words(row.layer)}"
        for number, row in enumerate(state.draft.rows, 1)
    }
    if st.session_state.get(_AFTER, _AT_END) not in places:
        st.session_state[_AFTER] = _AT_END
    with st.container(key="editor-palette"):
        with st.container(
            key="editor-where", horizontal=True, vertical_alignment="bottom", gap="small"
        ):
            st.selectbox(
                "Add a layer after",
                list(places),
                format_func=lambda row_id: places[row_id],
                key=_AFTER,
                help="The new layer is inserted after this one.",
            )
            st.button(
                "Undo",
                key="editor-undo",
                icon=":material/undo:",
                on_click=_undo,
                disabled=not state.past,
            )
        with st.container(key="editor-kinds", horizontal=True, gap="small"):
            for choice, (title, kinds) in drafts.PALETTE.items():
                st.button(
                    title,
                    key=f"add {choice}",
                    icon=":material/add:",
                    on_click=_add,
                    args=(choice,),
                    help=_brings(choice, kinds),
                )


def _brings(choice: str, kinds: tuple[str, ...]) -> str | None:
    if choice == "residual":
        return (
            "Two normalised convolutions whose result is added to their input; after anything but "
            "a ReLU or tanh, one more before them."
        )
    if len(kinds) == 1:
        return None
    return "Brings " + ", ".join(description.KINDS[kind].title for kind in kinds) + "."


def _verdict(found: CheckedStack) -> None:
    millions = found.multiplications / 1e6
    st.html(
        _render(
            "verdict",
            problem=found.problem,
            parameters=f"{found.parameters:,}",
            millions=f"{millions:.1f}" if millions >= 0.05 else "less than 0.1",
        )
    )


def _keep(state: _State, found: CheckedStack, alive: bool) -> None:
    own = [each.name for each in custom_networks.saved(settings().home)]
    with st.container(key="editor-keep", horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            "Name of the network",
            state.name,
            key=_NAME,
            placeholder="my-net",
            help="Its name in the list of networks, in commands and in its runs: letters a to z, "
            "digits and hyphens.",
            on_change=_rename,
        )
        st.button(
            "Save",
            key="editor-save",
            icon=":material/save:",
            on_click=_save,
            disabled=bool(found.problem),
        )
        st.selectbox(
            "Its recipe",  # The form above has a list called Recipe.
            list(_RECIPES),
            format_func=lambda name: _RECIPES[name],
            key=_RECIPE,
            help="How it is trained. The form above has all settings, for saved networks too.",
            width=130,
        )
        st.button(
            "Save and train",
            key="editor-train",
            icon=":material/play_arrow:",
            type="primary",
            on_click=_train,
            disabled=alive or bool(found.problem),
            help="A training is running; wait for it, or cancel it." if alive else None,
        )
    named = _proper(state.name)
    kind, sentence = state.said
    if named in own and kind != "done":
        notes.quiet(
            f"{named} is saved already; saving replaces it. Runs trained with it keep theirs."
        )
    if kind == "trouble":
        st.warning(messages.plain(sentence), icon=":material/info:")
    elif sentence:
        notes.status(sentence)
    if state.removed is not None:
        st.button(
            f"Bring back {state.removed.name}",
            key="editor-restore",
            icon=":material/undo:",
            on_click=_restore,
        )
    if not found.problem:
        network = Network(named or "my-net", description.OWN_SUMMARY, drafts.layers(state.draft))
        st.download_button(
            "Download as a file",
            network_file.written(network),
            file_name=f"{network.name}.json",
            mime="application/json",
            key="editor-download",
            icon=":material/download:",
            on_click="ignore",
            help="For the command line: digitcnn train --network FILE, digitcnn networks add FILE.",
        )


def _proper(name: str) -> str:
    try:
        return description.proper_name(name)
    except DigitcnnError:
        return ""


# What buttons and fields do to the stack of this session.


def _open(row_id: int) -> None:
    state = _state()
    state.open = 0 if state.open == row_id else row_id


def _do(deed: str, row_id: int, *by: int) -> None:
    state = _state()
    state.become(getattr(drafts, deed)(state.draft, row_id, *by))


def _change(row_id: int, setting: Setting, key: str) -> None:
    state = _state()
    try:
        # A field keeps to its bounds in the browser only.
        value = description.proper_value(st.session_state[key], setting, setting.title)
    except description.WrongDescription as error:
        state.said = ("trouble", str(error))
        return
    state.become(drafts.change(state.draft, row_id, setting.attribute, value))


def _choose_other(row_id: int, key: str) -> None:
    state = _state()
    state.become(drafts.choose_added(state.draft, row_id, st.session_state[key]))


def _add(choice: str) -> None:
    after = st.session_state.get(_AFTER, _AT_END)
    added = _put(choice, after or None)
    if after and added:
        # What is added next belongs after this.
        st.session_state[_AFTER] = added[-1]


def _add_below(row_id: int, key: str) -> None:
    choice = st.session_state[key]
    st.session_state[key] = None  # so that the same can be chosen again
    if choice is not None:
        _put(choice, row_id)


def _put(choice: str, after: int | None) -> list[int]:
    """Puts something of the palette behind a row, or at the end; gives the ids of its rows."""
    state = _state()
    known = {row.id for row in state.draft.rows}
    if len(known) >= description.MOST_LAYERS:
        state.said = ("trouble", f"A network has at most {description.MOST_LAYERS} layers here.")
        return []
    state.become(drafts.add(state.draft, choice, after))
    added = [row.id for row in state.draft.rows if row.id not in known]
    state.open = added[0] if len(added) < _FEW else 0
    return added


def _load() -> None:
    state = _state()
    name = st.session_state.get(_FROM, _FIRST)
    first_id = state.draft.next_id
    network = custom_networks.choices(settings().home).get(name)
    if network is None:
        state.become(Draft(next_id=first_id))
        return
    state.become(drafts.of_network(network, first_id))
    if network.name not in NETWORKS:
        state.name = st.session_state[_NAME] = network.name


def _undo() -> None:
    state = _state()
    if state.past:
        # Ids go on: fields of rows that are gone must not come back with others' values.
        next_id = state.draft.next_id
        state.draft = replace(state.past.pop(), next_id=next_id)
        state.revision += 1
        state.said = ("", "")


def _rename() -> None:
    _state().name = st.session_state[_NAME]


# What changes the home folder.


def _named() -> Network:
    """The stack as a network, under the name that was typed."""
    state = _state()
    name = description.proper_name(st.session_state.get(_NAME, state.name))
    state.name = st.session_state[_NAME] = name
    return Network(name, description.OWN_SUMMARY, drafts.layers(state.draft))


@operator.only
def _save() -> None:
    state = _state()
    try:
        network = _named()
        custom_networks.save(settings().home, network, replace=True)
    except Exception as error:
        state.said = ("trouble", messages.sentence(error, "saving a network"))
        return
    state.removed = None
    state.said = ("done", f"{network.name} is saved, and can be chosen above, under Network.")
    st.session_state["network"] = network.name
    st.session_state[CHANGED] = True


@operator.only
def _train() -> None:
    state = _state()
    recipe = st.session_state.get(_RECIPE, "fast")
    try:
        network = _named()
        custom_networks.save(settings().home, network, replace=True)
        _, _, *options = recipes.options(recipes.recipe(recipe, network=network))
        trainer_process.start(settings().home, recipe, options)
    except Exception as error:
        state.said = ("trouble", messages.sentence(error, "training a network of one's own"))
        return
    state.said = ("done", f"{network.name} is saved, and its training has begun; see above.")
    st.session_state["network"] = network.name
    st.session_state[CHANGED] = True


@operator.only
def _delete() -> None:
    state = _state()
    name = st.session_state.get(_FROM, "")
    home = settings().home
    try:
        state.removed = custom_networks.choices(home).get(name)
        custom_networks.remove(home, name)
    except Exception as error:
        state.said = ("trouble", messages.sentence(error, "deleting a network"))
        return
    state.said = ("done", f"{name} is deleted. Runs trained with it stay.")
    for key in (_FROM, "network"):
        st.session_state.pop(key, None)
    st.session_state[CHANGED] = True


@operator.only
def _restore() -> None:
    state = _state()
    if state.removed is None:
        return
    try:
        custom_networks.save(settings().home, state.removed)
        state.said = ("done", f"{state.removed.name} is back.")
        state.removed = None
    except Exception as error:
        state.said = ("trouble", messages.sentence(error, "bringing back a network"))
        return
    st.session_state[CHANGED] = True
