"""The data sets that Explore offers: one list, to which others are added."""

import io
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol, cast

import streamlit as st

from digitcnn.app.shared import cache_digits, personal_model, session_memory
from digitcnn.data import datasets, digit_files, joined, mnist
from digitcnn.data.datasets import DATASETS, Source
from digitcnn.data.digits import Digits, fingerprint
from digitcnn.errors import DigitcnnError
from digitcnn.inference import evaluate
from digitcnn.inference.evaluate import DataSet
from digitcnn.models import recipes
from digitcnn.runs.run import Run
from digitcnn.runs.store import list_runs
from digitcnn.settings import settings
from digitcnn.system import memory_maps

LIMIT_MB, LIMIT_DIGITS = 130, 70_000  # of an upload, unpacked: all of MNIST, even as CSV
# Of one, where strangers use the app: four seconds of the server, and 100 MB of its memory.
PUBLIC_MB, PUBLIC_DIGITS = 32, 10_000
_loading = threading.Lock()  # one file at a time

_UPLOADED, _TROUBLE = "explore uploaded", "explore upload trouble"


class Upload(Protocol):
    """A file as the page's uploader gives it."""

    @property
    def name(self) -> str: ...

    def getvalue(self) -> bytes: ...


@dataclass(frozen=True)
class Offer:
    """A data set that can be chosen.

    Attributes:
        key: its name in addresses.
        title: its name in the list.
        offered: whether there is anything in it for this visitor now.
        load: gets it.
    """

    key: str
    title: str
    offered: Callable[[], bool]
    load: Callable[[], DataSet]


def offers(run: Run | None = None) -> dict[str, Offer]:
    """What can be chosen now, by key, in the order of the list.

    Args:
        run: the one that is looked at, whose validation digits are offered as well.
    """
    found = {offer.key: offer for offer in _OFFERS if offer.offered()}
    own = [] if run is None else _validation(run)
    for offer in (*_published(), *_of_runs(), *_training(), *own):
        found.setdefault(offer.key, offer)
    return found


def other_half(key: str, found: dict[str, Offer]) -> str:
    """Key of the test digits that belong to training digits, or the other way round.

    Empty if they are not offered.

    Args:
        key: of the data set.
        found: what is offered.
    """
    ending = joined.training_key("")
    other = key.removesuffix(ending) if key.endswith(ending) else joined.training_key(key)
    return other if other in found else ""


def take_upload(file: Upload | None) -> None:
    """Keeps the digits of a file that a visitor uploads, for this session; or why it can't.

    Args:
        file: the uploaded file; ``None`` takes it away.
    """
    state = st.session_state
    state.pop(_TROUBLE, None)
    if file is None:
        state.pop(_UPLOADED, None)
        return
    try:
        with _loading:
            loaded = digit_files.load(
                io.BytesIO(file.getvalue()),
                file.name,
                limit_mb=limit_mb(),
                limit_digits=limit_digits(),
            )
    except DigitcnnError as error:
        state.pop(_UPLOADED, None)
        state[_TROUBLE] = str(error)
        return
    mark = fingerprint(loaded.digits)
    digits = Digits(memory_maps.in_file(loaded.digits.images), loaded.digits.labels)
    kept = state[_UPLOADED] = _Uploaded(
        DataSet("uploaded", file.name, mark, digits, private=True, note=" ".join(loaded.notes))
    )
    # They lie in a file, but what is found out about them can be as much.
    session_memory.keep(kept, digits.images.nbytes)


@dataclass(eq=False)
class _Uploaded:
    """Digits that a visitor uploaded; ``None`` once they were removed to make room for others."""

    data: DataSet | None

    def let_go(self) -> None:
        """Keeps nothing."""
        self.data = None


def _uploaded() -> DataSet | None:
    kept: _Uploaded | None = st.session_state.get(_UPLOADED)
    return None if kept is None else kept.data


def limit_digits() -> int:
    """How many digits an upload may have."""
    return PUBLIC_DIGITS if settings().public else LIMIT_DIGITS


def limit_mb() -> int:
    """How many MB an upload may have, unpacked."""
    return PUBLIC_MB if settings().public else LIMIT_MB


def upload_trouble() -> str:
    """What was wrong with the last upload, as a sentence; empty if nothing."""
    state = st.session_state
    if _UPLOADED in state and _uploaded() is None:
        return "To make room for other visitors, your digits were removed. Upload them again."
    trouble: str = state.get(_TROUBLE, "")
    return trouble


def _mnist() -> DataSet:
    digits, trouble = cache_digits.mnist_test()
    note = "" if digits is not None else f"{trouble} {evaluate.HOW_TO_GET}".strip()
    mark = "pictures" if digits is not None else "none"
    name = "MNIST’s 10,000 test digits"
    return DataSet("mnist", name, mark, digits, stored=evaluate.MNIST_TEST, note=note)


def _handwriting() -> DataSet:
    return DataSet(
        "handwriting",
        "5,000 synthetic handwritten digits",
        "",
        cache_digits.own_handwriting(),
        stored=evaluate.HANDWRITING,
        note="Made by this program, in writing styles that MNIST lacks.",
    )


