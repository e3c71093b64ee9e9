"""Runs: published whole or not at all, verified at each opening, chosen, removed and had back."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digitcnn import settings as settings_module
from digitcnn.runs import lock, store
from digitcnn.runs import run as run_folder
from digitcnn.system import durable
from tests.places import ROOT
from tests.run_makers import fill_training, some_card


def _publish(home: Path, label: str = "plain-fast", **changes) -> store.Run:
    folder = store.new_training(home, label)
    fill_training(folder)
    return store.publish(folder, home, some_card(folder.name, **changes))


@pytest.fixture(autouse=True)
def starter(tmp_path, monkeypatch) -> Path:
    """A starter of the test's own."""
    folder = tmp_path / "assets" / "starter"
    fill_training(folder)
    run_folder.seal(folder, some_card("made-elsewhere"))
    monkeypatch.setattr(settings_module, "STARTER_FOLDER", folder)
    return folder


def _states(home: Path) -> dict[str, str]:
    return {listing.id: listing.state for listing in store.list_runs(home)}


# -- publishing


def test_a_published_run_opens_and_is_in_use(home):
    run = _publish(home)
    opened = store.open_run(home / "runs" / run.id)
    assert (opened.id, opened.network, opened.test_accuracy) == (run.id, "plain", 0.9912)
    assert opened.history() == {"epochs": [], "batches": {}}
    assert len(opened.evaluation()) == 40
    assert store.current_run(home) == (run, [])
    assert _states(home) == {run.id: "finished", "starter": "finished"}
    assert not list((home / "training").iterdir())


def test_what_is_still_written_to_is_no_part_of_the_run(home):
    folder = store.new_training(home, "plain")
    fill_training(folder)
    (folder / "log.txt").write_text("so far")
    run = store.publish(folder, home, some_card(folder.name))
    (run.folder / "log.txt").write_text("so far, and on")
    assert store.open_run(run.folder) == run
    assert "log.txt" not in run.card.files


def test_further_files_are_verified_too(home):
    folder = store.new_training(home, "plain")
    fill_training(folder)
    (folder / "map.npz").write_bytes(b"a map")
    run = store.publish(folder, home, some_card(folder.name))
    assert run.content("map.npz") == b"a map"
    (run.folder / "map.npz").write_bytes(b"another")
    with pytest.raises(store.DamagedRun, match=r"map\.npz"):
        store.open_run(run.folder)


@pytest.mark.parametrize("missing", run_folder.REQUIRED)
def test_a_training_that_lacks_a_file_is_not_published(missing, home):
    folder = store.new_training(home, "plain")
    fill_training(folder)
    (folder / missing).unlink()
    with pytest.raises(run_folder.IncompleteRun, match=missing):
        store.publish(folder, home, some_card(folder.name))
    assert _states(home) == {folder.name: "unfinished", "starter": "finished"}


def test_a_card_that_lacks_an_entry_is_not_published(home):
    folder = store.new_training(home, "plain")
    fill_training(folder)
    card = some_card(folder.name)
    del card["recipe"]
    with pytest.raises(run_folder.IncompleteRun, match="recipe"):
        store.publish(folder, home, card)


def test_ids_are_never_given_twice(home):
    first = _publish(home)
    ids = {first.id} | {store.new_training(home, "plain-fast").name for _ in range(5)}
    store.remove(home, first.id)
    ids.add(store.new_training(home, "plain-fast").name)
    assert len(ids) == 7
    assert all(run_folder.ID_FORM.fullmatch(run_id) for run_id in ids)


def test_a_full_disk_leaves_the_training_unfinished_and_the_old_run_in_use(home, monkeypatch):
    old = _publish(home)
    folder = store.new_training(home, "plain")
    fill_training(folder)

    def full(handle):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(durable.DiskFull, match="Free some space"):
            store.publish(folder, home, some_card(folder.name))
    assert store.current_run(home) == (old, [])
    assert _states(home)[folder.name] == "unfinished"
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def test_killed_at_any_moment_of_publishing_every_listed_run_opens(home, tmp_path):
    """The publisher is killed after each number of file-system calls that it can be killed at."""
    script = tmp_path / "publish.py"
    script.write_text(_PUBLISH_AND_DIE)
    outcomes = set()
    for n_calls in range(0, 40, 3):
        here = home / str(n_calls)
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, str(script), str(here), str(n_calls)]
        code = subprocess.run(command, env=environment, timeout=60).returncode
        listings = store.list_runs(here)
        assert all(listing.state in ("finished", "unfinished") for listing in listings)
        run, complaints = store.current_run(here)
        assert complaints == []
        outcomes.add((code, run.is_starter))
    # Early kills leave the starter in use, late ones (and none at all) the new run.
    assert (9, True) in outcomes and (0, False) in outcomes


