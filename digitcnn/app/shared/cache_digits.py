"""Shared caches of pages that show digits; with ``cache.py``, the only place that caches."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic, Literal, ParamSpec, TypeVar

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from digitcnn.app.shared import cache, messages
from digitcnn.data import datasets, handwriting, mnist
from digitcnn.data import mapped as mapped_digits
from digitcnn.data.corrections import CorrectionSet
from digitcnn.data.digits import Digits, fingerprint
from digitcnn.data.mapped import Mapped
from digitcnn.errors import DigitcnnError
from digitcnn.evaluation import embedding_map, slices
from digitcnn.evaluation.evaluation import Evaluation
from digitcnn.evaluation.label_quality import Doubts, doubts
from digitcnn.explain.feature_maps import FeatureMaps
from digitcnn.explain.similar import PackedDigits, TrainingDigits
from digitcnn.explain.strongest import Strongest
from digitcnn.figures.image_url import picture_url, strips_png
from digitcnn.figures.network import map_picture_url
from digitcnn.inference import evaluate, evaluate_process
from digitcnn.inference.evaluate import DataSet
from digitcnn.inference.recognizer import Recognizer
from digitcnn.models.networks import N_CLASSES
from digitcnn.runs import with_corrections
from digitcnn.runs.moments import Moments
from digitcnn.runs.moments import of_run as moments_of_run
from digitcnn.runs.run import Run, open_run
from digitcnn.runs.store import find_run
from digitcnn.settings import settings
from digitcnn.system import logs
from digitcnn.text import certainty

log = logging.getLogger("digitcnn.app")

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
Made = TypeVar("Made")

THUMBNAILS_ACROSS = 100
_N_SHOWN = 12  # digits that two runs read differently
_N_OWN = 3_000  # training digits of our own hand, where MNIST's are not available


class NoPictures(DigitcnnError):
    """A run has to be evaluated, and there is nothing to evaluate it on."""


@dataclass(frozen=True, eq=False)
class DigitMap:
    """A run's map of its test digits.

    Attributes:
        labels: uint8 (n,), the digits'.
        embeddings: float16 (n, d), what the map was drawn from.
        positions: float32 (n, 2), their places.
    """

    labels: NDArray[np.uint8]
    embeddings: NDArray[np.float16]
    positions: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Prepared(Generic[Made]):
    """Something that takes seconds to make.

    Attributes:
        value: it, once it is ready.
        trouble: why it is not available, as a sentence; empty while it is made.
    """

    value: Made | None = None
    trouble: str = ""

    @property
    def is_made(self) -> bool:
        """Whether it is still being made."""
        return self.value is None and not self.trouble


Tell = Callable[[int], None]


def _nothing(n_read: int) -> None:
    """Stands for telling where nobody waits."""


def recognizer(run: Run) -> Recognizer:
    """A run's network, ready to read.

    Raises:
        DamagedRun, UnreadableModel: see :class:`digitcnn.inference.recognizer.Recognizer`.
    """
    reader = cache.reader()
    if reader.run.folder == run.folder and reader.run.card.checksum == run.card.checksum:
        return reader.recognizer
    return _recognizer(str(run.folder), run.card.checksum, settings().backend)


def evaluation(run: Run, data: DataSet, tell: Tell = _nothing) -> Evaluation:
    """What a run says to a data set: what it has kept of that, or found out now.

    Args:
        run: the run.
        data: the data set.
        tell: called with how many of many digits have been read, in a thread that is no session's.

    Raises:
        NoPictures: it kept nothing, and the pictures are not available.
        DamagedRun, UnreadableModel, DamagedEvaluation: the run can't be read.
    """
    return _evaluation.of(data)(*_key(run, data), run, data, tell)


def fingerprint_of(run: Run, data: DataSet, said: Evaluation) -> str:
    """The fingerprint of a data set's digits; empty where it can't be known.

    Args:
        run: one that was evaluated on it.
        data: the data set.
        said: what the run says to it.
    """
    if data.fingerprint or data.is_part:
        return data.fingerprint
    if data.digits is not None:
        return _fingerprint.of(data)(data.key, data.mark, data)
    return run.card.dataset.fingerprint if said.dataset == data.stored else ""


def doubted(run: Run, data: DataSet) -> Doubts:
    """How much each label of a data set is in doubt; errors are those of :func:`evaluation`."""
    return _doubts.of(data)(*_key(run, data), run, data)


def mapped(run: Run, data: DataSet) -> Evaluation:
    """The evaluation with every digit's place on the run's map of test digits.

    Without places if the run has no map. Errors are those of :func:`evaluation`.
    """
    return _mapped.of(data)(*_key(run, data), run, data)


def thumbnails(data: DataSet) -> bytes:
    """All of a data set's digits on one sheet, ``THUMBNAILS_ACROSS`` in a row: a PNG file.

    Raises:
        NoPictures: they are not available.
    """
    return _sheets.of(data)(data.key, data.mark, data)


def mean_digits(data: DataSet) -> NDArray[np.float32]:
    """The mean picture of each label's digits: float32 (10, 28, 28), 0 to 255, NaN of no digit.

    Raises:
        NoPictures: they are not available.
    """
    return _means.of(data)(data.key, data.mark, data)


def map_of(run: Run) -> DigitMap | None:
    """The map that was drawn of the run's own evaluation; ``None`` if it has none."""
    kept = _kept(str(run.folder), run.card.checksum)
    if kept.positions is None or kept.embeddings is None:
        return None
    return DigitMap(kept.labels, kept.embeddings, kept.positions)


