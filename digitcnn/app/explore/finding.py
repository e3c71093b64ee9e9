"""What is found out about digits in the background: labels in doubt, pictures that are alike.

What is found out about a data set is kept in the home folder, by a process of its own; about one
visitor's digits it is kept in the session, and goes with it.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import streamlit as st

from digitcnn.app.shared import messages
from digitcnn.data.digits import Digits
from digitcnn.errors import DigitcnnError
from digitcnn.evaluation.duplicates import Nearest
from digitcnn.evaluation.label_quality import Doubts
from digitcnn.inference import digits_process
from digitcnn.inference.digits_process import Tell
from digitcnn.settings import settings
from digitcnn.system.templates import render
from digitcnn.text import percent

log = logging.getLogger("digitcnn.app")

_POLL_S = 1.0
_MOST_KEPT, _MOST_WAITING = 4, 6  # of all sessions
_AGAIN_S = 60.0  # after which what failed is tried again
_SESSION = "found out"  # session state: of this visitor's own digits

Key = tuple[str, ...]


@dataclass(eq=False)
class Work:
    """Something that is being found out.

    Attributes:
        title: what is done, for people.
        share: how much of it is done, 0 to 1.
        found: what came of it.
        trouble: why nothing did, as a sentence.
        ended: when: seconds of :func:`time.monotonic`.
    """

    title: str
    share: float = 0.0
    found: Doubts | Nearest | None = None
    trouble: str = ""
    ended: float | None = None

    def tell(self, share: float) -> None:
        """Notes how far it is."""
        self.share = share

    @property
    def in_words(self) -> str:
        """What is done, and how far it is."""
        return f"{self.title}: {percent(self.share, 0)}" if self.share else f"{self.title} …"


_works: dict[Key, Work] = {}
_lock = threading.Lock()


def labels(digits: Digits, mark: str) -> Doubts | Work:
    """How much each label of training digits is in doubt, or how far finding that out is.

    Args:
        digits: the digits, nobody's own.
        mark: their fingerprint.
    """
    home = settings().home
    found = _found(
        ("labels", mark),
        "Networks that have not learned these digits judge their labels",
        partial(digits_process.kept_doubts, home, mark),
        partial(digits_process.judge_labels, digits, mark, home),
        is_private=False,
    )
    # A file of other digits would be somebody's doing; what is shown must fit all the same.
    if isinstance(found, Doubts) and len(found.order) != len(digits):
        return Work("", trouble="What was found out about these labels can't be read.", ended=0.0)
    return found if isinstance(found, Doubts | Work) else Work("")


def nearest(
    digits: Digits, others: Digits | None, marks: tuple[str, str], is_private: bool
) -> Nearest | Work:
    """The most alike picture of each digit, or how far finding that out is.

    Args:
        digits: the digits.
        others: among which it is looked for; ``None`` for the rest of them.
        marks: fingerprints of both; the second is empty without others.
        is_private: whether the digits are this visitor's own.
    """
    home: Path | None = None if is_private else settings().home
    found = _found(
        ("alike", *marks),
        f"Comparing {len(digits):,} pictures",
        lambda: None if home is None else digits_process.kept_nearest(home, *marks),
        partial(digits_process.find_nearest, digits, others, marks, home),
        is_private,
    )
    if isinstance(found, Nearest) and (
        len(found.index) != len(digits)
        or found.index.max() >= len(digits if others is None else others)
    ):
        return Work("", trouble="What was found out about these pictures can't be read.", ended=0.0)
    return found if isinstance(found, Nearest | Work) else Work("")


def wait_for(work: Work) -> None:
    """Shows how far something is, and the page anew once it has been found out."""
    st.fragment(_waiting, run_every=None if work.ended is not None else _POLL_S)(work)


def _waiting(work: Work) -> None:
    if work.trouble:
        st.html(render("app/explore/templates/explore.html", "nothing", text=work.trouble))
    elif work.ended is not None:
        st.rerun()
    else:
        st.progress(min(work.share, 1.0), work.in_words)


def _found(
    key: Key,
    title: str,
    kept: Callable[[], Doubts | Nearest | None],
    find: Callable[[Tell], Doubts | Nearest],
    is_private: bool,
) -> Doubts | Nearest | Work:
    works: dict[Key, Work] = st.session_state.setdefault(_SESSION, {}) if is_private else _works
    key = (str(settings().home), *key)
    with _lock:
        work = works.get(key)
        if work is not None and work.trouble and time.monotonic() - (work.ended or 0) > _AGAIN_S:
            work = None
        if work is None and (known := kept()) is not None:
            return known
        if work is None:
            work = works[key] = Work(title)
            _start(work, find)
            _forget(works)
    return work if work.found is None else work.found


def _start(work: Work, find: Callable[[Tell], Doubts | Nearest]) -> None:
    if _waiting_ones() >= _MOST_WAITING:
        work.trouble = "Other digits are being looked at just now. Try again in a minute."
        work.ended = time.monotonic()
        return

    def act() -> None:
        try:
            work.found = find(work.tell)
        except DigitcnnError as error:
            work.trouble = messages.without_paths(str(error))
        except Exception:
            log.exception("finding out about digits failed")
            work.trouble = "That could not be found out; see the log."
        finally:
            work.ended = time.monotonic()

    # The server's end does not wait for it.
    threading.Thread(target=act, name=_NAME, daemon=True).start()


_NAME = "finding out about digits"


def _waiting_ones() -> int:
    return sum(thread.name == _NAME for thread in threading.enumerate())


def _forget(works: dict[Key, Work]) -> None:
    """Keeps the newest of what has ended: the rest lies in the home folder, or is found again."""
    ended = [key for key, work in works.items() if work.ended is not None]
    for key in ended[:-_MOST_KEPT]:
        del works[key]
