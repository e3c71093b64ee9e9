"""Starting, watching and cancelling a training process; a stand-in trains."""

import os
import signal
import time

import psutil
import pytest

from digitcnn.runs import lock, progress, store, trainer_process
from digitcnn.system import durable


def wait_for(condition, seconds: float = 30.0):
    """The condition's value once it is true."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
    return value


def fitting(home) -> trainer_process.TrainingState | None:
    state = trainer_process.watch(home)
    return state if state.progress is not None and state.progress.state == "fitting" else None


def test_nothing_to_watch_in_an_empty_home(home):
    assert trainer_process.watch(home) == trainer_process.TrainingState()


def test_training_is_watched_from_its_first_moment(home, character):
    trainer_process.start(home, "fast")
    assert trainer_process.watch(home).alive  # before it has written anything
    state = wait_for(lambda: fitting(home))
    assert state.alive and state.id.startswith("digitcnn-fast-") and not state.trouble
    assert state.progress.pid == trainer_process._children[home].process.pid


def test_training_has_low_priority_and_a_session_of_its_own(home, character):
    trainer_process.start(home, "fast")
    pid = trainer_process._children[home].process.pid
    assert psutil.Process(pid).nice() >= 10
    assert os.getsid(pid) == pid != os.getsid(0)


def test_second_start_is_refused(home, character):
    trainer_process.start(home, "fast")
    with pytest.raises(trainer_process.TrainingRunning, match="already running"):
        trainer_process.start(home, "fast")


def test_start_is_refused_while_another_process_trains(home, character):
    with lock.hold(home), pytest.raises(trainer_process.TrainingRunning):
        trainer_process.start(home, "fast")
    assert home not in trainer_process._children


@pytest.mark.parametrize("kind", ["obedient", "stubborn"])
def test_cancel_ends_the_process_and_leaves_no_debris(home, character, kind):
    character(kind)
    trainer_process.start(home, "fast")
    pid = wait_for(lambda: fitting(home)).progress.pid
    trainer_process.cancel(home, grace_s=10 if kind == "obedient" else 0.3)
    assert not psutil.pid_exists(pid)
    assert not lock.held(home)
    assert store.folders(home / "training") == []
    assert trainer_process.watch(home) == trainer_process.TrainingState()
    character("obedient")
    trainer_process.start(home, "fast")
    assert wait_for(lambda: fitting(home))


def test_cancel_reaches_a_training_that_another_process_started(home, character):
    trainer_process.start(home, "fast")
    wait_for(lambda: fitting(home))
    child = trainer_process._children.pop(home).process  # As if this process had not started it.
    trainer_process.cancel(home, grace_s=10)
    assert child.wait(10) == 130
    assert not lock.held(home)


def test_cancelled_by_another_process_is_no_failure(home, character):
    trainer_process.start(home, "fast")
    os.kill(wait_for(lambda: fitting(home)).progress.pid, signal.SIGTERM)
    # It leaves no trouble behind; its folder goes a moment after the process.
    wait_for(lambda: trainer_process.watch(home) == trainer_process.TrainingState())


def test_cancel_without_a_training_does_nothing(home):
    trainer_process.cancel(home)
    assert trainer_process.watch(home) == trainer_process.TrainingState()


def test_cancel_does_not_trust_a_stale_process_id(home):
    folder = store.new_training(home, "digitcnn-fast")
    progress.Progress(folder.name, os.getppid(), "fitting", started=time.time()).write(folder)
    trainer_process.cancel(home)
    assert psutil.pid_exists(os.getppid())
    assert folder.exists()  # An interrupted training is not ours to delete.


def test_killed_training_is_reaped_and_told(home, character):
    trainer_process.start(home, "fast")
    pid = wait_for(lambda: fitting(home)).progress.pid
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not psutil.pid_exists(pid))  # no zombie
    wait_for(lambda: not trainer_process.watch(home).alive)
    state = trainer_process.watch(home)
    assert "was killed" in state.trouble and state.progress.pid == pid


def test_training_that_fails_before_it_has_a_folder_says_why(home, character):
    character("broken")
    trainer_process.start(home, "fast")
    wait_for(lambda: not trainer_process.watch(home).alive)
    assert trainer_process.watch(home) == trainer_process.TrainingState(
        trouble="The moon is in the wrong place."
    )
    assert trainer_process.log_tail(home) == ["Learning 2/3", "The moon is in the wrong place."]


def test_home_that_cannot_be_written_is_named(tmp_path, character):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(durable.NotWritable, match="DIGITCNN_HOME"):
        trainer_process.start(tmp_path / "file" / "home", "fast")


def test_asking_twice_at_once_does_not_look_like_a_training(home):
    with lock.hold(home):
        pass
    (home / lock.NAME).touch()
    import fcntl

    with open(home / lock.NAME, "rb") as other:
        fcntl.flock(other, fcntl.LOCK_SH)  # Another process asks at this very moment.
        assert not lock.held(home)