def map_picture(run: Run) -> tuple[DigitMap, str] | None:
    """The run's map of test digits and its picture's address; ``None`` if it has no map."""
    return _map_picture(str(run.folder), run.card.checksum, run)


def feature_maps(run: Run) -> FeatureMaps:
    """A run's network laid open.

    Raises:
        NoFeatureMaps, DamagedRun: see :class:`digitcnn.explain.feature_maps.FeatureMaps`.
    """
    return _feature_maps(str(run.folder), run.card.checksum)


def kept_evaluation(run: Run) -> Evaluation:
    """What a run read of its own test digits when it was trained.

    Raises:
        DamagedEvaluation: it can't be read.
    """
    return _kept(str(run.folder), run.card.checksum)


def moments(run: Run) -> Moments:
    """What a run kept of its training.

    Raises:
        NoMoments, DamagedRun: see :func:`digitcnn.runs.moments.of_run`.
    """
    return _moments(str(run.folder), run.card.checksum)


def moment_accuracies(run: Run) -> NDArray[np.float64]:
    """Share of the test digits read correctly at each moment of a run's training: float64 (m,).

    Empty if it did not keep what it read. Errors are those of :func:`moments`.
    """
    return _moment_accuracies(str(run.folder), run.card.checksum)


def own_moments(run: Run, data: DataSet) -> Moments | None:
    """The moments of a run if what they read are the digits of a data set; else ``None``."""
    try:
        kept = _kept(str(run.folder), run.card.checksum)
        if evaluation(run, data) is not kept:
            return None
        found = moments(run)
    except DigitcnnError:
        return None
    return found if found.n_digits == len(kept) else None


@dataclass(frozen=True)
class Differing:
    """A digit that two runs read differently.

    Attributes:
        url: its picture's address.
        label: what it is.
        read: what the first run reads.
        sure: with which probability, as text.
        read_before: what the second run reads.
    """

    url: str
    label: int
    read: int
    sure: str
    read_before: int


@dataclass(frozen=True)
class Disagreement:
    """Where two runs read the same test digits differently.

    Attributes:
        n, of: how many digits, of how many.
        n_new, n_other: how many of them only the first run reads correctly, and only the second.
        shown: some of them, where their pictures are available.
    """

    n: int
    of: int
    n_new: int
    n_other: int
    shown: tuple[Differing, ...]


def disagreement(run: Run, other_id: str) -> Disagreement | None:
    """Where a run and another read differently, from what both keep; ``None`` if that is unknown.

    Args:
        run: the run.
        other_id: the other one's id.
    """
    try:
        other = find_run(settings().home, other_id)
    except DigitcnnError:
        return None
    if other.card.dataset.fingerprint != run.card.dataset.fingerprint:
        return None
    return _disagreement(run.card.checksum, other.card.checksum, run, other)


def which_is_better(run: Run, other: Run, sets: Sequence[CorrectionSet]) -> list[str]:
    """Which of two runs makes fewer mistakes, as labels came and as corrected, in words.

    Args:
        run: one run.
        other: the one that it is compared with.
        sets: correction sets; those of the runs' test digits count.
    """
    marks = tuple(one.fingerprint for one in sets)
    return _better(run.card.checksum, other.card.checksum, marks, run, other, sets)


@st.cache_resource(show_spinner=False, max_entries=20)
def _better(
    checksum: str,
    other_checksum: str,
    marks: tuple[str, ...],
    _run: Run,
    _other: Run,
    _sets: Sequence[CorrectionSet],
) -> list[str]:
    try:
        by = with_corrections.of_test_digits(_run, _sets)
        return with_corrections.compare(_run, _other, by).in_words()
    except DigitcnnError:
        return []