_PUBLISH_AND_DIE = """
import os, sys
from pathlib import Path
from tests.run_makers import fill_training, some_card
from digitcnn.runs import store as runs

home, left = Path(sys.argv[1]), int(sys.argv[2])
folder = runs.new_training(home, "plain")
fill_training(folder)

def counted(function):
    def call(*arguments, **named):
        global left
        left -= 1
        if left < 0:
            os._exit(9)
        return function(*arguments, **named)
    return call

for name in ("fsync", "replace", "rename", "open", "close"):
    setattr(os, name, counted(getattr(os, name)))
runs.publish(folder, home, some_card(folder.name))
"""


# -- verification


def _flip(path: Path, position: int) -> None:
    data = bytearray(path.read_bytes())
    data[position % len(data)] ^= 1
    path.write_bytes(bytes(data))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_one_flipped_bit_in_any_file_is_found_and_named(tmp_path_factory, data):
    home = tmp_path_factory.mktemp("home")
    run = _publish(home)
    name = data.draw(st.sampled_from([*run_folder.REQUIRED, "card.json"]))
    path = run.folder / name
    _flip(path, data.draw(st.integers(0, path.stat().st_size - 1)))
    with pytest.raises(store.DamagedRun, match=name.replace(".", r"\.")):
        store.open_run(run.folder)


@pytest.mark.parametrize("name", [*run_folder.REQUIRED, "card.json"])
@pytest.mark.parametrize("harm", ["deleted", "emptied", "cut", "a folder", "a link"])
def test_a_damaged_run_is_named_set_aside_and_the_next_one_used(name, harm, home, tmp_path):
    old = _publish(home, created="2026-01-01T00:00:00+00:00")
    new = _publish(home, created="2026-01-02T00:00:00+00:00")
    path = new.folder / name
    data = path.read_bytes()
    path.unlink()
    if harm == "emptied":
        path.touch()
    elif harm == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif harm == "a folder":
        path.mkdir()
    elif harm == "a link":
        (tmp_path / "elsewhere").write_bytes(data[:-1])
        path.symlink_to(tmp_path / "elsewhere")
    run, complaints = store.current_run(home)
    assert run == old
    assert len(complaints) == 1 and new.id in complaints[0] and name in complaints[0]
    assert _states(home)[new.id] == "damaged"
    with pytest.raises(store.DamagedRun, match=new.id):
        store.use(home, new.id)


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "../../elsewhere"},
        {"metrics": {}},
        {"files": {}},
        {"seconds": "long"},
        {"recipe": None},
    ],
    ids=str,
)
def test_a_card_of_another_form_is_refused(changes, home):
    run = _publish(home)
    run_folder.write_card(run.folder, {**run.card.entries, **changes})
    with pytest.raises(store.DamagedRun, match=r"card\.json"):
        store.open_run(run.folder)


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a/b"])
def test_a_card_that_names_files_elsewhere_is_refused(name, home):
    run = _publish(home)
    files = {**run.card.files, name: "0" * 64}
    run_folder.write_card(run.folder, {**run.card.entries, "files": files})
    with pytest.raises(store.DamagedRun, match="proper entry"):
        store.open_run(run.folder)


@pytest.mark.parametrize("text", ["", "null", "[]", "{", "[" * 100_000, '{"format": 1}', "\xff"])
def test_a_card_that_is_no_card_is_refused(text, home):
    run = _publish(home)
    (run.folder / "card.json").write_text(text, encoding="latin-1")
    with pytest.raises(store.DamagedRun, match=r"card\.json"):
        store.open_run(run.folder)


