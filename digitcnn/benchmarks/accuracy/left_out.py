"""How well new writers are read: sites are left out of the training, one or more at a time.

For each fold the stroke model is fitted to all other sites, a network is trained with it by the
same command that everybody trains with, and reads what was left out. Kinds of letters take turns
the same way: those that a fold's model has not learned are what it is asked to refuse.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from digitcnn.array_types import Bools
from digitcnn.benchmarks.accuracy import drawn
from digitcnn.benchmarks.accuracy.nondigits import auroc
from digitcnn.benchmarks.accuracy.stroke_file import PenDigits, placed
from digitcnn.data import stroke_model_fit
from digitcnn.data.stroke_model import StrokeModel
from digitcnn.errors import DigitcnnError
from digitcnn.evaluation.calibration import reliability
from digitcnn.evaluation.logits import free_energy
from digitcnn.inference.recognizer import Recognizer
from digitcnn.runs.run import STARTER_ID
from digitcnn.runs.store import current_run, list_runs
from digitcnn.system import durable

Tell = Callable[[str], None]


class TooFewSites(DigitcnnError):
    """Too few sites to leave one out."""


class TrainingWithoutSiteFailed(DigitcnnError):
    """A fold's training ended without a run."""


@dataclass(frozen=True, eq=False)
class _Fold:
    """What one network read: the sites' digits, and letters of kinds that it had not learned.

    ``is_known`` says of each digit whether the stroke model has learned to write it in as many
    strokes.
    """

    reading: drawn.Reading
    is_known: Bools
    energies: np.ndarray
    letters: np.ndarray
    letter_energies: np.ndarray
    letters_refused: np.ndarray
    test_accuracy: float


def measure(
    digits: PenDigits,
    letters: PenDigits | None,
    training: Sequence[str],
    seeds: Sequence[int] = (0,),
    sites: Sequence[str] = (),
    n_folds: int | None = None,
    tell: Tell = lambda words: None,
    together: bool = False,
) -> dict[str, Any]:
    """Figures over all sites, each read by networks that learned nothing from it.

    Args:
        digits: of at least two sites.
        letters: what the networks learn to refuse, and are asked to; ``None`` for nothing.
        training: further arguments of ``digitcnn train``, such as ``["--recipe", "fast"]``.
        seeds: one training for each fold and seed.
        sites: only these; by default all that there are.
        n_folds: leave several sites out at once, in so many folds of about as many digits; by
            default one at a time. Less is learned from then, for fewer trainings.
        tell: called with a sentence before each training and after it.
        together: the seeds' networks read as one ensemble, not each by itself.

    Returns:
        The keys of :meth:`drawn.Reading.figures` over all readings, of which ``by_site`` is the
        mean over seeds; ``mean_of_sites``; ``mnist``, the mean accuracy on MNIST's test digits;
        ``strokes_not_learned``, readings (``n``) and mistakes (``errors``) of digits in a number of
        strokes that the stroke model had not learned for them; and with letters
        ``auroc_letters``, ``refused_letters`` and ``refused_by_letter``.

    Raises:
        TooFewSites: there is but one site, or none of that name.
        TrainingWithoutSiteFailed: a training failed; its last words are in the message.
    """
    known = [str(site) for site in np.unique(digits.sites)]
    chosen = list(sites) or known
    if len(known) < 2 or set(chosen) - set(known):
        raise TooFewSites(
            f"Leaving a site out takes digits of two sites or more; there are {', '.join(known)}."
        )
    groups = [[site] for site in chosen] if n_folds is None else _groups(digits, chosen, n_folds)
    folds = []
    for number, group in enumerate(groups):
        kinds = _kinds(letters, number, max(len(groups), 2))
        model = _model_without(digits, group, letters, kinds)
        for own_seeds in [seeds] if together else [(seed,) for seed in seeds]:
            told = f"seed{'s' * (len(own_seeds) > 1)} {', '.join(map(str, own_seeds))}"
            tell(f"Training without {', '.join(group)}, {told}")
            trainings = [[*training, "--seed", seed] for seed in own_seeds]
            folds.append(_fold(digits, group, letters, kinds, model, trainings))
            accuracy = folds[-1].reading.right.mean()
            tell(f"{', '.join(group)}: {accuracy:.2%} of {len(folds[-1].reading.right)} digits")
    return _figures(folds)


def halves(digits: PenDigits) -> list[list[str]]:
    """The sites in two halves of about as many digits.

    Raises:
        TooFewSites: there is but one site.
    """
    known = [str(site) for site in np.unique(digits.sites)]
    if len(known) < 2:
        raise TooFewSites(
            f"Leaving sites out takes digits of two sites or more; there is {', '.join(known)}."
        )
    return _groups(digits, known, 2)


def model_file(digits: PenDigits, sites: list[str], letters: PenDigits | None, path: Path) -> Path:
    """A file of strokes' model, fitted to other sites than these and to half the kinds of letters.

    Args:
        digits: of these sites and others.
        sites: that are left out.
        letters: to learn refusing from; ``None`` for none.
        path: of the file; what is there already stays.

    Raises:
        NotWritable, DiskFull: it can't be written.
    """
    if not path.is_file():
        model = _model_without(digits, sites, letters, _kinds(letters, 0, 2))
        durable.write(path, model.to_bytes())
    return path


def _groups(digits: PenDigits, sites: Sequence[str], n_folds: int) -> list[list[str]]:
    """The sites in ``n_folds`` groups of about as many digits."""
    counts = {site: int((digits.sites == site).sum()) for site in sites}
    groups: list[list[str]] = [[] for _ in range(min(n_folds, len(sites)))]
    for site in sorted(sites, key=lambda site: -counts[site]):
        min(groups, key=lambda group: sum(counts[other] for other in group)).append(site)
    return groups


