"""Lessons: the page, what the other pages report, the checks, and what the browser gives back."""

import dataclasses
import re
from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from digitcnn import settings
from digitcnn.app.learn import questions
from digitcnn.app.learn.lessons import BY_NAME, LESSONS
from digitcnn.app.shared import cache, lesson_progress, moment_slider
from digitcnn.app.shared.lesson_progress import Event
from digitcnn.data import samples
from digitcnn.explain.feature_maps import FeatureMaps, sees_the_top
from digitcnn.models.networks import network
from digitcnn.models.training_options import BY_NAME as OPTIONS
from digitcnn.preprocessing import digit_image, ink
from digitcnn.runs import history, trainer_process
from digitcnn.runs.progress import Progress
from digitcnn.runs.run import open_run
from tests.app.conftest import Page
from tests.places import ROOT

SCRIPT = "from digitcnn.app.learn import page as learn; learn.page()"
SCRIBBLE = [
    np.array([(60 + 80 * (i % 2), 40 + 16 * i) for i in range(14)], np.float32),
    np.array([(40 + 16 * i, 60 + 150 * (i % 2)) for i in range(14)], np.float32),
    np.array([(20, 20), (260, 260)], np.float32),
    np.array([(260, 20), (20, 260)], np.float32),
]


@pytest.fixture
def lessons(home) -> Page:
    """The Learn page in a home folder without runs."""
    return Page(AppTest.from_string(SCRIPT, default_timeout=180))


def html(page: Page) -> str:
    return "\n".join(element.proto.body for element in page.test.get("html"))


def read(**facts) -> Event:
    usual = {"label": 4, "sure": 0.99, "is_digit": True, "is_drawn": True}
    return Event("read", {**usual, "n_strokes": 1, "n_taught": 0, **facts})


def opened(digit: int, label: int = 1, said: int = 1) -> Event:
    return Event("opened", {"digit": digit, "label": label, "read": said})


def settled(digit: int, show: str = "labels") -> Event:
    return Event("settled", {"digit": digit, "show": show})


def begin(page: Page, name: str) -> lesson_progress.Progress:
    lesson = BY_NAME[name]
    progress = lesson_progress.Progress(
        open=name,
        title=lesson.title,
        task=lesson.task,
        steps=lesson.steps,
        check=lesson.is_done,
    )
    page.test.session_state["lesson progress"] = progress
    return progress


def test_there_are_eight_lessons_each_with_words_for_a_class(lessons):
    page = lessons.run()
    assert len(LESSONS) == len(BY_NAME) == 8
    assert all(5 <= lesson.minutes <= 10 and len(lesson.teacher) == 3 for lesson in LESSONS)
    assert html(page).count("For teachers") == 8
    assert "0 of 8 lessons done" in html(page)
    assert page.notes == []


@pytest.mark.parametrize(
    ("name", "not_yet", "then"),
    [
        ("unreadable", [read(), read(is_digit=False, is_drawn=False)], read(is_digit=False)),
        # Half of a 4 is no digit, either.
        ("unreadable", [read(is_digit=False)], read(is_digit=False, n_strokes=2)),
        ("half-sure", [read(sure=0.6), read(sure=0.5, is_digit=False)], read(sure=0.47)),
        ("four-as-nine", [opened(3, 9, 4), opened(4, 4, 4)], opened(5, 4, 9)),
        (
            "label-or-network",
            [settled(n) for n in (1, 2, 2)] + [opened(9), settled(4, show="mistakes")],
            settled(3),
        ),
        ("bar-of-seven", [Event("map", {"sees_the_bar": False})],
         Event("map", {"sees_the_bar": True})),
        (
            "your-hand",
            [read(n_taught=n) for n in (0, 1, 2)]
            + [read(n_taught=3), read(n_taught=3, n_strokes=2), read(n_taught=3)],
            read(n_taught=3),
        ),
    ],
)  # fmt: skip
def test_a_lesson_is_done_when_its_task_is(name, not_yet, then):
    check = BY_NAME[name].is_done
    assert not check([])
    assert not check(not_yet)
    assert check([*not_yet, then])


def test_a_drawing_that_is_refused_ends_the_first_lesson(home):
    page = Page(AppTest.from_file(ROOT / "streamlit_app.py", default_timeout=180))
    progress = begin(page, "unreadable")
    page.draw(samples.sample(3))
    assert BY_NAME["unreadable"].task in html(page)
    assert progress.done == []
    page.draw(SCRIBBLE)
    assert progress.done == ["unreadable"]
    assert "Lesson done: Draw what it can’t read" in html(page)
    page.click("lesson-leave")
    assert "Lesson done" not in html(page)


