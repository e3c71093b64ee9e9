"""A clock that is set back, and several apps and trainers sharing one home folder."""

import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from digitcnn.benchmarks.robustness.faults import bench
from digitcnn.benchmarks.robustness.faults.bench import Trial
from digitcnn.runs import run as run_folder
from digitcnn.runs import store


def clock_set_back(folder: Path, number: int, rng: np.random.Generator) -> Iterator[Trial]:
    """Everything in the home folder seems to come from the future; then it is worked with.

    For the files that is the same as a clock that was set back after they were written.
    """
    for turn in range(number):
        home = folder / f"home{turn}"
        first, second = bench.good_run(home, "digitcnn-a"), bench.good_run(home, "digitcnn-b")
        kept = {first.id, second.id}
        leftover = store.new_training(home, "digitcnn-left")
        (leftover / "progress.json").write_text(json.dumps({"id": leftover.name, "pid": 1}))
        ahead = timedelta(seconds=float(rng.uniform(60, 3e7)))
        for run in (first, second):
            created = (datetime.now(UTC) + ahead).isoformat(timespec="seconds")
            run_folder.write_card(run.folder, {**run.card.entries, "created": created})
        moment = time.time() + ahead.total_seconds()
        for path in (home, *home.rglob("*")):
            os.utime(path, (moment, moment))
        trial = Trial(note="worked with")
        trial.lost += bench.home_troubles(home, kept, second.id)
        with bench.app(home) as server:
            trial.down += bench.app_troubles(server)
            new = bench.good_run(home, "digitcnn-c")
            kept.add(new.id)
            trial.lost += bench.home_troubles(home, kept, new.id)
            trial.down += bench.app_troubles(server, says=new.name)
            store.use(home, first.id)
            trial.down += bench.app_troubles(server, says=store.find_run(home, first.id).name)
            store.remove(home, first.id)
            store.restore(home, first.id)
        trial.lost += bench.home_troubles(home, kept, first.id)
        trial.lost += bench.lock_troubles(home)
        yield trial


def two_of_each(folder: Path, number: int, rng: np.random.Generator) -> Iterator[Trial]:
    """Two apps and two trainers on one home: one training runs, and both apps show its run."""
    home = folder / "home"
    kept = {bench.good_run(home).id}
    with bench.app(home) as one, bench.app(home) as other:
        for _ in range(number):
            trainers = [bench.training(home)]
            time.sleep(rng.uniform(0, 2))
            trainers.append(bench.training(home))
            trial = Trial(note="one trained")
            trial.down += bench.app_troubles(one) + bench.app_troubles(other)
            codes = [trainer.wait(bench.PATIENCE_S) for trainer in trainers]
            said = "".join(map(bench.words_of, trainers))
            if sorted(codes) != [0, 2] or "already running" not in said or "Traceback" in said:
                trial.lost.append(f"The trainings ended with codes {codes}.")
            new = bench.own_runs(home) - kept
            if len(new) != 1:
                trial.lost.append(f"{len(new)} runs came of it.")
            kept |= new
            current = max(new, default="")
            trial.lost += bench.home_troubles(home, kept, current)
            for server in (one, other):
                trial.down += bench.app_troubles(server, says=current)
            yield trial