def test_checksums_are_remembered_only_while_nothing_changes(home, monkeypatch):
    run = _publish(home)
    monkeypatch.setattr(run_folder.time, "time_ns", lambda: time.monotonic_ns() + 10**19)
    store.open_run(run.folder)
    read = []
    real = run_folder.hashlib.file_digest
    monkeypatch.setattr(
        run_folder.hashlib, "file_digest", lambda *args: read.append(args) or real(*args)
    )
    store.open_run(run.folder)
    assert read == []
    # The same size and the same time of change, as a disk or a careless copy might leave it.
    model = run.folder / "model.tflite"
    before = model.stat()
    _flip(model, 2)
    os.utime(model, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(store.DamagedRun, match=r"model\.tflite"):
        store.open_run(run.folder)
    assert len(read) == 1


def test_a_file_is_verified_again_as_it_is_read(home):
    run = _publish(home)
    assert run.content("model.tflite") == b"a model"[::-1]
    (run.folder / "model.tflite").write_bytes(b"another")
    with pytest.raises(store.DamagedRun):
        run.content("model.tflite")
    with pytest.raises(store.DamagedRun):
        run.content("../card.json")


def test_a_copied_run_folder_is_not_a_second_run(home):
    run = _publish(home)
    copy = home / "runs" / "a-copy"
    copy.mkdir()
    for path in run.folder.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    assert _states(home)["a-copy"] == "damaged"


# -- listing and choosing


def test_runs_are_listed_newest_first_and_the_starter_last(home):
    middle = _publish(home, "b", created="2026-02-01T00:00:00+00:00")
    oldest = _publish(home, "c", created="2026-01-01T00:00:00+00:00")
    newest = _publish(home, "a", created="2026-03-01T00:00:00+00:00")
    assert list(_states(home)) == [newest.id, middle.id, oldest.id, "starter"]


def test_the_starter_reads_where_nothing_else_does(home):
    run, complaints = store.current_run(home / "not there yet")
    assert (run.id, run.is_starter, complaints) == ("starter", True, [])
    assert not (home / "not there yet").exists()


def test_without_any_run_it_says_what_to_do(home, starter):
    (starter / "model.tflite").unlink()
    with pytest.raises(store.NoRun, match="python -m digitcnn train"):
        store.current_run(home)


def test_use_changes_what_reads_and_survives_a_new_look(home):
    first, second = _publish(home), _publish(home)
    assert store.current_run(home)[0] == second
    for run_id in (first.id, "starter", second.id):
        assert store.use(home, run_id).id == run_id
        assert store.current_run(home)[0].id == run_id


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\xff\xfe", b"../../etc", b"a\0b" * 1000])
def test_nonsense_in_current_means_the_newest_run(content, home):
    run = _publish(home)
    (home / "current").write_bytes(content)
    assert store.current_run(home)[0] == run


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(run_id=st.text(max_size=100))
@pytest.mark.parametrize("function", [store.find_run, store.use, store.remove, store.restore])
def test_no_text_reaches_beyond_the_home_folder(function, run_id, home):
    if run_id in ("starter", *_states(home)):
        return
    with pytest.raises(store.UnknownRun):
        function(home, run_id)


@pytest.mark.parametrize("run_id", ["..", "../runs/x", "/etc", "runs/..", ".", "x/../../y", "a\\b"])
def test_no_path_is_an_id(run_id, home):
    (home / "runs").mkdir()
    for function in (store.find_run, store.use, store.remove, store.restore):
        with pytest.raises(store.UnknownRun):
            function(home, run_id)


# -- unfinished trainings


def test_an_unfinished_training_is_marked_and_not_used(home):
    folder = store.new_training(home, "plain")
    assert _states(home)[folder.name] == "unfinished"
    with pytest.raises(store.UnknownRun, match="did not finish"):
        store.use(home, folder.name)
    store.remove(home, folder.name)
    assert folder.name not in _states(home)


def test_the_training_that_goes_on_is_the_one_touched_last(home):
    left, live = (store.new_training(home, "plain") for _ in range(2))
    os.utime(left, (1, 1))
    with lock.hold(home):
        assert _states(home)[left.name] == "unfinished"
        assert _states(home)[live.name] == "training"
        with pytest.raises(store.RunInTheWay, match="being trained"):
            store.remove(home, live.name)
        store.remove(home, left.name)
    assert _states(home)[live.name] == "unfinished"


def test_one_training_at_a_time_also_between_processes(home):
    assert not lock.held(home)
    with lock.hold(home):
        assert lock.held(home)
        with pytest.raises(lock.TrainingRunning, match="already"), lock.hold(home, patience_s=0.1):
            pass
        code = "import pathlib, sys; from digitcnn.runs.lock import held; "
        code += "print(held(pathlib.Path(sys.argv[1])))"
        command = [sys.executable, "-c", code, str(home)]
        answer = subprocess.run(command, capture_output=True, text=True)
        assert answer.stdout.strip() == "True"
    assert not lock.held(home)


def test_the_lock_of_a_killed_trainer_is_free(home):
    code = (
        "import os, sys; from digitcnn.runs import lock; from pathlib import Path\n"
        f"with lock.hold(Path({str(home)!r})): print('held', flush=True); sys.stdin.read()"
    )
    trainer = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with trainer:
        assert trainer.stdout.readline() == b"held\n"
        assert lock.held(home)
        trainer.kill()
        trainer.wait()
    assert not lock.held(home)
    with lock.hold(home):
        pass


# -- renaming, removing, restoring


def test_a_run_keeps_its_id_when_it_is_renamed(home):
    run = _publish(home)
    assert store.rename(home, run.id, "  My  best ").name == "My best"
    assert store.find_run(home, run.id).name == "My best"
    for name in ("", "   ", "x" * 81, "bell\a"):
        with pytest.raises(store.RunInTheWay):
            store.rename(home, run.id, name)
    with pytest.raises(store.RunInTheWay, match="starter"):
        store.rename(home, "starter", "Mine")


def test_a_removed_run_can_be_had_back_as_it_was(home):
    other, run = _publish(home), _publish(home)
    store.remove(home, run.id)
    assert run.id not in _states(home)
    assert store.current_run(home) == (other, [])
    with pytest.raises(store.UnknownRun):
        store.remove(home, run.id)
    store.restore(home, run.id)
    assert store.current_run(home) == (run, [])
    with pytest.raises(store.UnknownRun):
        store.restore(home, run.id)


def test_a_run_is_found_by_its_name_where_only_one_has_it(home):
    first, second = _publish(home, name="mine"), _publish(home, name="mine")
    with pytest.raises(store.UnknownRun, match="2 runs are called 'mine'; say which one: plain-"):
        store.find_run(home, "mine")
    store.remove(home, first.id)
    assert store.find_run(home, "mine") == second
    store.remove(home, "mine")
    with pytest.raises(store.UnknownRun, match="no run"):
        store.find_run(home, "mine")


def test_a_damaged_run_can_be_removed_and_the_starter_can_not(home):
    run = _publish(home)
    (run.folder / "card.json").unlink()
    store.remove(home, run.id)
    assert _states(home) == {"starter": "finished"}
    with pytest.raises(store.RunInTheWay, match="starter"):
        store.remove(home, "starter")


def test_removed_runs_are_not_kept_for_ever(home):
    ids = []
    for n in range(13):
        run = _publish(home, f"n{n}")
        store.remove(home, run.id)
        os.utime(home / "removed" / run.id, (n, n))
        for path in (home / "removed" / run.id).iterdir():
            os.utime(path, (n, n))
        ids.append(run.id)
    kept = {path.name for path in (home / "removed").iterdir()}
    assert kept == set(ids[-10:])


# -- a home folder that is none


def test_a_home_that_can_not_be_written_is_a_sentence(tmp_path):
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "home"):
        with pytest.raises(durable.NotWritable, match="DIGITCNN_HOME"):
            store.new_training(folder, "plain")
        with pytest.raises(durable.NotWritable), lock.hold(folder):
            pass
        assert store.current_run(folder)[0].is_starter


def test_writing_replaces_a_file_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "file"
    durable.write(path, b"old")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: (_ for _ in ()).throw(OSError(5, "I/O error")))
        with pytest.raises(durable.NotWritable):
            durable.write(path, b"new and longer")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []
    durable.write(path, b"new")
    assert path.read_bytes() == b"new"


def test_history_that_is_not_json_is_damage(home):
    run = _publish(home)
    (run.folder / "history.json").write_text("{")
    with pytest.raises(store.DamagedRun, match=r"history\.json"):
        run.history()
    assert json.loads((run.folder / "card.json").read_text())["id"] == run.id


@pytest.mark.parametrize(
    ("error", "full"),
    [
        (OSError(28, "No space left on device"), True),
        (RuntimeError("RESOURCE_EXHAUSTED: x.tmp; No space left on device"), True),
        (
            OSError("Can't write data (file write failed: errno = 28, 'No space left on device')"),
            True,
        ),
        (OSError(27, "File too large"), True),
        (OSError(13, "Permission denied"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_a_full_disk_is_known_in_whatever_words(error, full):
    assert durable.says_full(error) is full
    wrapped = RuntimeError("saving failed")
    wrapped.__cause__ = error
    assert durable.says_full(wrapped) is full
