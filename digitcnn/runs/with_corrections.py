"""Whether corrections helped: two runs on the original and on the corrected test labels.

Both comparisons are of the same digits, so the paired test of
:mod:`digitcnn.evaluation.significance` says what of the difference could be chance.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from digitcnn.data import correction_folder
from digitcnn.data.corrections import CorrectionSet
from digitcnn.errors import DigitcnnError
from digitcnn.evaluation.evaluation import Evaluation
from digitcnn.evaluation.significance import NotComparable, TwoRuns
from digitcnn.runs import comparison, kept_corrections
from digitcnn.runs.run import Run
from digitcnn.runs.store import list_runs
from digitcnn.text import percent


@dataclass(frozen=True, eq=False)
class Outcome:
    """A run and the one before, on the same test digits.

    Attributes:
        name, before_name: what the two are called.
        untouched: both on the labels as they came.
        corrected: both on the labels as corrected; ``None`` if no test digit was.
        by: the corrections of test digits.
    """

    name: str
    before_name: str
    untouched: TwoRuns
    corrected: TwoRuns | None = None
    by: CorrectionSet | None = None

    def in_words(self) -> list[str]:
        """What came of it, a sentence or two for each comparison."""
        told = [
            f"On the original labels, {self.name} makes "
            f"{self.untouched.fewer_in_words(self.before_name)}"
        ]
        if self.corrected is not None and self.by is not None:
            on = f"On the labels corrected by “{self.by.name}” ({self.by.in_words()})"
            told.append(f"{on}: {self.corrected.fewer_in_words(self.before_name)}")
        return told

    def figures(self) -> dict[str, object]:
        """The same as numbers, for ``--json``."""
        told: dict[str, object] = {"untouched": _figures(self.untouched), "corrected": None}
        if self.corrected is not None and self.by is not None:
            told["corrected"] = {
                "by": self.by.name,
                "relabelled": self.by.n_relabelled,
                "left_out": self.by.n_left_out,
                **_figures(self.corrected),
            }
        return told


def corrected(evaluation: Evaluation, by: CorrectionSet) -> Evaluation:
    """An evaluation with corrected labels, without the digits that are left out.

    Args:
        evaluation: of the digits that the set is of.
        by: the corrections.

    Raises:
        WrongCorrections: see :meth:`digitcnn.data.corrections.CorrectionSet.applied`.
    """
    labels, kept = by.applied(evaluation.labels)
    return replace(evaluation, labels=labels)[kept]


def compare(run: Run, before: Run, by: CorrectionSet | None = None) -> Outcome:
    """What two runs say to the test digits that both were evaluated on.

    Args:
        run: one run.
        before: the other, that is compared with.
        by: corrections of these test digits, if there are any.

    Raises:
        NotComparable: they were evaluated on different digits.
        DamagedEvaluation: one can't be read.
        OtherDataSet, WrongCorrections: the corrections are of other digits.
    """
    if run.card.dataset.fingerprint != before.card.dataset.fingerprint:
        raise NotComparable(
            f"{run.name} and {before.name} were evaluated on different digits, so they can't be "
            "compared."
        )
    two = TwoRuns(run.evaluation(), before.evaluation())
    return of_two(two, run.name, before.name, by)


def of_two(two: TwoRuns, name: str, before_name: str, by: CorrectionSet | None) -> Outcome:
    """The same of what two runs say to the digits of any data set; errors are those of compare."""
    outcome = Outcome(name, before_name, two)
    if by is None or not by.n_changes:
        return outcome
    both = TwoRuns(corrected(two.first, by), corrected(two.second, by), two.threshold)
    return replace(outcome, corrected=both, by=by)


def of_test_digits(run: Run, sets: Sequence[CorrectionSet]) -> CorrectionSet | None:
    """What is known of the labels of a run's test digits: what it kept, and what ``sets`` say.

    Of what contradicts itself the newest counts.

    Raises:
        DamagedRun: see :func:`digitcnn.runs.kept_corrections.of_run`.
    """
    _, kept = kept_corrections.of_run(run)
    mark = run.card.dataset.fingerprint
    found = [] if kept is None else [kept]
    found += [one for one in sets if one.of.fingerprint == mark]
    if not found:
        return None
    together = functools.reduce(lambda one, other: one.merged(other, "newest"), found)
    return replace(together, name=" and ".join(dict.fromkeys(one.name for one in found)))


def before(run: Run, home: Path) -> Run | None:
    """The run to compare one with that was trained with corrections; ``None`` if there is none.

    It is the newest one by the same recipe without them; else the one that was in use when the
    training ended.
    """
    runs = [listing.run for listing in list_runs(home) if listing.run is not None]
    others = [
        other
        for other in runs
        if other.id != run.id and other.card.dataset.fingerprint == run.card.dataset.fingerprint
    ]
    for other in others:
        if not other.card.corrections and is_alike(other, run):
            return other
    try:
        found = comparison.of_run(run)
    except DigitcnnError:
        return None
    return next((other for other in others if found and other.id == found.other), None)


def outcome(run: Run, home: Path) -> Outcome | None:
    """What came of training with corrections; ``None`` if nobody can tell.

    Counts what the run kept of its test digits' corrections, and the sets of the home folder.
    """
    other = before(run, home) if run.card.corrections else None
    if other is None:
        return None
    try:
        return compare(run, other, of_test_digits(run, correction_folder.sets(home)))
    except DigitcnnError:
        return None


def is_alike(run: Run, other: Run) -> bool:
    """Whether two runs were trained by the same recipe, apart from corrections."""
    return _without(run) == _without(other)


def _without(run: Run) -> dict[str, object]:
    return {key: value for key, value in run.recipe.items() if key not in ("corrections", "name")}


def _figures(two: TwoRuns) -> dict[str, object]:
    return {
        "n": len(two.first),
        "mistakes": int((~two.first_right).sum()),
        "mistakes_before": int((~two.second_right).sum()),
        "only_this": len(two.only_first()),
        "only_before": len(two.only_second()),
        "p": two.chance,
        "in_words": two.fewer_in_words("the other"),
    }


def accuracy_in_words(evaluation: Evaluation, by: CorrectionSet) -> str:
    """How the accuracy changes when labels are corrected: a sentence."""
    after = corrected(evaluation, by)
    return (
        f"On the labels as corrected by “{by.name}”: {percent(after.accuracy)} of {len(after):,} "
        f"digits correct, {len(after.mistakes()):,} mistakes (originally: "
        f"{percent(evaluation.accuracy)}, {len(evaluation.mistakes()):,})."
    )