def test_three_drawings_that_were_read_right_are_taught_as_well(home):
    page = Page(AppTest.from_file(ROOT / "streamlit_app.py", default_timeout=180))
    progress = begin(page, "your-hand")
    for digit in (1, 3, 7):
        page.draw(samples.sample(digit))
        page.click("teach-right")
    page.draw(samples.sample(0))
    assert progress.done == []
    page.draw(samples.sample(2))
    assert progress.done == ["your-hand"]


def test_what_was_on_the_page_before_ends_no_lesson(home):
    page = Page(AppTest.from_file(ROOT / "streamlit_app.py", default_timeout=180))
    page.draw(SCRIBBLE)
    progress = begin(page, "unreadable")
    progress.is_opening = True
    page.run()
    page.run()
    assert progress.done == []
    assert all(step in html(page) for step in BY_NAME["unreadable"].steps)
    page.draw(SCRIBBLE[:3])
    assert progress.done == ["unreadable"]


def test_without_a_lesson_nothing_is_noted(home):
    page = Page(AppTest.from_file(ROOT / "streamlit_app.py", default_timeout=180))
    page.draw(SCRIBBLE)
    assert page.test.session_state["lesson progress"].events == []


def test_inside_tells_which_map_was_pressed(home):
    page = Page(AppTest.from_string(
        "from digitcnn.app.inside import page as inside; inside.page()", default_timeout=180
    ))  # fmt: skip
    seven = samples.sample(7)
    image = digit_image.digit_image(ink.rasterize(seven))
    seen = FeatureMaps(open_run(settings.STARTER_FOLDER)).of(image)
    good = sees_the_top(image, seen.maps[0], 0.4)
    assert 0 < len(good) <= 8
    progress = begin(page, "bar-of-seven")
    page.test.session_state["inside-tabs"] = "Layers"
    page.draw(seven)
    assert progress.events == []  # no map was pressed
    wrong = next(number for number in range(24) if number not in good)
    page.test.number_input(key="map-1").set_value(wrong + 1)
    page.run()
    assert progress.done == []
    page.test.number_input(key="map-1").set_value(min(good) + 1)
    page.run()
    assert progress.done == ["bar-of-seven"]


def test_maps_that_light_up_at_the_top_are_found():
    image = np.zeros((28, 28), np.uint8)
    image[4:6, 6:22] = 255
    image[4:24, 20:22] = 255
    maps = np.zeros((14, 14, 6), np.float32)
    maps[2:4, 4:10, 0] = 1  # the bar
    maps[2:12, 10, 1] = 1  # the stem
    maps[..., 2] = 1  # everywhere
    maps[..., 4] = 0.4  # the bar on a grey ground
    maps[2:4, 4:10, 4] = 1.4
    maps[1, 4:10, 5] = 2  # the edge above the bar
    assert sees_the_top(image, maps, 0.5) == {0, 4, 5}
    assert sees_the_top(np.zeros((28, 28), np.uint8), maps, 0.5) == set()


def test_the_built_in_networks_curves_answer_the_questions(lessons):
    page = lessons.run()
    for name in ("overfit", "no-augmentation"):
        (radio,) = (radio for radio in page.test.radio if radio.key.startswith(f"answer-{name}"))
        radio.set_value(0)
        page.run()
        assert "Look again" in html(page)
        assert name not in page.test.session_state["lesson progress"].done
        (radio,) = (radio for radio in page.test.radio if radio.key.startswith(f"answer-{name}"))
        radio.set_value(1)
        page.run()
        assert name in page.test.session_state["lesson progress"].done
    assert "2 of 8 lessons done" in html(page)


def test_the_answer_follows_the_curves():
    found = history.of_run(open_run(settings.STARTER_FOLDER))
    by_heart = dataclasses.replace(found, accuracy=np.ones(9), val_accuracy=np.full(9, 0.9))
    for name in ("overfit", "no-augmentation"):
        assert questions.answer(BY_NAME[name], found) == 1
        assert questions.answer(BY_NAME[name], by_heart) == 0
    close = dataclasses.replace(found, accuracy=np.ones(9), val_accuracy=np.full(9, 0.99))
    assert questions.answer(BY_NAME["overfit"], close) == 1


def test_a_small_training_is_started_for_who_runs_the_app_only(lessons, monkeypatch):
    started = []
    monkeypatch.setattr(trainer_process, "start", lambda *arguments: started.append(arguments))
    questions._start(BY_NAME["overfit"])
    ((_, recipe, options),) = started
    assert recipe == "fast"
    flags = [word for word in options if word.startswith("--")]
    known = {f"--{name.replace('_', '-')}" for name in OPTIONS} | {"--name", "--network"}
    assert {re.sub("^--no-", "--", flag) if flag.startswith("--no-") else flag
            for flag in flags} <= known | {"--nondigits"}  # fmt: skip
    monkeypatch.setenv("DIGITCNN_TRAINING", "on")
    assert offers_training(lessons)
    monkeypatch.setenv("DIGITCNN_PUBLIC", "1")
    questions._start(BY_NAME["overfit"])
    assert len(started) == 1
    assert not offers_training(lessons)


