"""The form that starts a training."""

import shlex
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from digitcnn.app.shared import messages, notes, operator
from digitcnn.app.train import preview, watch
from digitcnn.app.train.option_fields import Fields
from digitcnn.data import correction_folder, datasets, joined
from digitcnn.errors import DigitcnnError
from digitcnn.models import recipes
from digitcnn.models.networks import Network
from digitcnn.models.recipes import Recipe
from digitcnn.models.training_options import BY_NAME
from digitcnn.runs import custom_networks, estimate, store, trainer_process
from digitcnn.runs.run import Run
from digitcnn.runs.store import list_runs
from digitcnn.settings import settings
from digitcnn.system.templates import render
from digitcnn.text import about

STARTED = "training started"  # in the session: the rest of the page is to be told
_LAST = "recipe chosen last"  # in the session: what the form starts with when it is back
_RECIPES = {
    "fast": "Fast: about half a minute",
    "default": "Default: about three minutes",
    "thorough": "Thorough: takes its time",
    "reference": "Reference: as published",
}
_DATASETS = {
    "mnist": "MNIST",
    "handwriting": "Synthetic handwriting",
    "optdigits": "Optdigits",
    "usps": "USPS",
    "qmnist": "QMNIST",
    "emnist-digits": "EMNIST digits",
    "mnist-c": "MNIST, corrupted",
    "pendigits": "Pendigits",
}


def show() -> None:
    """Places the form; it renews itself without the rest of the page."""
    st.fragment(_form)()


def _form() -> None:
    with st.container(key="training-form"), messages.in_words("choosing what to train"):
        with st.container(key="training-choices"):
            recipe, more, wrong = _choose()
            name, wrong_name = _choose_name()
            _start_button(recipe, {**more, "name": name}, wrong or wrong_name)
        with st.container(key="training-preview"):
            preview.show(recipe)


def _choose() -> tuple[Recipe, dict[str, Any], str]:
    """The recipe chosen, options beside it, and what is wrong as a sentence, if anything."""
    last = st.session_state.get(_LAST, recipes.recipe("default"))
    networks = custom_networks.choices(settings().home)
    names = list(networks)
    name = st.selectbox(
        "Network",
        names,
        index=names.index(last.network) if last.network in names else 0,
        key="network",
        help="The network to train: digitcnn's own, made for drawings; others known from textbooks "
        "and tutorials; and those that you built. Layers, on this page, shows the structure of "
        "each.",
    )
    network = networks[name]
    notes.quiet(network.summary)
    runs = _runs()
    recipe_name = st.selectbox(
        "Recipe",
        recipes.NAMES,
        index=recipes.NAMES.index(last.name),
        format_func=lambda key: _recipe_title(key, network, _own(runs)),
        key="recipe",
        help="How long it is trained, on which digits, with which settings.",
    )
    start = recipes.recipe(recipe_name, network=network)
    if (last.name, last.architecture) == (recipe_name, network):
        start = last
    hint = _hint(recipe_name, network)
    if hint:
        notes.quiet(hint)
    # Each recipe has its own settings, so each has its own fields, which start out with them.
    key = f"{recipe_name} {name}"
    fields = Fields(start, key, runs, _correction_sets())
    with st.container(key="training-numbers"):
        fields.place("epochs")
        fields.place("seed")
    fields.place("augment")
    dataset = _choose_dataset(start, key)
    with st.expander("More settings"):
        fields.place_others(_starts(start, dataset))
    values = dict(fields.values)
    more = {name: values.pop(name) for name in [*values] if not BY_NAME[name].of_recipe}
    try:
        return recipes.recipe(recipe_name, network=network, dataset=dataset, **values), more, ""
    except DigitcnnError as error:
        return start, more, str(error)


def _choose_dataset(start: Recipe, key: str) -> str:
    parts = recipes.dataset_parts(start.dataset)
    chosen = st.multiselect(
        "Data sets",
        [*recipes.DATASETS, *(part for part in parts if recipes.is_file(part))],
        parts,
        format_func=_data_set_title,
        key=f"dataset {key}",
        accept_new_options=not settings().public,
        help="What to train on; several are joined. MNIST: 60,000 digits from American forms, the "
        "usual choice. You can also type the path of a file on this computer: .npz, CSV, IDX, "
        "parquet, or a folder or .zip of pictures with a subfolder for each digit.",
    )
    return joined.absolute(recipes.JOIN.join(chosen)) if chosen else ""


def _data_set_title(name: str) -> str:
    # A file keeps its path: what the browser sends back is what it shows.
    return _DATASETS.get(name, name)


