"""Whether corrections helped a run that was trained with them, in words."""

from collections.abc import Sequence

from digitcnn.app.shared import cache_digits, notes
from digitcnn.data import correction_folder
from digitcnn.data.corrections import CorrectionSet
from digitcnn.runs import with_corrections
from digitcnn.runs.run import Run
from digitcnn.settings import settings


def told(run: Run) -> list[str]:
    """One or more sentences; none for a run trained without corrections."""
    if not run.card.corrections:
        return []
    names = " and ".join(f"“{one.name}”" for one in run.card.corrections)
    n = run.card.n_corrected
    changed = "1 training digit" if n == 1 else f"{n:,} training digits"
    sentences = [f"Trained with {names}: {changed} had another label or were left out."]
    other = with_corrections.before(run, settings().home)
    if other is not None:
        sentences += cache_digits.which_is_better(run, other, _sets())
    return sentences


def say(run: Run) -> None:
    """Places these sentences."""
    for sentence in told(run):
        notes.quiet(sentence)


def say_of_two(ticked: Sequence[Run]) -> None:
    """Places which of two ticked runs makes fewer mistakes; nothing of one, or of more."""
    if len(ticked) != 2:
        return
    older, newer = sorted(ticked, key=lambda run: run.created)
    if older.card.dataset.fingerprint != newer.card.dataset.fingerprint:
        return
    for sentence in cache_digits.which_is_better(newer, older, _sets()):
        notes.quiet(sentence)


def _sets() -> list[CorrectionSet]:
    """The operator's; what was settled in a visit counts on Explore."""
    return [] if settings().public else correction_folder.sets(settings().home)