def test_a_lessons_training_is_watched_on_train_with_a_way_back(home, monkeypatch):
    started = []
    monkeypatch.setattr(trainer_process, "start", lambda *arguments: started.append(arguments))
    monkeypatch.setenv("DIGITCNN_TRAINING", "on")
    gone = []

    def go(name, **address):
        gone.append(name)
        questions.st.stop()

    monkeypatch.setattr(questions.navigation, "go", go)
    learn = Page(AppTest.from_string(SCRIPT, default_timeout=180)).run()
    learn.click("train-overfit")
    assert len(started) == 1 and gone == ["train"]
    progress = learn.test.session_state["lesson progress"]
    assert progress.open == "overfit" and "go back to the lessons" in progress.task
    learn.run()
    assert gone == ["train"]  # and no further


@pytest.mark.parametrize(
    ("recipe", "epoch", "says"),
    [
        ({}, 0, "A training begins."),
        ({"limit": 300, "augment": False}, 6, "This lesson’s training is running, epoch 6 of 20."),
        ({"augment": True}, 0, "Another training is running. When it is done, you can start"),
    ],
)
def test_while_a_training_is_running_a_lesson_says_so(lessons, monkeypatch, recipe, epoch, says):
    now = trainer_process.TrainingState(
        True, "x", Progress("x", 1, recipe=recipe, epoch=epoch, epochs=20)
    )
    monkeypatch.setattr(trainer_process, "watch", lambda home: now)
    monkeypatch.setenv("DIGITCNN_TRAINING", "on")
    page = lessons.run()
    assert says in html(page)
    assert "watch-overfit" in {button.key for button in page.test.button}
    assert not any(button.key.startswith("train-") for button in page.test.button)


def test_the_built_in_networks_training_is_watched_on_explore_in_public_too(lessons, monkeypatch):
    monkeypatch.setenv("DIGITCNN_PUBLIC", "1")
    gone = []

    def go(name, **address):
        gone.append((name, address))
        questions.st.stop()

    monkeypatch.setattr(questions.navigation, "go", go)
    page = lessons.run()
    page.click("moments-no-augmentation")
    assert gone == [("explore", {"run": "starter"})]
    assert page.test.session_state["lesson progress"].open == "no-augmentation"
    assert moment_slider._switch_key("explore") in page.test.session_state


def test_nothing_lags_behind_in_a_lessons_training():
    """Else the curve of the digits held back tells of averages, not of learning by heart."""
    for name in ("overfit", "no-augmentation"):
        words = list(BY_NAME[name].trains)
        assert words[words.index("--ema-momentum") + 1] == "0"
        kinds = {layer.kind for layer in network(words[words.index("--network") + 1]).layers}
        assert not kinds & {"norm", "dropout"}


def offers_training(page: Page) -> bool:
    return any(button.key.startswith("train-") for button in page.run().test.button)


def test_no_training_is_offered_where_it_is_switched_off(lessons, monkeypatch):
    monkeypatch.setenv("DIGITCNN_TRAINING", "off")
    assert not offers_training(lessons)


def test_ones_own_small_run_is_asked_about(monkeypatch):
    def run(**recipe):
        return SimpleNamespace(recipe=recipe, is_starter=False, card=SimpleNamespace(members=()))

    few, many, bent = (
        run(limit=300, augment=False),
        run(limit=0, augment=False),
        run(limit=300, augment=True),
    )
    monkeypatch.setattr(cache, "finished_runs", lambda: {"a": bent, "b": many, "c": few})
    assert questions.own_run(BY_NAME["overfit"]) is few
    assert questions.own_run(BY_NAME["no-augmentation"]) is many  # not the lesson before's
    monkeypatch.setattr(cache, "finished_runs", lambda: {"a": bent})
    assert questions.own_run(BY_NAME["overfit"]) is None


@pytest.mark.parametrize("found", [None, "half-sure", [3, None, "x" * 90], ["half-sure"] * 80])
def test_what_a_browser_gives_back_is_looked_at(home, found):
    page = Page(AppTest.from_file(ROOT / "streamlit_app.py", default_timeout=180)).run()
    progress = page.test.session_state["lesson progress"]
    call = {}

    class Component:
        def __call__(self, **options):
            call.update(options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lesson_progress, "_component", Component)
        patch.setattr(
            lesson_progress.st,
            "session_state",
            {"lesson progress": progress, "lessons-kept": {"restored": found}},
        )
        lesson_progress.keep()
        call["on_restored_change"]()
    assert progress.done == (["half-sure"] if isinstance(found, list) and len(found) == 80 else [])
    assert not progress.is_fresh
