"""How long many visitors at once wait, and whether each gets the answer to its own strokes.

Real websocket sessions against a real server in a process of its own. Every session has drawings
of its own; the picture that comes back with each reading must be that drawing's, pixel by pixel.
"""

import asyncio
import contextlib
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from digitcnn.benchmarks.robustness import load_plan
from digitcnn.benchmarks.robustness.load_plan import Step
from digitcnn.benchmarks.robustness.visitor import Answer, VisitFailed, Visitor
from digitcnn.benchmarks.speed.browser import APP, ROOT, serve
from digitcnn.errors import DigitcnnError
from digitcnn.inference.recognizer import Recognizer
from digitcnn.runs import lock
from digitcnn.runs.store import current_run

_OPENING = 8  # sessions that open their page at the same moment
_PATIENCE_S = 60.0
_NICENESS = 10  # of the training that runs beside it, as the app starts it


class NoPsutil(DigitcnnError):
    """Nothing to ask the system for a process's memory with."""


@dataclass
class Tally:
    """What came of it all."""

    strokes_ms: list[float] = field(default_factory=list)
    explore_ms: list[float] = field(default_factory=list)
    open_ms: list[float] = field(default_factory=list)
    lag_ms: list[float] = field(default_factory=list)
    rss_mb: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    sent: int = 0
    lost: int = 0
    foreign: int = 0

    def look(self, process: Any) -> None:
        """Notes the server's memory, and the time that it has computed."""
        self.rss_mb.append(process.memory_info().rss / 1e6)
        self.cpu_s.append(sum(process.cpu_times()[:2]))


