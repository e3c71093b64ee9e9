"""Ten honest visitors who draw while others attack: what they wait, and what the server needs."""

import asyncio
import contextlib
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from digitcnn.benchmarks.robustness import load_plan
from digitcnn.benchmarks.robustness.attacks import ATTACKS
from digitcnn.benchmarks.robustness.load import NoPsutil, Tally, percentile, stroke
from digitcnn.benchmarks.robustness.load_plan import Step
from digitcnn.benchmarks.robustness.visitor import VisitFailed, Visitor
from digitcnn.benchmarks.speed.browser import APP, ROOT, Server, serve
from digitcnn.inference.recognizer import Recognizer
from digitcnn.runs.store import current_run

_HONEST = 10
_EVERY_S = 1.0  # a stroke of each
_LOOK_S = 0.25


@dataclass
class Window:
    """What was seen while one attack went on."""

    tally: Tally = field(default_factory=Tally)
    health_ms: list[float] = field(default_factory=list)


def measure(
    home: Path, seconds: float = 10.0, settle_s: float = 120.0, names: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Plays each attack, and then all of them at once, while ten honest sessions draw.

    Args:
        home: the home folder whose run reads.
        seconds: how long each attack lasts.
        settle_s: how long the server has, after all of them, to give back what it took.
        names: of the attacks; all by default.

    Returns:
        By attack, ``"quiet"`` for none and ``"together"`` for all at once:
        ``stroke_to_answer_p95_ms``, ``lost``, ``errors``, ``health_max_ms``, ``rss_peak_mb``; and
        ``rss_before_mb``, ``rss_after_mb``: before the first attack, and when it has settled;
        ``log_mb``: what the server wrote.

    Raises:
        NoPsutil, NoWebsockets: not installed.
        ServerFailed: see :mod:`digitcnn.benchmarks.speed.browser`.
        DigitcnnError: no run, or none that can be used.
    """
    try:
        import psutil
    except ImportError as error:
        raise NoPsutil("This needs psutil: pip install -r tests/requirements.txt.") from error
    plans = load_plan.plans(Recognizer(current_run(home)[0]), _HONEST, 0)
    environment = {"DIGITCNN_HOME": str(home), "DIGITCNN_TRAINING": "off", "DIGITCNN_PUBLIC": "1"}
    figures: dict[str, Any] = {}
    with serve(APP, environment) as server:
        process = psutil.Process(server.process.pid)
        for name in ("quiet", *(names or ATTACKS), "together"):
            window = Window()
            asyncio.run(_window(server, plans, name, seconds, window, process))
            figures[name] = _told(window)
            if name == "quiet":
                figures["rss_before_mb"] = window.tally.rss_mb[-1]
        time.sleep(settle_s)
        figures["rss_after_mb"] = process.memory_info().rss / 1e6
        figures["log_mb"] = len(server.said()) / 1e6
    return figures


async def _window(
    server: Server,
    plans: list[list[Step]],
    name: str,
    seconds: float,
    window: Window,
    process: Any,
) -> None:
    """One attack, with ten honest sessions that are there already when it begins."""
    tally = window.tally
    async with contextlib.AsyncExitStack() as stack:
        visitors = [await stack.enter_async_context(Visitor(server.url)) for _ in plans]
        for visitor in visitors:
            await visitor.open()
        command = [sys.executable, "-m", "digitcnn.benchmarks.robustness.attacks"]
        attacker = None
        if name != "quiet":
            attacker = subprocess.Popen(
                [*command, name, server.url, str(seconds)],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        end = time.monotonic() + seconds + 2

        async def draw(number: int, visitor: Visitor) -> None:
            due = time.monotonic() + _EVERY_S * number / len(plans)
            turn = 0
            while due < end:
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                try:
                    await stroke(visitor, plans[number][turn % len(plans[number])], tally)
                except VisitFailed as error:
                    tally.errors.append(str(error))
                    return
                turn += 1
                due = max(due + _EVERY_S, time.monotonic())

        async def look() -> None:
            while time.monotonic() < end:
                tally.look(process)
                window.health_ms.append(await asyncio.to_thread(_health_ms, server.url))
                await asyncio.sleep(_LOOK_S)

        await asyncio.gather(look(), *map(draw, range(len(plans)), visitors))
        if attacker is not None:
            attacker.terminate()
            attacker.wait(20)


def _health_ms(url: str) -> float:
    """How long the server takes to say that it is well, ms; infinite if it does not."""
    before = time.perf_counter()
    try:
        with urllib.request.urlopen(f"{url}/_stcore/health", timeout=30) as answer:
            answer.read()
    except OSError:
        return float("inf")
    return (time.perf_counter() - before) * 1e3


def _told(window: Window) -> dict[str, float]:
    tally = window.tally
    return {
        "strokes": tally.sent,
        "stroke_to_answer_p95_ms": percentile(tally.strokes_ms, 95),
        "stroke_to_answer_max_ms": max(tally.strokes_ms, default=float("nan")),
        "lost": tally.lost + tally.foreign,
        "errors": len(tally.errors),
        "health_max_ms": max(window.health_ms, default=float("nan")),
        "rss_peak_mb": max(tally.rss_mb),
    }
