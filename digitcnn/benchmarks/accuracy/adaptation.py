"""How well ten confirmed drawings teach a style, and at what cost.

Styles that no training saw (:mod:`digitcnn.benchmarks.accuracy.own_styles`); what people wrote,
mirrored or turned by a quarter; and what people wrote and the network misreads as it stands.
"""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from digitcnn.benchmarks.accuracy import own_styles, stroke_file
from digitcnn.benchmarks.accuracy.drawn import as_in_the_app
from digitcnn.errors import DigitcnnError
from digitcnn.inference.adaptation.adapt import adapt
from digitcnn.inference.adaptation.correction import AdaptedRecognizer
from digitcnn.inference.adaptation.reference_set import ReferenceSet, reference_set, seen
from digitcnn.inference.recognizer import Recognizer
from digitcnn.preprocessing.ink import CANVAS_PX, Ink
from digitcnn.runs.run import Run

N_TAUGHT = 10
N_FURTHER = 100
MISREAD = 0.5  # a style is misread if less of it than this is read as it stands
_N_GROUP = 2 * N_TAUGHT  # what people wrote: groups of at least so many
_TIMED = 100

Change = tuple[tuple[int, int], tuple[int, int]]
_CHANGES: dict[str, Change] = {"mirrored": ((-1, 0), (0, 1)), "turned": ((0, -1), (1, 0))}


@dataclass(frozen=True, eq=False)
class Style:
    """Digits written in one way, more than are taught.

    Attributes:
        name: of the way.
        kind: ``own``, ``mirrored``, ``turned`` or ``misread``.
        label: what they mean.
        images: uint8 (n, 28, 28).
    """

    name: str
    kind: str
    label: int
    images: np.ndarray


def measure(run: Run, strokes: Path | None = None, seeds: int = 3) -> dict[str, Any]:
    """Ten of each style taught, the others read, for each seed; the means.

    Args:
        run: whose network is taught.
        strokes: what people wrote, see :func:`digitcnn.benchmarks.accuracy.stroke_file.read`.
        seeds: how often another ten are taught.
    """
    recognizer = Recognizer(run)
    start = time.perf_counter()
    stands_on = reference_set(run, recognizer)
    ground_s = time.perf_counter() - start
    styles = list(_own())
    if strokes is not None:
        styles += _of_people(stroke_file.read(strokes), recognizer)
    rows: list[dict[str, Any]] = []
    for style in styles:
        results = [_taught(style, recognizer, stands_on, seed) for seed in range(seeds)]
        mean = {key: float(np.mean([result[key] for result in results])) for key in results[0]}
        further = len(style.images) - N_TAUGHT
        rows.append({"style": style.name, "kind": style.kind, "label": style.label}
                    | {"n_further": further} | mean)  # fmt: skip
    misread = [row for row in rows if row["before"] < MISREAD]
    return {
        "run": run.name,
        "taught": N_TAUGHT,
        "seeds": seeds,
        "styles": rows,
        "n_misread_styles": len(misread),
        "n_learned_styles": sum(row["after"] >= 0.9 for row in misread),
        "most_points_lost": max(row["points_lost"] for row in rows),
        "ground_s": ground_s,
        "learning_100_s": _timed(styles, recognizer, stands_on),
    }


def _taught(
    style: Style, recognizer: Recognizer, reference: ReferenceSet, seed: int
) -> dict[str, float]:
    order = np.random.default_rng(seed).permutation(len(style.images))
    confirmed, further = style.images[order[:N_TAUGHT]], style.images[order[N_TAUGHT:]]
    shown = [seen(recognizer, image) for image in confirmed]
    learned = adapt(shown, [style.label] * len(shown), reference)
    adapted = recognizer
    if learned.correction is not None:
        adapted = AdaptedRecognizer(recognizer, learned.correction)
    effect = learned.effect
    return {
        "before": _read(recognizer, further, style.label),
        "after": _read(adapted, further, style.label),
        "expected": effect.held_out / effect.n,
        "points_lost": 100 * (effect.test_before - effect.test_after) / effect.n_test,
        "points_at_full_strength": 100 * (effect.test_before - effect.full_test) / effect.n_test,
    }


def _read(recognizer: Recognizer, images: np.ndarray, label: int) -> float:
    """The part that is taken for digits, and for the right one."""
    outputs = recognizer.outputs(images)
    return float(((outputs.probabilities.argmax(axis=1) == label) & outputs.is_digit).mean())


def _timed(styles: list[Style], recognizer: Recognizer, reference: ReferenceSet) -> float:
    """Seconds to learn a hundred drawings, ten of each of ten styles; the best of three."""
    chosen = [style for style in styles if style.kind == "own"][: _TIMED // N_TAUGHT]
    images = [image for style in chosen for image in style.images[:N_TAUGHT]]
    labels = [style.label for style in chosen for _ in range(N_TAUGHT)]
    took = []
    for _ in range(3):
        start = time.perf_counter()
        adapt([seen(recognizer, image) for image in images], labels, reference)
        took.append(time.perf_counter() - start)
    return min(took)


def _own() -> Iterator[Style]:
    rng = np.random.default_rng(5)
    for name, (label, draw) in own_styles.STYLES.items():
        drawings = own_styles.drawings(draw, N_TAUGHT + N_FURTHER, rng)
        yield Style(name, "own", label, np.stack([as_in_the_app(ink) for ink in drawings]))


def _of_people(digits: stroke_file.PenDigits, recognizer: Recognizer) -> Iterator[Style]:
    inks = list(stroke_file.placed(digits))
    # One site's, so that they are of a few hands: the site that wrote most.
    (site, _), = Counter(digits.sites.tolist()).most_common(1)  # fmt: skip
    for kind, change in _CHANGES.items():
        for label in range(10):
            mine = np.flatnonzero((digits.sites == site) & (digits.labels == label))
            images = _images(_changed(inks[i], change) for i in mine[: N_TAUGHT + N_FURTHER])
            if len(images) >= _N_GROUP:
                yield Style(f"{kind} {label} ({site})", kind, label, images)
    images = np.stack([as_in_the_app(ink) for ink in inks])
    predicted = recognizer.outputs(images).probabilities.argmax(axis=1)
    wrong = predicted != digits.labels
    pairs = Counter(zip(digits.labels[wrong].tolist(), predicted[wrong].tolist(), strict=True))
    for (label, read), n in pairs.items():
        if n >= _N_GROUP:
            chosen = (digits.labels == label) & (predicted == read)
            yield Style(f"{label} read as {read}", "misread", label, images[chosen])


def _images(inks: Iterator[Ink]) -> np.ndarray:
    images = []
    for ink in inks:
        try:
            images.append(as_in_the_app(ink))
        except DigitcnnError:
            continue  # too little of it is left on the paper
    return np.array(images, np.uint8).reshape(-1, 28, 28)


def _changed(ink: Ink, change: Change) -> Ink:
    """The drawing mirrored or turned about the middle of the paper."""
    middle = CANVAS_PX / 2
    return [((stroke - middle) @ np.array(change).T + middle).astype(np.float32) for stroke in ink]
