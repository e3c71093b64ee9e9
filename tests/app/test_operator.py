"""What strangers can't do, held by the server: raw messages for every action that there is."""

import ast
import asyncio
import inspect
from pathlib import Path

import pytest

from digitcnn.app.explore import correction_sets, slices
from digitcnn.app.explore import page as explore_page
from digitcnn.app.learn import questions
from digitcnn.app.learn.lessons import BY_NAME
from digitcnn.app.shared import operator
from digitcnn.app.train import editor, expectations, form, new_run, run_tools, watch
from digitcnn.benchmarks.robustness.faults.bench import good_run
from digitcnn.benchmarks.robustness.visitor import Visitor
from digitcnn.benchmarks.speed import browser
from digitcnn.data import correction_folder
from digitcnn.data.corrections import Correction, CorrectionSet, Of
from digitcnn.evaluation.slices import Slice
from digitcnn.models import recipes
from digitcnn.runs import store
from tests.app.test_public import content
from tests.places import ROOT

# What changes what all visitors share, by the module that has it.
_CHANGES = {
    "custom_networks": {"save", "remove"},
    "store": {"use", "rename", "remove", "restore", "publish", "keep_figures"},
    "trainer_process": {"start", "put_together", "cancel", "dismiss", "finish"},
    "mnist": {"download"},
    "correction_folder": {"write", "change", "rename", "remove"},
    "saved_slices": {"write", "remove"},
    "subprocess": {"run"},  # a program of ours, which writes into the home folder
}
# What starts by itself: the first training, in public once in the life of a home; and MNIST's
# pictures for visitors, once in the life of a server.
_NOBODYS = {
    "digitcnn.app.shared.cache._first_training",
    "digitcnn.app.shared.cache_digits._fetching",
}


MODULES = (
    editor,
    expectations,
    form,
    watch,
    new_run,
    run_tools,
    explore_page,
    correction_sets,
    slices,
    questions,
)


def changing() -> set[str]:
    """Every function of the app that changes what all visitors share."""
    found = set()
    for path in (ROOT / "digitcnn" / "app").rglob("*.py"):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for function in ast.parse(path.read_text(encoding="utf-8")).body:
            if not isinstance(function, ast.FunctionDef):
                continue
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    owner = ast.unparse(node.func.value)
                    if node.func.attr in _CHANGES.get(owner, set()):
                        found.add(f"{module}.{function.name}")
    return found


def test_every_action_is_the_operators():
    # The question before a cancel changes nothing, and is the operator's all the same.
    assert changing() - _NOBODYS == set(operator.ACTIONS) - {"digitcnn.app.train.watch._ask"}
    assert len(operator.ACTIONS) >= 7


@pytest.mark.parametrize("name", sorted(changing() - _NOBODYS))
def test_in_public_it_does_nothing_even_when_called(name, home, monkeypatch):
    run = good_run(home)
    of = Of("mnist", "digits", "0" * 64, 1)
    corrections = CorrectionSet("mine", of, {0: Correction(0, "right", 7)})
    correction_folder.write(home, corrections)
    monkeypatch.setenv("DIGITCNN_PUBLIC", "1")
    before = content(home)
    module = {m.__name__: m for m in MODULES}[name.rpartition(".")[0]]
    action = getattr(module, name.rpartition(".")[2])
    arguments = {
        "recipe": recipes.recipe("fast"),
        "run_id": run.id,
        "run_ids": [run.id, "starter"],
        "name": "mine",
        "new": "yours",
        "wanted": Slice("mine") if module is slices else corrections,
        "data": "mnist",
        "make": lambda now: now.without([0]),
        "more": {"name": "Mine", "use": True},
        "lesson": BY_NAME["overfit"],
    }
    action(**{key: arguments[key] for key in inspect.signature(action).parameters})
    assert content(home) == before


def buttons(url: str, pages=("train", "explore")) -> dict[str, tuple[str, str, str]]:
    """The buttons of a server's pages: id by key, with the page and the fragment they are in."""

    async def look():
        found = {}
        for page in pages:
            async with Visitor(url) as visitor:
                await visitor.open(page)
                found |= {key: (page, *place) for key, place in visitor.buttons.items()}
        return found

    return asyncio.run(look())


def test_messages_for_buttons_that_are_not_shown_change_nothing(tmp_path):
    home: Path = tmp_path / "home"
    run = good_run(home)
    store.new_training(home, "left-behind")
    variables = {"DIGITCNN_HOME": str(home), "DIGITCNN_TRAINING": "on", "DIGITCNN_PUBLIC": "0"}
    with browser.serve(browser.APP, variables) as private:
        shown = buttons(private.url)
    assert "start" in shown, shown
    before = content(home)
    with browser.serve(browser.APP, {**variables, "DIGITCNN_PUBLIC": "1"}) as public:
        there = buttons(public.url)
        hidden = {key: place for key, place in shown.items() if key not in there}
        assert "start" in hidden

        async def press():
            for page in {page for page, _, _ in hidden.values()}:
                async with Visitor(public.url) as visitor:
                    await visitor.open(page)
                    for of_page, button, fragment in hidden.values():
                        if of_page == page:
                            await visitor.press(button, fragment)
                            await visitor.press(button, "")
                    await visitor.open(page)

        asyncio.run(press())
    assert content(home) == before and store.find_run(home, run.id)
