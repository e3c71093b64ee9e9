"""Full disks, folders without write permission, and damaged files."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from digitcnn.benchmarks.robustness.faults import bench
from digitcnn.benchmarks.robustness.faults.bench import NotTried, Trial
from digitcnn.errors import DigitcnnError
from digitcnn.runs import store
from digitcnn.runs.run import REQUIRED, STARTER_ID

_NEEDS_KB = 3_500  # a tiny training with what its compilers put aside
_DAMAGES = ("truncated", "bit flipped", "file deleted", "half deleted", "emptied", "no folder")


def disk_full(folder: Path, number: int, rng: np.random.Generator) -> Iterator[Trial]:
    """The disk fills up at any byte of what a training writes: a small disk, or a limit to files.

    As root on Linux a file system of its own in memory; elsewhere no file may grow beyond a size.
    """
    if os.name != "posix":
        raise NotTried("Limits to files are Unix's.")
    home = folder / "home"
    home.mkdir()
    run_kb = sum(path.stat().st_size for path in _starter_files()) // 1024 + 40
    with contextlib.ExitStack() as stack:
        small = _mounted(home, 2 * run_kb + 20_000, stack)
        kept = {bench.good_run(home).id}
        with bench.app(home) as server:
            for _ in range(number):
                room_kb = int(rng.uniform(1, _NEEDS_KB))
                trial = Trial()
                if small:
                    used_kb = (shutil.disk_usage(home).used // 1024) + 8
                    _mount("-o", f"remount,size={used_kb + room_kb}k", str(home))
                    trainer = bench.training(home)
                else:
                    limit = f"import resource, signal\nn = {room_kb * 1024 // 3}\n"
                    limit += "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
                    limit += "resource.setrlimit(resource.RLIMIT_FSIZE, (n, n))"
                    trainer = bench.training(home, before=limit)
                code = trainer.wait(bench.PATIENCE_S)
                said = bench.words_of(trainer)
                new = bench.own_runs(home) - kept
                trial.note = "disk full" if code else "room enough"
                if code == 0 and not new:
                    trial.lost.append("It says that it trained, and there is no run.")
                if code not in (0, 2) or "Traceback" in said:
                    last = said.strip().splitlines()[-1:]
                    trial.lost.append(f"The training ended with code {code}: {' '.join(last)}")
                elif code == 2 and "full" not in said.strip().splitlines()[-1]:
                    trial.lost.append(f"It gave another reason: {said.strip().splitlines()[-1]}")
                trial.lost += bench.home_troubles(home, kept | new)
                trial.down += bench.app_troubles(server)
                if small:
                    _mount("-o", f"remount,size={2 * run_kb + 20_000}k", str(home))
                trial.lost += bench.lock_troubles(home)
                for run_id in new:
                    store.remove(home, run_id)
                shutil.rmtree(home / "removed", ignore_errors=True)
                shutil.rmtree(home / "training", ignore_errors=True)
                yield trial


def read_only(folder: Path, number: int, rng: np.random.Generator) -> Iterator[Trial]:
    """The home folder can't be written to: everything still reads, and says what to do."""
    home = folder / "home"
    home.mkdir()
    with contextlib.ExitStack() as stack:
        mounted = os.name == "posix" and _mounted(home, 60_000, stack)
        if not mounted and (os.name != "posix" or os.geteuid() == 0):
            raise NotTried("No file system can be made read-only here.")
        run = bench.good_run(home)
        if mounted:
            _mount("-o", "remount,ro", str(home))
        else:
            _set_writable(home, False)
            stack.callback(_set_writable, home, True)
        with bench.app(home, DIGITCNN_TRAINING="on") as server:
            for _ in range(number):
                trial = Trial(note="refused")
                for deed in (
                    lambda: store.use(home, STARTER_ID),
                    lambda: store.rename(home, run.id, "another"),
                    lambda: store.remove(home, run.id),
                ):
                    try:
                        deed()
                        trial.lost.append("What can't be written was said to be written.")
                    except DigitcnnError as error:
                        if "DIGITCNN_HOME" not in str(error):
                            trial.lost.append(f"No word of what to do: {error}")
                trainer = bench.training(home)
                code = trainer.wait(bench.PATIENCE_S)
                said = bench.words_of(trainer)
                if code != 2 or "Traceback" in said or "can't be written" not in said:
                    trial.lost.append(f"The training ended with code {code}: {said[-200:]}")
                trial.lost += bench.home_troubles(home, {run.id}, run.id)
                trial.down += bench.app_troubles(server, digit=int(rng.integers(10)))
                yield trial


def run_damaged(folder: Path, number: int, rng: np.random.Generator) -> Iterator[Trial]:
    """The run in use is damaged while nobody looks: it is named, and the next good one reads."""
    for turn in range(number):
        home = folder / f"home{turn}"
        good, bad = bench.good_run(home, "digitcnn-good"), bench.good_run(home, "digitcnn-bad")
        how = _DAMAGES[turn % len(_DAMAGES)]
        with bench.app(home) as server:
            trial = Trial(note=how, down=bench.app_troubles(server))
            _damage(bad.folder, how, rng)
            trial.down += bench.app_troubles(server)
        listings = {listing.id: listing for listing in store.list_runs(home)}
        if how != "no folder":
            if listings[bad.id].state != "damaged" or not listings[bad.id].reason:
                trial.lost.append(f"A run that was damaged ({how}) is not found to be.")
        elif bad.id in listings:
            trial.lost.append("A run without a folder is listed.")
        if store.current_run(home)[0].id != good.id:
            trial.lost.append("Another than the next good run is in use.")
        with bench.app(home) as server:
            trial.down += bench.app_troubles(server, says=bad.id if how != "no folder" else "")
        shutil.rmtree(home)
        yield trial


def _damage(folder: Path, how: str, rng: np.random.Generator) -> None:
    names = sorted((*REQUIRED, "card.json"))
    path = folder / names[int(rng.integers(len(names)))]
    data = bytearray(path.read_bytes())
    if how == "truncated":
        path.write_bytes(data[: int(rng.integers(len(data)))])
    elif how == "bit flipped":
        data[int(rng.integers(len(data)))] ^= 1 << int(rng.integers(8))
        path.write_bytes(data)
    elif how == "file deleted":
        path.unlink()
    elif how == "emptied":
        path.write_bytes(b"")
    elif how == "half deleted":
        for name in rng.permutation(names)[: len(names) // 2]:
            (folder / name).unlink()
    else:
        shutil.rmtree(folder)


def _starter_files() -> list[Path]:
    from digitcnn.settings import STARTER_FOLDER

    return list(STARTER_FOLDER.iterdir())


def _mounted(home: Path, size_kb: int, stack: contextlib.ExitStack) -> bool:
    """Whether a small file system could be put at ``home``, until the stack unwinds."""
    if not (hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("mount")):
        return False
    if not _mount("-t", "tmpfs", "-o", f"size={size_kb}k", "tmpfs", str(home)):
        return False
    stack.callback(subprocess.run, ["umount", "-l", str(home)], capture_output=True)
    return True


def _mount(*words: str) -> bool:
    return subprocess.run(["mount", *words], capture_output=True).returncode == 0


def _set_writable(home: Path, writable: bool) -> None:
    for path in (home, *home.rglob("*")):
        path.chmod(path.stat().st_mode | 0o200 if writable else path.stat().st_mode & ~0o222)
