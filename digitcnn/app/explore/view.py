"""What Explore shows now: runs, data set and selection, brought together."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitcnn.app.explore import correction_sets, finding, slices, state, waiting
from digitcnn.app.explore.data import Offer, other_half
from digitcnn.app.explore.data import offers as offered
from digitcnn.app.explore.finding import Work
from digitcnn.app.explore.selection import (
    OF_THE_WAY,
    OF_TWO_RUNS,
    PAGE,
    Selection,
    Way,
    indices,
    within,
)
from digitcnn.app.shared import cache, cache_digits, messages, moment_slider
from digitcnn.app.shared.moment_slider import Moment
from digitcnn.array_types import Bools, Floats
from digitcnn.data.corrections import CorrectionSet, Of
from digitcnn.data.digits import fingerprint
from digitcnn.errors import DigitcnnError
from digitcnn.evaluation.duplicates import Nearest
from digitcnn.evaluation.evaluation import Evaluation
from digitcnn.evaluation.label_quality import Doubts
from digitcnn.evaluation.significance import TwoRuns
from digitcnn.inference.evaluate import DataSet
from digitcnn.runs.run import Run
from digitcnn.runs.store import list_runs
from digitcnn.settings import settings


@dataclass(frozen=True, eq=False)
class View:
    """All that the page's parts need to know.

    Attributes:
        selection: what is looked at.
        runs: the runs that can be chosen, by id.
        run: the one that is.
        other: the one that it is compared with, if any.
        data: the data set.
        evaluation: what the run says to it, all of it.
        two: both runs, where two are compared.
        half: the other half of the data set, test or training digits, if it is offered.
        moment: of the training, if not the finished network is looked at; then ``evaluation`` is
            what that read, of whose probabilities only the highest is known.
    """

    selection: Selection
    runs: dict[str, Run]
    run: Run
    data: DataSet
    evaluation: Evaluation
    other: Run | None = None
    two: TwoRuns | None = None
    half: Offer | None = None
    moment: Moment | None = None
    notes: list[str] = field(default_factory=list)

    @cached_property
    def answered(self) -> Bools:
        """Which digits are answered at the threshold: bool (n,)."""
        return self.evaluation.confidences >= self.selection.threshold

    @cached_property
    def answers(self) -> Evaluation:
        """The evaluation of the digits that are answered."""
        return self.evaluation if self.answered.all() else self.evaluation[self.answered]

    @cached_property
    def other_answers(self) -> Evaluation | None:
        """The same for the other run."""
        if self.two is None:
            return None
        other = self.two.second
        return other[other.confidences >= self.selection.threshold]

    @property
    def other_name(self) -> str:
        """What the other run is called; empty if there is none."""
        return "" if self.other is None else self.other.name

    @property
    def images(self) -> NDArray[np.uint8] | None:
        """The digit images, uint8 (n, 28, 28); ``None`` if they can't be had."""
        return None if self.data.digits is None else self.data.digits.images

    @cached_property
    def of(self) -> Of | None:
        """The data set as correction sets name it; ``None`` if nobody can tell which it is."""
        mark = cache_digits.fingerprint_of(self.run, self.data, self.evaluation)
        if not mark:
            return None
        return Of(self.data.key, self.data.name, mark, len(self.evaluation))

    @cached_property
    def corrections(self) -> CorrectionSet | None:
        """The set into which these digits are settled; ``None`` if there is none yet."""
        return None if self.of is None else correction_sets.current(self.of.fingerprint)

    @cached_property
    def doubts(self) -> Doubts | None:
        """How much each label is in doubt; ``None`` while that is found out.

        Of training digits, which the run has learned, other networks judge the labels.
        """
        return self._judged if isinstance(self._judged, Doubts) else None

    @cached_property
    def _judged(self) -> Doubts | Work:
        if self.data.is_learned and self.data.digits is not None:
            return finding.labels(self.data.digits, self.data.fingerprint)
        return cache_digits.doubted(self.run, self.data)

    @cached_property
    def others(self) -> DataSet | None:
        """The data set whose pictures these are compared with; ``None`` for these themselves."""
        return self.half.load() if self.half is not None and self.selection.against else None

    @cached_property
    def nearest(self) -> Nearest | None:
        """The most alike picture of each digit; ``None`` while that is found out, or can't be."""
        return self._compared if isinstance(self._compared, Nearest) else None

    @cached_property
    def _compared(self) -> Nearest | Work | None:
        digits = self.data.digits
        if digits is None:
            return None
        others, other_mark = None, ""
        if self.others is not None:
            others = self.others.digits
            if others is None:
                return None
            other_mark = cache_digits.fingerprint_of(self.run, self.others, self.evaluation)
        mark = self.data.fingerprint or (self.of.fingerprint if self.of else fingerprint(digits))
        return finding.nearest(digits, others, (mark, other_mark), self.data.private)

    @property
    def asks_for_doubts(self) -> bool:
        """Whether labels are doubted, to show or to order."""
        return self.selection.show == "labels" or self.selection.order == "label"

    @property
    def work(self) -> Work | None:
        """What must be found out before what is asked for can be shown, or could not be."""
        found: object = None
        if self.selection.is_of_pictures:
            found = self._compared
        elif self.asks_for_doubts:
            found = self._judged
        return found if isinstance(found, Work) else None

    @cached_property
    def mapped(self) -> Evaluation:
        """The evaluation with places on the map, if the run has one."""
        if self.moment is not None:  # The places are the finished network's.
            return self.evaluation
        return cache_digits.mapped(self.run, self.data)

    @cached_property
    def way(self) -> Way | None:
        """How the digits were learned, if the run kept that of this data set."""
        moments = cache_digits.own_moments(self.run, self.data)
        if moments is None:
            return None
        labels = self.evaluation.labels
        names = tuple(moments.name(index) for index in range(len(moments)))
        return Way(moments.learned(labels), moments.forgotten(labels), (*names, "never"))

    def probabilities(self, index: int) -> Floats:
        """What is said of one digit: (10,)."""
        kept: Floats = self.evaluation.probabilities[index]
        if self.moment is None or self.images is None:
            return kept
        try:
            rows = self.moment.probabilities(self.images[index])
        except DigitcnnError:
            return kept
        # Its kernels are rounded: what was read is what was kept.
        return rows if rows.argmax() == kept.argmax() else kept

    @cached_property
    def held(self) -> Bools | None:
        """Which digits are looked at at all, as settled or in a slice; ``None`` for all.

        A slice that can't be shown is said in the notes.
        """
        settled = within(self.selection, self.corrections, len(self.evaluation))
        name = self.selection.slice
        if not name:
            return settled
        try:
            wanted = None if self.data.private else slices.find(name, self.data.key)
            if wanted is None:
                self.notes.append(f"There is no slice “{_short(name)}” here; all digits are shown.")
                return settled
            inside = slices.held(wanted, self.run, self.data, self.evaluation)
        except DigitcnnError as error:
            self.notes.append(messages.without_paths(str(error)))
            return settled
        return inside if settled is None else inside & settled

    @cached_property
    def chosen(self) -> np.ndarray:
        """Positions of the digits that are selected, in their order."""
        selection = self.selection
        if selection.show == "labels" and self.doubts is None:
            return np.zeros(0, np.int64)
        return indices(
            selection,
            self.mapped if selection.region else self.evaluation,
            self.doubts if self.asks_for_doubts else None,
            self.two,
            self.held,
            self.way if selection.order in OF_THE_WAY else None,
            self.nearest if selection.is_of_pictures else None,
        )

    @property
    def n_pages(self) -> int:
        """Pages of the gallery, at least one."""
        return max(1, -(-len(self.chosen) // PAGE))

    @property
    def page(self) -> int:
        """The page that is shown, from 0: the one asked for, or the last there is."""
        opened = self.selection.digit
        if opened is not None and self.place is not None:
            return self.place // PAGE
        return min(self.selection.page, self.n_pages - 1)

    @cached_property
    def on_page(self) -> NDArray[np.int64]:
        """Positions of the digits on the page that is shown."""
        return self.chosen[self.page * PAGE : (self.page + 1) * PAGE]

    @cached_property
    def opened(self) -> int | None:
        """Position of the digit that is looked at; ``None`` if there is none at all."""
        if self.selection.digit is not None and self.selection.digit < len(self.evaluation):
            return self.selection.digit
        return int(self.on_page[0]) if len(self.on_page) else None

    @cached_property
    def place(self) -> int | None:
        """Where the digit that is looked at stands among the selected ones, from 0."""
        wanted = self.selection.digit
        if wanted is None:
            return self.page * PAGE if len(self.chosen) else None
        found = np.flatnonzero(self.chosen == wanted)
        return int(found[0]) if len(found) else None


def view() -> View:
    """The view that session and address ask for; what they ask in vain is said in its notes.

    Raises:
        DigitcnnError: there is no run, or nothing is known of this run on this data set.
    """
    selection, notes = state.selection(), state.hints()
    runs = {
        listing.id: listing.run for listing in list_runs(settings().home) if listing.run is not None
    }
    run = runs.get(selection.run)
    if run is None:
        if selection.run:
            notes.append(f"There is no run {_short(selection.run)}; showing the one in use.")
        run = cache.reader().run
    offers = offered(run)
    offer = offers.get(selection.data or _usual_data())
    if offer is None:
        notes.append(
            f"The data set {_short(selection.data)} is not available (an uploaded file is kept "
            "only while its page is open); showing MNIST’s test digits."
        )
        offer = offers["mnist"]
    data = offer.load()
    try:
        with waiting.progress(data) as tell:
            evaluation = cache_digits.evaluation(run, data, tell)
    except cache_digits.NoPictures as error:
        notes.append(f"{error} Showing synthetic handwriting instead.")
        data = offers["handwriting"].load()
        evaluation = cache_digits.evaluation(run, data)
    state.shows(run.id, data.key)
    moment = None
    if not selection.compare:
        moment = moment_slider.chosen(run, "explore")
        if moment is not None and cache_digits.own_moments(run, data) is not None:
            evaluation = _at(moment, evaluation)
        else:
            moment = None
    both = _compared(selection, runs, run, data, evaluation, notes)
    if selection.show in OF_TWO_RUNS and "two" not in both:
        notes.append("To see what only one run reads correctly, choose a second run.")
    if selection.digit is not None and selection.digit >= len(evaluation):
        notes.append(
            f"There is no digit {selection.digit:,} in this data set; it has {len(evaluation):,}."
        )
    half = offers.get(other_half(data.key, offers))
    found = View(
        selection, runs, run, data, evaluation, half=half, moment=moment, notes=notes, **both
    )
    if selection.order in OF_THE_WAY and found.way is None:
        notes.append(
            "This run did not keep how these digits were learned, so they can't be ordered by it."
        )
    return found


def at_moment(shown: View) -> View:
    """The same view at the moment of the training that is looked at by now.

    Args:
        shown: one of a run's own test digits, of whose training it kept moments.

    Raises:
        DigitcnnError: the run can't be read any more.
    """
    finished = cache_digits.evaluation(shown.run, shown.data)
    moment = moment_slider.chosen(shown.run, "explore")
    evaluation = finished if moment is None else _at(moment, finished)
    return replace(shown, evaluation=evaluation, moment=moment, notes=[])


def _at(moment: Moment, evaluation: Evaluation) -> Evaluation:
    """What the network of a moment read of the run's test digits."""
    return Evaluation(
        evaluation.dataset,
        evaluation.labels,
        moment.moments.probabilities(moment.index),
        positions=evaluation.positions,
    )


def _usual_data() -> str:
    """What is shown first: on a public site, where nobody can get MNIST's pictures, ours."""
    if settings().public and cache_digits.mnist_test()[0] is None:
        cache_digits.fetch_mnist()
        return "handwriting"
    return state.USUAL_DATA


def _compared(
    selection: Selection,
    runs: dict[str, Run],
    run: Run,
    data: DataSet,
    evaluation: Evaluation,
    notes: list[str],
) -> dict[str, Any]:
    """The view's ``other`` and ``two``, if two runs are compared."""
    if not selection.compare:
        return {}
    other = runs.get(selection.compare)
    if other is None or other.folder == run.folder:
        why = "is this run itself" if other else "does not exist"
        notes.append(f"The run to compare with, {_short(selection.compare)}, {why}.")
        return {}
    try:
        with waiting.progress(data) as tell:
            theirs = cache_digits.evaluation(other, data, tell)
        two = TwoRuns(evaluation, theirs, selection.threshold)
    except DigitcnnError as error:
        notes.append(messages.without_paths(str(error)))
        return {}
    return {"other": other, "two": two}


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}…"
