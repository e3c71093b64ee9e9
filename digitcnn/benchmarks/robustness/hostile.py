"""How long ten honest visitors wait while others attack, and what the server needs."""

import asyncio
import contextlib
import shlex
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from digitcnn.benchmarks.robustness import attacks, load_plan
from digitcnn.benchmarks.robustness.attacks import ATTACKS
from digitcnn.benchmarks.robustness.faults import memory
from digitcnn.benchmarks.robustness.faults.bench import NotTried
from digitcnn.benchmarks.robustness.load import NoPsutil, Tally, percentile, stroke
from digitcnn.benchmarks.robustness.load_plan import Step
from digitcnn.benchmarks.robustness.visitor import VisitFailed, Visitor
from digitcnn.benchmarks.speed.browser import APP, ROOT, Server, serve
from digitcnn.errors import DigitcnnError
from digitcnn.inference.recognizer import Recognizer
from digitcnn.runs.store import current_run

_HONEST = 10
_EVERY_S = 1.0  # a stroke of each
_LOOK_S = 0.25
_DESCRIPTORS = 1_024  # that the server may have: what many systems give
TOGETHER = "together"


class NoAttack(DigitcnnError):
    """A name that is no attack's."""


@dataclass
class Window:
    """What was seen while one attack went on."""

    tally: Tally = field(default_factory=Tally)
    health_ms: list[float] = field(default_factory=list)
    tree_mb: list[float] = field(default_factory=list)
    waited_s: list[float] = field(default_factory=list)
    lasted_s: float = 0.0

    def look(self, process: Any) -> None:
        """Notes memory and time of the server and of its children."""
        self.tally.look(process)
        self.waited_s.append(_waited_s(process.pid))
        self.tree_mb.append(sum(map(_own_mb, (process, *process.children(recursive=True)))))


def measure(
    home: Path, seconds: float = 10.0, settle_s: float = 120.0, names: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Plays each attack, and then all of them at once, while ten honest sessions draw.

    The server has 1,024 descriptors, and where the system lets us make one (Linux, as the
    administrator), a control group of 690 MB for itself and all its processes.

    Args:
        home: the home folder whose run reads.
        seconds: how long each attack lasts.
        settle_s: how long the server has, after all of them, to give back what it took.
        names: of the attacks; all by default.

    Returns:
        By attack, ``"quiet"`` for none and ``"together"`` for all at once: ``strokes``, of honest
        sessions, ``p95_ms`` and ``max_ms`` from each to its reading, ``lost``, ``errors``,
        ``health_ms``: the longest; ``web_mb``: the web process's most; ``tree_mb``: its and its
        children's together; ``cpu_ms``: what the web process computed a second; ``had``: of the
        time in which its threads could compute, how much the machine let them, 0 to 1. And
        ``before_mb``, ``after_mb``: the web process before the first attack, when each page has
        been visited once, and when it has settled; ``log_mb``: what the server wrote;
        ``group_peak_mb``: the most that the control
        group had, -1 without one.

    Raises:
        NoAttack: there is none of such a name.
        NoPsutil, NoWebsockets: not installed.
        ServerFailed: see :mod:`digitcnn.benchmarks.speed.browser`.
        DigitcnnError: no run, or none that can be used.
    """
    try:
        import psutil
    except ImportError as error:
        raise NoPsutil("This needs psutil: pip install -r tests/requirements.txt.") from error
    for name in names:
        if name not in ATTACKS and name != TOGETHER:
            known = ", ".join([*ATTACKS, TOGETHER])
            raise NoAttack(f"There is no attack {name!r}. There are {known}.")
    plans = load_plan.plans(Recognizer(current_run(home)[0]), _HONEST, 0)
    environment = {"DIGITCNN_HOME": str(home), "DIGITCNN_TRAINING": "off", "DIGITCNN_PUBLIC": "1"}
    figures: dict[str, Any] = {}
    with contextlib.ExitStack() as stack:
        group = None
        with contextlib.suppress(NotTried):
            group = stack.enter_context(memory.control_group(memory.LIMIT_MB))
        server = stack.enter_context(serve(APP, environment, start_with=_confined(group)))
        process = psutil.Process(server.process.pid)
        # The first answers are slower, and the first visit to a page loads what it needs: that is
        # no attack's doing.
        asyncio.run(_visit_all(server.url))
        asyncio.run(_window(server, plans, "quiet", 2.0, Window(), process))
        for name in ("quiet", *(names or (*ATTACKS, TOGETHER))):
            window = Window()
            asyncio.run(_window(server, plans, name, seconds, window, process))
            figures[name] = _told(window)
            if name == "quiet":
                figures["before_mb"] = window.tally.rss_mb[-1]
        time.sleep(settle_s)
        figures["after_mb"] = process.memory_info().rss / 1e6
        figures["log_mb"] = len(server.said()) / 1e6
        figures["group_peak_mb"] = -1.0 if group is None else memory.most_mb(group)
    return figures


async def _visit_all(url: str) -> None:
    """One honest visitor, who opens each page and uploads a picture and a few digits."""
    for page, address, upload in (
        ("", "", None),
        ("", "way=photo", attacks.ones(1)),
        ("explore", "", attacks.bars(100)),
        ("inside", "", None),
        ("train", "", None),
    ):
        async with Visitor(url) as visitor:
            await visitor.open(page, address)
            if upload is not None:
                await visitor.upload(*upload)


def _confined(group: Path | None) -> list[str]:
    """The command that confines the server which it becomes."""
    if sys.platform == "win32":
        return []
    join = "" if group is None else f"echo $$ > {shlex.quote(str(group / 'cgroup.procs'))}; "
    return ["sh", "-c", f'{join}ulimit -n {_DESCRIPTORS}; exec "$@"', "sh"]


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
                window.look(process)
                window.health_ms.append(await asyncio.to_thread(_health_ms, server.url))
                await asyncio.sleep(_LOOK_S)

        before = time.monotonic()
        await asyncio.gather(look(), *map(draw, range(len(plans)), visitors))
        window.lasted_s = time.monotonic() - before
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


def _own_mb(process: Any) -> float:
    """A process's memory, MB; what several share is divided by them, where the system says so."""
    import psutil

    try:
        found = process.memory_full_info()
    except psutil.Error:  # It has just ended, or is somebody else's.
        return 0.0
    return float(getattr(found, "pss", found.rss)) / 1e6


def _waited_s(pid: int) -> float:
    """How long the threads of a process have waited for a core, s; NaN where nobody says so."""
    waited_ns = 0
    try:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(FileNotFoundError):
                waited_ns += int((thread / "schedstat").read_text().split()[1])
    except OSError:
        return float("nan")
    return waited_ns / 1e9


def _told(window: Window) -> dict[str, float]:
    tally = window.tally
    cpu_s = tally.cpu_s[-1] - tally.cpu_s[0]
    waited_s = max(0.0, window.waited_s[-1] - window.waited_s[0])
    return {
        "strokes": tally.sent,
        "p95_ms": percentile(tally.strokes_ms, 95),
        "max_ms": max(tally.strokes_ms, default=float("nan")),
        "lost": tally.lost + tally.foreign,
        "errors": len(tally.errors),
        "health_ms": max(window.health_ms, default=float("nan")),
        "web_mb": max(tally.rss_mb),
        "tree_mb": max(window.tree_mb),
        "cpu_ms": 1e3 * cpu_s / window.lasted_s,
        "had": cpu_s / max(cpu_s + waited_s, 1e-9),
    }