def _published() -> list[Offer]:
    """The data sets that are on this machine."""
    home = settings().home
    return [
        Offer(source.name, source.name, lambda: True, partial(_named, source))
        for source in DATASETS.values()
        if source.name not in ("mnist", "handwriting")
        and not (settings().public and source.n_test > PUBLIC_DIGITS)
        and _is_here(source.name, home)
    ]


def _is_here(name: str, home: Path) -> bool:
    try:
        return datasets.is_here(name, home)
    except DigitcnnError:  # DIGITCNN_MNIST names a file that is not there.
        return False


def _named(source: Source) -> DataSet:
    return DataSet(
        source.name,
        f"the {source.n_test:,} test digits of {source.name}",
        "",
        cache_digits.published_test(source.name, str(settings().home)),
        stored=source.name,
        note=f"{source.title}.",
    )


def _of_runs() -> list[Offer]:
    """What runs were evaluated on that no other offer has: files, and data sets joined."""
    offers = {}
    for listing in list_runs(settings().home):
        run = listing.run
        asked = run.recipe.get("dataset", "mnist") if run is not None else "mnist"
        if run is None or asked in DATASETS:
            continue
        key = f"of-{run.card.dataset.fingerprint[:12]}"
        offers[key] = Offer(key, run.card.dataset.name, lambda: True, partial(_of_run, run, key))
    return list(offers.values())


def _of_run(run: Run, key: str) -> DataSet:
    name, digits = run.card.dataset.name, cache_digits.test_digits(run)
    return DataSet(
        key,
        f"the test digits of {name}",
        "pictures" if digits is not None else "none",
        digits,
        stored=name,
        note="" if digits is not None else f"The pictures of {name} are not on this computer.",
    )


def _training() -> list[Offer]:
    """Training digits: of the data sets that are on this machine, and of files runs learned from.

    Not where strangers use the app: reading 60,000 digits takes half a minute of a core.
    """
    now = settings()
    if now.public:
        return []
    named = [
        source.name
        for source in DATASETS.values()
        if source.name != "handwriting"
        and source.n_training <= LIMIT_DIGITS
        and _is_here(source.name, now.home)
    ]
    runs = [listing.run for listing in list_runs(now.home) if listing.run is not None]
    files = [
        part
        for run in runs
        for part in recipes.dataset_parts(str(run.recipe.get("dataset", "")))
        if recipes.is_file(part) and Path(part).exists()
    ]
    return [
        Offer(
            joined.training_key(name),
            f"{_title(name)}: training digits",
            lambda: True,
            partial(_learned, name),
        )
        for name in dict.fromkeys((*named, *files))
    ]


def _learned(name: str) -> DataSet:
    found = cache_digits.training_half(name, str(settings().home), LIMIT_DIGITS)
    return DataSet(
        joined.training_key(name),
        f"the {len(found.digits):,} training digits of {_title(name)}",
        found.fingerprint,
        found.digits,
        fingerprint=found.fingerprint,
        is_learned=True,
        note="The network learned from most of these digits: where it reads another one all the "
        "same, look at the label. What you settle here, a training can learn from.",
    )


def _validation(run: Run) -> list[Offer]:
    """The digits that a run held back from what it learned of, where they are on this machine."""
    now, card = settings(), run.card
    names = recipes.dataset_parts(str(run.recipe.get("dataset", "mnist")))
    counts = [part.n_validation for part in card.datasets] or [card.dataset.n_validation]
    if now.public or card.foreign is not None or len(names) != len(counts):
        return []
    return [
        Offer(
            f"{joined.training_key(name)}-held-back",
            f"{_title(name)}: validation digits",
            lambda: True,
            partial(_held_back, name, n, card.dataset.split_seed),
        )
        for name, n in zip(names, counts, strict=True)
        if n and name != "handwriting" and _is_there(name, now.home)
    ]


def _is_there(name: str, home: Path) -> bool:
    if recipes.is_file(name):
        return Path(name).exists()
    return DATASETS[name].n_training <= LIMIT_DIGITS and _is_here(name, home)


def _held_back(name: str, n: int, seed: int) -> DataSet:
    found = cache_digits.training_half(name, str(settings().home), LIMIT_DIGITS)
    inside = mnist.held_out(len(found.digits), n, seed)
    return DataSet(
        f"{joined.training_key(name)}-held-back",
        f"the {n:,} validation digits of {_title(name)}",
        f"{found.fingerprint} {n} {seed}",
        found.digits[inside],
        is_part=True,
        note="The network did not learn from these digits, but was chosen and calibrated by them. "
        "They are settled among the training digits.",
    )


def _title(name: str) -> str:
    return "MNIST" if name == "mnist" else recipes.dataset_title(name)


_OFFERS = (
    Offer("mnist", "MNIST test digits", lambda: True, _mnist),
    Offer("handwriting", "Synthetic handwriting", lambda: True, _handwriting),
    Offer(
        "uploaded",
        "Your file",
        lambda: _uploaded() is not None,
        lambda: cast(DataSet, _uploaded()),
    ),
    Offer("drawings", "Your drawings", personal_model.has_drawings, personal_model.data_set),
)
