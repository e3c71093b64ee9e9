"""Shared caches of Break it: curves of many digits, and networks with switches."""

import logging
import threading
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from digitcnn.app.shared import cache, live, messages
from digitcnn.app.shared.cache import Reader
from digitcnn.errors import DigitcnnError
from digitcnn.explain import breaking_process
from digitcnn.explain.breaking import Silenceable
from digitcnn.explain.breaking_process import KeptCurve
from digitcnn.runs.run import Run
from digitcnn.settings import settings

log = logging.getLogger("digitcnn.app")


@dataclass(frozen=True, eq=False)
class Curves:
    """A curve of many digits.

    Attributes:
        value: it, once it is made.
        trouble: why it is not available, as a sentence; empty while it is made.
    """

    value: KeptCurve | None = None
    trouble: str = ""


class _Making:
    """A curve that is made in a thread of its own, which waits for a process."""

    def __init__(self, run: Run, change: str):
        self.result = Curves(breaking_process.kept(run, change, settings().home))
        if self.result.value is None:
            now = settings()
            arguments = (run, change, now.home, now.backend)
            threading.Thread(
                target=self._work, args=arguments, name="break it", daemon=True
            ).start()

    def _work(self, run: Run, change: str, home: Path, backend: str) -> None:
        try:
            self.result = Curves(breaking_process.make(run, change, home, backend))
        except DigitcnnError as error:
            self.result = Curves(trouble=messages.without_paths(str(error)))
        except Exception:
            log.exception("the curve of many digits failed")
            self.result = Curves(trouble="The curve of the test digits can't be made; see the log.")


def many(run: Run, change: str) -> Curves:
    """The curve of many digits; started when it is asked for first."""
    return _making(str(settings().home), run.card.checksum, change, run).result


def is_made(run: Run, change: str) -> bool:
    """Whether it is still being made."""
    found = many(run, change)
    return found.value is None and not found.trouble


def silenceable(reader: Reader) -> Silenceable | None:
    """The network whose maps can be switched off; ``None`` where that can't be."""
    return _silenceable(reader.run.card.checksum, reader)


@st.cache_resource(show_spinner=False, max_entries=40)
def _making(home: str, checksum: str, change: str, _run: Run) -> _Making:
    return _Making(_run, change)


@st.cache_resource(show_spinner=False, max_entries=2)
def _silenceable(checksum: str, _reader: Reader) -> Silenceable | None:
    plain = cache.reader()  # what a visitor taught is not part of it
    packed = live.packed_network(plain)
    if packed is None or plain.run.card.checksum != checksum:
        return None
    return Silenceable(packed)
