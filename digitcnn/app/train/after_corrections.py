"""Whether corrections helped a run that was trained with them, in words."""

from digitcnn.app.shared import cache_digits, notes
from digitcnn.data import correction_folder
from digitcnn.runs import with_corrections
from digitcnn.runs.run import Run
from digitcnn.settings import settings


def told(run: Run) -> list[str]:
    """A sentence or a few; none of a run that was trained without corrections."""
    if not run.card.corrections:
        return []
    names = " and ".join(f"“{one.name}”" for one in run.card.corrections)
    n = run.card.n_corrected
    changed = "1 training digit" if n == 1 else f"{n:,} training digits"
    sentences = [f"Trained with {names}: {changed} had another label or were left out."]
    if settings().public:
        return sentences  # What the operator settled since is not the visitors'.
    home = settings().home
    other = with_corrections.before(run, home)
    if other is not None:
        marks = tuple(one.fingerprint for one in correction_folder.sets(home))
        sentences += cache_digits.outcome_of_corrections(run, other, marks)
    return sentences


def say(run: Run) -> None:
    """Places that."""
    for sentence in told(run):
        notes.quiet(sentence)