def mnist_test() -> tuple[Digits | None, str]:
    """MNIST's test digits, and a sentence on what is wrong with the file, if one is there."""
    try:
        path = mnist.find(home=settings().home)
        if path is None:
            return None, ""
        status = path.stat()
        return _mnist_test(str(path), status.st_mtime_ns, status.st_size), ""
    except (DigitcnnError, OSError) as error:
        return None, messages.without_paths(str(error))


def fetch_mnist() -> None:
    """Gets MNIST's pictures in the background, once in this process, where the network allows."""
    _fetching(str(settings().home))


@st.cache_resource(show_spinner=False)
def _fetching(home: str) -> threading.Thread:
    def fetch() -> None:
        try:
            mnist.download(Path(home))
        except DigitcnnError as error:
            logs.event(log, "no pictures of MNIST", logging.WARNING, reason=str(error))

    thread = threading.Thread(target=fetch, name="fetching MNIST", daemon=True)
    thread.start()
    return thread


@st.cache_resource(show_spinner="Making 5,000 handwritten digits …")
def own_written() -> handwriting.Written:
    """The digits of our own that runs are evaluated on, and how each was written."""
    return handwriting.written(handwriting.N_TEST, handwriting.TEST_SEED)


def own_handwriting() -> Digits:
    """The same digits alone."""
    return own_written().digits


def agreement(run: Run, data: DataSet) -> NDArray[np.float32] | None:
    """How far each digit's neighbours have its label, see evaluation.slices.agreement.

    Errors are those of :func:`evaluation`.
    """
    return _agreement.of(data)(*_key(run, data), run, data)


def test_digits(run: Run) -> Digits | None:
    """What a run was evaluated on; ``None`` if the pictures are not available."""
    return _test_digits(str(run.folder), run.card.checksum, str(settings().home), run)


@st.cache_resource(show_spinner="Reading the data set …", max_entries=2)
def published_test(name: str, home: str) -> Digits:
    """The test digits of a data set that is on this machine.

    Raises:
        DataSetUnavailable, WrongDigits: its files are others.
    """
    return datasets.load(name, Path(home))


@st.cache_resource(show_spinner="Reading the training digits …", max_entries=1)
def training_half(name: str, home: str, limit: int) -> Mapped:
    """What a training learns and chooses by, of a data set or a file: all but its test digits.

    Raises:
        DataSetUnavailable: see :func:`digitcnn.data.mapped.training_digits`.
    """
    return mapped_digits.training_digits(name, Path(home), limit)


@st.cache_resource(show_spinner="Reading the data set …", max_entries=2)
def _test_digits(folder: str, checksum: str, home: str, _run: Run) -> Digits | None:
    return evaluate.digits(_run, Path(home))


def strongest(run: Run) -> Prepared[Strongest]:
    """The test digits at which each feature map is strongest; made in the background likewise.

    Raises:
        NoFeatureMaps, DamagedRun: see :func:`feature_maps`.
    """
    digits = test_digits(run)
    if digits is None:
        return Prepared(trouble=f"The test digits are not on this computer. {evaluate.HOW_TO_GET}")
    return _strongest(str(run.folder), run.card.checksum, feature_maps(run), digits).result


def training_digits(run: Run) -> Prepared[TrainingDigits]:
    """Training digits as a run's network sees them; made in the background when first asked for.

    MNIST's where this machine has them, else some of our own hand, if the run learned from such.
    """
    try:
        path = mnist.find(home=settings().home)
    except DigitcnnError:
        path = None
    if path is None and not run.recipe.get("handwriting"):
        return Prepared(
            trouble=f"The training digits are not on this computer. {evaluate.HOW_TO_GET}"
        )
    making = _training_digits(
        str(run.folder), run.card.checksum, str(path or ""), run, recognizer(run)
    )
    return making.result


class _Making(Generic[Made]):
    """Work that goes on in a thread of its own, at most once."""

    def __init__(self, make: Callable[[], Made], name: str):
        self.result: Prepared[Made] = Prepared()
        self._name = name
        thread = threading.Thread(target=self._work, args=(make,), name=name)
        thread.daemon = True  # the server's end does not wait for it
        thread.start()

    def _work(self, make: Callable[[], Made]) -> None:
        try:
            self.result = Prepared(make())
        except DigitcnnError as error:
            self.result = Prepared(trouble=messages.without_paths(str(error)))
        except Exception:
            log.exception("preparing the %s failed", self._name)
            self.result = Prepared(trouble=f"The {self._name} can't be read; see the log.")