def measure(
    home: Path,
    sessions: int = 50,
    seconds: float = 120.0,
    every_s: float = 2.0,
    explore: float = 0.0,
    training: bool = False,
    seed: int = 0,
) -> dict[str, Any]:
    """Plays drawings into many sessions at once.

    Args:
        home: the home folder whose run reads.
        sessions: how many.
        seconds: for how long, once every session has its page.
        every_s: from one stroke of a session to its next.
        explore: share of the sessions that look at cells on Explore instead, 0 to 1.
        training: have a training run in the background meanwhile.
        seed: of the drawings.

    Returns:
        ``stroke_to_answer_ms`` and ``…_p95_ms``, ``…_max_ms``: from sending a stroke to the
        message with its reading; ``explore_ms``, ``explore_p95_ms``: a cell's page; ``errors``,
        ``lost`` (no answer), ``foreign`` (the answer to other strokes); ``server_cpu_ms``: what
        the server computes for each, which other programs do not change; ``rss_mb``: its
        memory at the end, ``rss_growth_mb``: since a quarter of the time had passed; …

    Raises:
        NoPsutil, NoWebsockets: not installed.
        ServerFailed: see :mod:`digitcnn.benchmarks.speed.browser`.
        DigitcnnError: no run, or none that can be used.
    """
    try:
        import psutil
    except ImportError as error:
        raise NoPsutil("This needs psutil: pip install -r tests/requirements.txt.") from error
    n_explore = round(sessions * explore)
    plans = load_plan.plans(Recognizer(current_run(home)[0]), sessions - n_explore, seed)
    tally = Tally()
    environment = {"DIGITCNN_HOME": str(home), "DIGITCNN_TRAINING": "off", "DIGITCNN_PUBLIC": ""}
    # All of them come from one address, and are to be measured, not refused.
    for limit in ("SOCKETS", "SOCKETS_PER_ADDRESS", "SOCKETS_PER_S", "MESSAGES_PER_S"):
        environment[f"DIGITCNN_{limit}"] = str(2 * sessions + 100)
    with serve(APP, environment) as server, _training(home) if training else _nothing():
        process = psutil.Process(server.process.pid)
        asyncio.run(_all(server.url, plans, n_explore, seconds, every_s, tally, process))
    quarter = tally.rss_mb[len(tally.rss_mb) // 4]
    n_answers = len(tally.strokes_ms) + len(tally.explore_ms)
    return {
        "sessions": sessions,
        "explore_sessions": n_explore,
        "seconds": seconds,
        "training": training,
        "strokes": tally.sent,
        "errors": len(tally.errors),
        "lost": tally.lost,
        "foreign": tally.foreign,
        **_spread("stroke_to_answer", tally.strokes_ms),
        **(_spread("explore", tally.explore_ms) if n_explore else {}),
        **_spread("open", tally.open_ms),
        "server_cpu_ms": 1e3 * (tally.cpu_s[-1] - tally.cpu_s[0]) / max(n_answers, 1),
        "generator_lag_p95_ms": percentile(tally.lag_ms, 95),
        "rss_mb": tally.rss_mb[-1],
        "rss_peak_mb": max(tally.rss_mb),
        "rss_growth_mb": tally.rss_mb[-1] - quarter,
        "first_error": tally.errors[0] if tally.errors else "",
    }


async def _all(
    url: str,
    plans: list[list[Step]],
    n_explore: int,
    seconds: float,
    every_s: float,
    tally: Tally,
    process: Any,
) -> None:
    doors, ready = asyncio.Semaphore(_OPENING), asyncio.Event()
    opened = 0
    n_sessions = len(plans) + n_explore

    async def session(number: int) -> None:
        nonlocal opened
        plan = plans[number] if number < len(plans) else None
        page = "" if plan is not None else "explore"
        try:
            async with contextlib.AsyncExitStack() as stack:
                try:
                    async with doors:
                        visitor = await stack.enter_async_context(Visitor(url))
                        tally.open_ms.append(_checked(await visitor.open(page), tally).done_ms)
                finally:
                    opened += 1
                    if opened == n_sessions:
                        ready.set()
                await ready.wait()
                end = time.monotonic() + seconds
                due = time.monotonic() + every_s * number / n_sessions
                turn = 0
                while due < end:
                    await asyncio.sleep(max(0.0, due - time.monotonic()))
                    if plan is not None:
                        await stroke(visitor, plan[turn % len(plan)], tally)
                    else:
                        await _look(visitor, number + turn, tally)
                    turn += 1
                    due = max(due + every_s, time.monotonic())
        except VisitFailed as error:
            tally.errors.append(f"session {number}: {error}")

    async def watch() -> None:
        await ready.wait()
        while True:
            tally.look(process)
            before = time.perf_counter()
            await asyncio.sleep(0.5)
            tally.lag_ms.append((time.perf_counter() - before - 0.5) * 1e3)

    watcher = asyncio.create_task(watch())
    await asyncio.gather(*map(session, range(n_sessions)))
    tally.look(process)
    watcher.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watcher


async def stroke(visitor: Visitor, step: Step, tally: Tally) -> None:
    """Has a visitor draw, and checks that what comes back is the answer to just that."""
    tally.sent += 1
    try:
        answer = _checked(await visitor.draw(step.strokes), tally)
    except VisitFailed:
        tally.lost += 1
        raise
    if answer.reading_ms is None:
        tally.lost += 1
        return
    tally.strokes_ms.append(answer.reading_ms)
    read = answer.label if answer.label and answer.label.isdigit() else None
    if answer.seen != step.seen or read != step.label:
        tally.foreign += 1


async def _look(visitor: Visitor, turn: int, tally: Tally) -> None:
    address = f"true={turn % 10}&predicted={turn // 10 % 10}"
    tally.explore_ms.append(_checked(await visitor.open("explore", address), tally).done_ms)


def _checked(answer: Answer, tally: Tally) -> Answer:
    tally.errors += [text.splitlines()[0] for text in (*answer.exceptions, *answer.alerts)]
    return answer


@contextlib.contextmanager
def _training(home: Path) -> Iterator[None]:
    """A training that runs, at low priority, for as long as the block runs."""
    command = [sys.executable, "-m", "digitcnn", "train", "--home", str(home)]
    command += ["--recipe", "thorough", "--dataset", "handwriting", "--epochs", "500"]
    quiet = subprocess.DEVNULL
    trainer = subprocess.Popen(command, cwd=ROOT, stdin=quiet, stdout=quiet, stderr=quiet)
    if hasattr(os, "setpriority"):
        os.setpriority(os.PRIO_PROCESS, trainer.pid, _NICENESS)
    try:
        deadline = time.monotonic() + _PATIENCE_S
        while not lock.held(home):
            if trainer.poll() is not None or time.monotonic() > deadline:
                raise VisitFailed("The training that should run meanwhile did not start.")
            time.sleep(0.1)
        yield
    finally:
        trainer.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            trainer.wait(20)
        trainer.kill()


@contextlib.contextmanager
def _nothing() -> Iterator[None]:
    yield


def _spread(name: str, times_ms: list[float]) -> dict[str, float]:
    return {
        f"{name}_ms": statistics.median(times_ms) if times_ms else float("nan"),
        f"{name}_p95_ms": percentile(times_ms, 95),
        f"{name}_max_ms": max(times_ms, default=float("nan")),
    }


def percentile(times_ms: list[float], percent: float) -> float:
    """Below which that many percent of the times lie; NaN of none."""
    return float(np.percentile(times_ms, percent)) if times_ms else float("nan")
