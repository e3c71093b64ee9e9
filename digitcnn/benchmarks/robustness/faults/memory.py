"""Too little memory for app and training together, as on a small cloud machine."""

import contextlib
import os
import secrets
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from digitcnn.benchmarks.robustness.faults import bench
from digitcnn.benchmarks.robustness.faults.bench import NotTried, Trial
from digitcnn.runs import lock
from digitcnn.system import resources

LIMIT_MB = 690  # what Streamlit's Community Cloud promises
_GROUPS = Path("/sys/fs/cgroup")
_NICENESS = 10
_LOOKS_S = 1.0


def memory_short(folder: Path, number: int, rng: np.random.Generator) -> Iterator[Trial]:
    """App and trainer in one control group of 690 MB: the app serves, whatever becomes of training.

    The app itself must decline to train. Then a training is started nevertheless, with all the
    memory that one takes, and the app must read on while the system ends it.
    """
    settings = {"DIGITCNN_TRAINING": "on", "DIGITCNN_RECIPE": "fast"}
    with control_group(LIMIT_MB) as group:
        for turn in range(number):
            home, trial = folder / f"home{turn}", Trial()
            with bench.app(home, **settings) as server:
                _put(group, server.process.pid)
                trial.down += bench.app_troubles(server, says=f"{resources.TRAINING_MB:,} MB")
                if lock.held(home):
                    trial.lost.append("The app started a training that does not fit.")
                join = f"open({str(group / 'cgroup.procs')!r}, 'w').write('0')"
                hog = f"{join}\nkept = b'x' * ({int(rng.uniform(480, 650))} << 20)\n"
                trainer = bench.training(home, before=hog)
                resources.give_way(trainer.pid, _NICENESS)
                end = time.monotonic() + bench.PATIENCE_S
                while trainer.poll() is None and time.monotonic() < end:
                    trial.down += bench.app_troubles(server)
                    time.sleep(_LOOKS_S)
                trial.note = f"training ended with {trainer.poll()}"
                trial.down += bench.app_troubles(server)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(trainer.pid, signal.SIGKILL)
            trial.lost += bench.lock_troubles(home)
            yield trial


@contextlib.contextmanager
def control_group(limit_mb: int) -> Iterator[Path]:
    """A control group with a limit to the memory of all its processes; its folder.

    Raises:
        NotTried: there are none here, or only the administrator may make one.
    """
    first = _GROUPS / "memory"
    name = f"digitcnn-{secrets.token_hex(4)}"
    group = (first if first.is_dir() else _GROUPS) / name
    limit = "memory.limit_in_bytes" if first.is_dir() else "memory.max"
    try:
        group.mkdir()
        (group / limit).write_text(str(limit_mb * 1_000_000))
    except OSError as error:
        with contextlib.suppress(OSError):
            group.rmdir()
        raise NotTried("Memory can be limited on Linux alone, as the administrator.") from error
    try:
        yield group
    finally:
        for _ in range(50):
            try:
                group.rmdir()
                break
            except OSError:
                time.sleep(0.1)  # Its processes are still going.


def most_mb(group: Path) -> float:
    """The most memory that a control group has had, MB; what is read from disk counts as well."""
    for name in ("memory.max_usage_in_bytes", "memory.peak"):
        with contextlib.suppress(OSError):
            return int((group / name).read_text()) / 1e6
    return float("nan")


def _put(group: Path, pid: int) -> None:
    (group / "cgroup.procs").write_text(str(pid))