@st.cache_resource(show_spinner=False, max_entries=2)
def _training_digits(
    folder: str, checksum: str, path: str, _run: Run, _recognizer: Recognizer
) -> _Making[TrainingDigits]:
    return _Making(
        lambda: TrainingDigits(_packed(path, _run.recipe.get("seed", 0)), _recognizer),
        "training digits",
    )


@st.cache_resource(show_spinner=False, max_entries=2)
def _strongest(
    folder: str, checksum: str, _maps: FeatureMaps, _digits: Digits
) -> _Making[Strongest]:
    return _Making(lambda: Strongest(_maps, _digits), "test digits")


_packing = threading.Lock()
_packs: dict[str, PackedDigits] = {}


def _packed(path: str, seed: int) -> PackedDigits:
    """Training digits in small; one set is kept, as all runs share it."""
    # Not by st.cache_resource: this is called from a thread that belongs to no session.
    with _packing:
        key = path or f"own {seed}"
        if key not in _packs:
            if path:
                packed = PackedDigits(
                    mnist.load_part(Path(path), "train"), "MNIST’s 60,000 training digits"
                )
            else:
                packed = PackedDigits(
                    handwriting.digits(_N_OWN, seed),
                    f"{_N_OWN:,} synthetic digits of the kind the network was trained on",
                )
            _packs.clear()
            _packs[key] = packed
        return _packs[key]


@st.cache_resource(show_spinner=False, max_entries=6)
def _recognizer(folder: str, checksum: str, backend: str) -> Recognizer:
    return Recognizer(open_run(Path(folder)), backend=backend)


@st.cache_resource(show_spinner=False, max_entries=6)
def _kept(folder: str, checksum: str) -> Evaluation:
    return open_run(Path(folder)).evaluation()


@st.cache_resource(show_spinner=False, max_entries=2)
def _moments(folder: str, checksum: str) -> Moments:
    return moments_of_run(open_run(Path(folder)))


@st.cache_resource(show_spinner=False, max_entries=20)
def _moment_accuracies(folder: str, checksum: str) -> NDArray[np.float64]:
    found, kept = _moments(folder, checksum), _kept(folder, checksum)
    if found.n_digits != len(kept):
        return np.zeros(0)
    return found.accuracies(kept.labels)


@st.cache_resource(show_spinner=False, max_entries=3)
def _feature_maps(folder: str, checksum: str) -> FeatureMaps:
    return FeatureMaps(open_run(Path(folder)))


@st.cache_resource(show_spinner=False, max_entries=3)
def _map_picture(folder: str, checksum: str, _run: Run) -> tuple[DigitMap, str] | None:
    drawn_on = map_of(_run)
    if drawn_on is None:
        return None
    return drawn_on, map_picture_url(drawn_on.positions, drawn_on.labels)


@st.cache_resource(show_spinner=False, max_entries=4)
def _disagreement(
    checksum: str, other_checksum: str, _run: Run, _other: Run
) -> Disagreement | None:
    try:
        one, two = _run.evaluation(), _other.evaluation()
        if not np.array_equal(one.labels, two.labels):
            return None
        # Of our own handwriting the pictures would have to be made first, for seconds.
        of_mnist = _run.recipe.get("dataset") != "handwriting"
        pictures = evaluate.digits(_run, settings().home) if of_mnist else None
    except DigitcnnError:
        return None
    differ = np.flatnonzero(one.predicted != two.predicted)
    surest = differ[np.argsort(-np.maximum(one.confidences, two.confidences)[differ])]

    return Disagreement(
        n=len(differ),
        of=len(one),
        n_new=int(np.sum(one.predicted[differ] == one.labels[differ])),
        n_other=int(np.sum(two.predicted[differ] == two.labels[differ])),
        shown=()
        if pictures is None
        else tuple(
            Differing(
                picture_url(pictures.images[i]),
                int(one.labels[i]),
                int(one.predicted[i]),
                certainty(float(one.confidences[i])),
                int(two.predicted[i]),
            )
            for i in surest[:_N_SHOWN]
        ),
    )


@st.cache_resource(show_spinner=False, max_entries=1)
def _mnist_test(path: str, mtime_ns: int, size: int) -> Digits:
    return mnist.load_part(Path(path), "test")


def _key(run: Run, data: DataSet) -> tuple[str, str, str, str]:
    return str(run.folder), run.card.checksum, data.key, data.mark