def _starts(start: Recipe, dataset: str) -> dict[str, tuple[str, Any]]:
    """Fields that start out otherwise where handwriting alone is learned."""
    made = "alone" if dataset == "handwriting" else "added"
    alone = (start.handwriting or 30_000) if made == "alone" else start.handwriting
    return {
        "handwriting": (made, alone),
        "learned_digits": (made, start.learned_digits),
    }


def _hint(recipe_name: str, network: Network) -> str:
    """What to know about a recipe with a network, if anything."""
    if recipe_name == "reference":
        default = replace(recipes.recipe("default", network=network), name=recipe_name)
        same = default == recipes.recipe(recipe_name, network=network)
        return "For our own networks that is the default recipe." if same else ""
    own = recipes.recipe(recipe_name).network
    return (
        "" if own == network.name else f"This recipe was made for {own}; it works with others, too."
    )


def _runs() -> list[Run]:
    """All that can be read, the latest first, and the built-in one."""
    runs = (listing.run for listing in list_runs(settings().home))
    return [run for run in runs if run is not None]


def _own(runs: list[Run]) -> list[Run]:
    """Those that this computer trained."""
    return [run for run in runs if not run.is_starter]


def _correction_sets() -> list[str]:
    return [one.name for one in correction_folder.sets(settings().home)]


def _recipe_title(name: str, network: Network, runs: Sequence[Run]) -> str:
    """A recipe's name, and how long it takes: here, if that is known."""
    seconds = estimate.seconds(recipes.recipe(name, network=network), runs)
    if seconds is None:
        return _RECIPES.get(name, name)
    return f"{name.capitalize()}: {about(seconds)} here"


def _choose_name() -> tuple[str, str]:
    """The run's name, and what is wrong with it as a sentence, if anything."""
    typed = st.text_input(
        "Name (optional)",
        key="run-name",
        placeholder="recipe, seed and time",
        help="The run's name in tables and charts. You can rename it later.",
    )
    try:
        return store.proper_name(typed) if typed.strip() else "", ""
    except DigitcnnError as error:
        return "", str(error)


def _start_button(recipe: Recipe, more: dict[str, Any], wrong: str) -> None:
    if wrong:
        st.warning(wrong, icon=":material/info:")
    st.button(
        "Start training",
        key="start",
        type="primary",
        icon=":material/play_arrow:",
        disabled=bool(wrong),
        on_click=start,
        args=(recipe, more),
    )
    says = "It runs in the background, at low priority; you can keep drawing meanwhile."
    seconds = estimate.seconds(recipe, _own(_runs()))
    if seconds is not None and not wrong:
        says += f" Judging by the last training here, it takes {about(seconds)}."
    for dataset in [] if wrong else _missing(recipe.dataset):
        size_mb = datasets.source(dataset).size_mb or 11  # mnist-c is made of MNIST
        says += (
            f" {_DATASETS[dataset]} is not on this machine yet and will be downloaded first "
            f"({size_mb:g} MB)."
        )
    notes.quiet(says)
    st.html(
        render(
            "app/train/templates/form.html",
            "command",
            title="The same in a terminal:",
            command=" ".join([recipes.command(recipe), *map(shlex.quote, _beside(more))]),
        )
    )
    if st.session_state.pop(STARTED, False):
        st.rerun()  # Only the form ran; a run of the whole page takes the mark away beforehand.


def _beside(more: dict[str, Any]) -> list[str]:
    """The arguments for what is chosen beside a recipe."""
    arguments = []
    for name, value in more.items():
        flag = BY_NAME[name].flag if name in BY_NAME else name
        if value is True:
            arguments.append(f"--{flag}")
        elif value:
            arguments += [f"--{flag}", str(value)]
    return arguments


def _missing(asked: str) -> list[str]:
    try:
        return joined.missing(asked, settings().home)
    except DigitcnnError:
        return []


@operator.only
def start(recipe: Recipe, more: dict[str, Any] | None = None) -> None:
    """Starts a training in the background; what keeps it from starting is said.

    Args:
        recipe: what decides.
        more: options of this training beside it, by name.
    """
    st.session_state[STARTED] = True
    st.session_state[_LAST] = recipe
    try:
        _, _, *options = recipes.options(recipe)
        trainer_process.start(settings().home, recipe.name, [*options, *_beside(more or {})])
        st.session_state.pop("run-name", None)
    except Exception as error:
        watch.notify(messages.sentence(error, "starting a training"))