def _kinds(letters: PenDigits | None, fold: int, n_folds: int) -> np.ndarray:
    """The letters that this fold's networks do not learn."""
    return np.unique(letters.labels)[fold::n_folds] if letters is not None else np.array([], str)


def _model_without(
    digits: PenDigits, sites: list[str], letters: PenDigits | None, kinds: np.ndarray
) -> StrokeModel:
    learned = np.flatnonzero(~np.isin(digits.sites, sites))
    drawings = [(str(digits.labels[i]), digits.ink(int(i))) for i in learned]
    if letters is not None:
        learned = np.flatnonzero(~np.isin(letters.labels, kinds))
        drawings += [(str(letters.labels[i]), letters.ink(int(i))) for i in learned]
    return stroke_model_fit.fit(drawings)


def _fold(
    digits: PenDigits,
    sites: list[str],
    letters: PenDigits | None,
    kinds: np.ndarray,
    model: StrokeModel,
    trainings: Sequence[Sequence[object]],
) -> _Fold:
    """The results of one training, or of an ensemble of several."""
    with tempfile.TemporaryDirectory() as folder:
        home, path = Path(folder) / "home", Path(folder) / "without.npz"
        durable.write(path, model.to_bytes())
        for training in trainings:
            arguments = ["train", "--json", "--use", "--home", home, "--stroke-model", path]
            said = command([*arguments, *training], sites)
        if len(trainings) > 1:
            ids = [listing.id for listing in list_runs(home) if listing.id != STARTER_ID]
            at = list(trainings[0]).index("--mnist") if "--mnist" in trainings[0] else None
            mnist = [] if at is None else trainings[0][at : at + 2]
            said = command(
                ["runs", "--home", home, "ensemble", *ids, "--use", "--json", *mnist], sites
            )
        run = current_run(home)[0]
        recognizer = Recognizer(run)
        reading = drawn.read(
            digits.chosen(np.flatnonzero(np.isin(digits.sites, sites))), recognizer
        )
        energies = free_energy(recognizer.outputs(reading.images).logits)
        others, seen, refused = np.array([], str), np.array([]), np.array([], bool)
        if letters is not None and len(kinds):
            asked = letters.chosen(np.flatnonzero(np.isin(letters.labels, kinds)))
            outputs = recognizer.outputs(
                np.stack([drawn.as_in_the_app(ink) for ink in placed(asked)])
            )
            others, seen = asked.labels, free_energy(outputs.logits)
            refused = ~outputs.is_digit
        accuracy = said["test_accuracy"]
    known = _known(reading.digits, model)
    return _Fold(reading, known, energies, others, seen, refused, accuracy)


def _known(digits: PenDigits, model: StrokeModel) -> Bools:
    """Whether a stroke model writes each digit in as many strokes: bool (n,)."""
    learned = {
        (str(label), n_strokes)
        for n_strokes, part in model.components.items()
        for label in part.labels
    }
    pairs = zip(digits.labels, np.diff(digits.digit_starts), strict=True)
    return np.array([(str(label), int(n_strokes)) in learned for label, n_strokes in pairs])


def command(arguments: Sequence[object], sites: list[str]) -> dict[str, Any]:
    """Runs one of our commands and returns its JSON output.

    Args:
        arguments: after ``python -m digitcnn``.
        sites: that are left out, for the message.

    Raises:
        TrainingWithoutSiteFailed: it failed; its last words are in the message.
    """
    done = subprocess.run(
        [sys.executable, "-m", "digitcnn", *map(str, arguments)], capture_output=True, text=True
    )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise TrainingWithoutSiteFailed(
            f"The training without {', '.join(sites)} failed: {last[0]}"
        )
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def _figures(folds: list[_Fold]) -> dict[str, Any]:
    readings = [fold.reading for fold in folds]
    right = np.concatenate([reading.right for reading in readings])
    labels = np.concatenate([reading.digits.labels for reading in readings])
    sites = np.concatenate([reading.digits.sites for reading in readings])
    confidences = np.concatenate([reading.confidences for reading in readings])
    is_digit = np.concatenate([reading.is_digit for reading in readings])
    is_known = np.concatenate([fold.is_known for fold in folds])
    by_site = {str(site): float(right[sites == site].mean()) for site in np.unique(sites)}
    figures: dict[str, Any] = {
        "accuracy": float(right.mean()),
        "mean_of_sites": float(np.mean(list(by_site.values()))),
        "n": len(right),
        "errors": int((~right).sum()),
        "refused": float((~is_digit).mean()),
        "ece": reliability(confidences, right).error,
        "mnist": float(np.mean([fold.test_accuracy for fold in folds])),
        "by_site": by_site,
        "by_digit": {
            str(label): float(right[labels == label].mean()) for label in np.unique(labels)
        },
        "strokes_not_learned": {
            "n": int((~is_known).sum()),
            "errors": int((~is_known & ~right).sum()),
        },
    }
    asked = [fold for fold in folds if len(fold.letters)]
    if asked:
        letters = np.concatenate([fold.letters for fold in asked])
        refused = np.concatenate([fold.letters_refused for fold in asked])
        figures["auroc_letters"] = float(
            np.mean([auroc(fold.energies, fold.letter_energies) for fold in asked])
        )
        figures["refused_letters"] = float(refused.mean())
        figures["refused_by_letter"] = {
            str(letter): float(refused[letters == letter].mean()) for letter in np.unique(letters)
        }
    return figures