def _examine(
    folder: str, checksum: str, key: str, mark: str, _run: Run, _data: DataSet, _tell: Tell
) -> Evaluation:
    kept = _kept(folder, checksum)
    if kept.dataset == _data.stored and (
        _data.digits is None or np.array_equal(kept.labels, _data.digits.labels)
    ):
        return kept
    if _data.digits is None:
        raise NoPictures(
            f"This run was not evaluated on {_data.name} when it was trained, and the pictures "
            f"are not on this computer. {evaluate.HOW_TO_GET}"
        )
    if len(_data.digits) >= evaluate_process.MANY:
        return evaluate_process.evaluate_apart(
            _run, _data.digits, _data.name, settings().backend, _tell
        )
    return evaluate.evaluate(recognizer(_run), _data.digits, _data.name)


def _fingerprint_of(key: str, mark: str, _data: DataSet) -> str:
    return "" if _data.digits is None else fingerprint(_data.digits)


def _doubt(folder: str, checksum: str, key: str, mark: str, _run: Run, _data: DataSet) -> Doubts:
    return doubts(evaluation(_run, _data))


def _place(
    folder: str, checksum: str, key: str, mark: str, _run: Run, _data: DataSet
) -> Evaluation:
    found, drawn_on = evaluation(_run, _data), map_of(_run)
    if found.positions is not None or drawn_on is None or found.embeddings is None:
        return found
    places = embedding_map.place(found.embeddings, drawn_on.embeddings, drawn_on.positions)
    return replace(found, positions=places)


def _sheet(key: str, mark: str, _data: DataSet) -> bytes:
    if _data.digits is None:
        raise NoPictures(f"The pictures are not on this computer. {evaluate.HOW_TO_GET}")
    return sheet(_data.digits.images)


def _mean_digits(key: str, mark: str, _data: DataSet) -> NDArray[np.float32]:
    if _data.digits is None:
        raise NoPictures(f"The pictures are not on this computer. {evaluate.HOW_TO_GET}")
    images, labels = _data.digits.images, _data.digits.labels
    means = np.full((N_CLASSES, 28, 28), np.nan, np.float32)
    for label in np.unique(labels):
        means[label] = images[labels == label].mean(axis=0, dtype=np.float32)
    return means


def sheet(images: NDArray[np.uint8]) -> bytes:
    """Digit images, ``THUMBNAILS_ACROSS`` in a row, the last one filled up with paper: a PNG file.

    Args:
        images: uint8 (n, 28, 28), n ≥ 1.
    """
    rows = range(0, len(images), THUMBNAILS_ACROSS)
    width = THUMBNAILS_ACROSS * 28

    def strip(start: int) -> NDArray[np.uint8]:
        digits = np.zeros((THUMBNAILS_ACROSS, 28, 28), np.uint8)
        some = images[start : start + THUMBNAILS_ACROSS]
        digits[: len(some)] = some
        return digits.swapaxes(0, 1).reshape(28, width)

    return strips_png(map(strip, rows), width, len(rows) * 28)


@dataclass(frozen=True)
class _CachedTwice(Generic[Arguments, Result]):
    """A function cached for all, and for one session, whose visitor's digits it knows."""

    for_all: Callable[Arguments, Result]
    for_session: Callable[Arguments, Result]

    def of(self, data: DataSet) -> Callable[Arguments, Result]:
        return self.for_session if data.private else self.for_all


def _cached(
    function: Callable[Arguments, Result], max_entries: int
) -> _CachedTwice[Arguments, Result]:
    def cached(scope: Literal["global", "session"]) -> Callable[Arguments, Result]:
        # There are many sessions: each keeps what is looked at, and what that is compared with.
        kept = max_entries if scope == "global" else max(1, max_entries // 2)
        keep = st.cache_resource(show_spinner=False, scope=scope, max_entries=kept)
        return keep(function)

    return _CachedTwice(cached("global"), cached("session"))


def _agree(
    folder: str, checksum: str, key: str, mark: str, _run: Run, _data: DataSet
) -> NDArray[np.float32] | None:
    return slices.agreement(evaluation(_run, _data))


_agreement = _cached(_agree, max_entries=4)
_evaluation = _cached(_examine, max_entries=4)
_doubts = _cached(_doubt, max_entries=4)
_fingerprint = _cached(_fingerprint_of, max_entries=8)
_mapped = _cached(_place, max_entries=4)
_sheets = _cached(_sheet, max_entries=2)
_means = _cached(_mean_digits, max_entries=4)
