"""What a person looks at on Explore: which digits, in which order; and how an address says it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitcnn.array_types import Bools
from digitcnn.data.corrections import CorrectionSet, WrongCorrections, proper_tag
from digitcnn.evaluation import slices
from digitcnn.evaluation.agreement import Agreement
from digitcnn.evaluation.duplicates import Nearest
from digitcnn.evaluation.evaluation import Evaluation
from digitcnn.evaluation.label_quality import Doubts
from digitcnn.evaluation.significance import TwoRuns

# Names in addresses → what people see.
SHOWN = {
    "mistakes": "Mistakes",
    "right": "Correct",
    "all": "All",
    "labels": "Doubtful labels",
    "alike": "Near-duplicates",
    "alone": "Outliers",
    "refused": "Refused",
    "apart": "Networks disagree",
    "first": "Only the first is correct",
    "second": "Only the second is correct",
}
ORDERS = {
    "loss": "Worst first (loss)",
    "sure": "Surest first (confidence)",
    "unsure": "Least sure first (confidence)",
    "margin": "Closest call first (margin)",
    "label": "Most doubtful label first",
    "late": "Learned late first",
    "forgotten": "Most often forgotten again first",
    "position": "As in the data set",
}
OF_THE_WAY = ("late", "forgotten")  # orders that need the moments of the run's training
OF_TWO_RUNS = ("first", "second")
OF_PICTURES = ("alike", "alone")  # what pictures alone say, whatever is read
AGAINST = {"": "One another", "half": "The other half of the data set"}
N_ALONE = 300  # outliers that are listed
SETTLED = {
    "": "Settled or not",
    "open": "Not settled yet",
    "settled": "Settled",
    "label": "Given another label",
    "out": "Left out",
    "right": "Found right",
}
PAGE = 60  # digits on a page of the gallery

GRID = 999  # a region's corners are kept on a grid of this many steps each way
_MOST_CORNERS = 40  # of a region, in an address


@dataclass(frozen=True)
class Selection:
    """What is looked at. Everything is small, so that an address holds it.

    Attributes:
        run, compare, data: ids of the run, of a second one, and of the data set; empty for those
            that are in use.
        true, predicted: a cell, row or column of the matrix; ``None`` for any.
        region: corners of a patch of the map, each (x, y) of 0 to 999; empty for none.
        show: one of ``SHOWN``.
        order: one of ``ORDERS``.
        threshold: the least confidence at which a digit is answered, 0 to 1.
        settled: one of ``SETTLED``.
        tag: a word with which digits are tagged; empty for any.
        slice: name of a saved slice; empty for all digits.
        against: one of ``AGAINST``: which pictures are compared.
        page: of the gallery, from 0.
        digit: position in the data set of the digit that is looked at; ``None`` for the first.
    """

    run: str = ""
    compare: str = ""
    data: str = ""
    true: int | None = None
    predicted: int | None = None
    region: tuple[tuple[int, int], ...] = ()
    show: str = "mistakes"
    order: str = "loss"
    threshold: float = 0.0
    settled: str = ""
    tag: str = ""
    slice: str = ""
    against: str = ""
    page: int = 0
    digit: int | None = None

    @property
    def is_of_pictures(self) -> bool:
        """Whether near-duplicates or outliers are listed."""
        return self.show in OF_PICTURES and not self.is_cell

    @property
    def is_cell(self) -> bool:
        """Whether row and column are both given: then these say what is right and what is not."""
        return self.true is not None and self.predicted is not None

    def of_cell(self, true: int | None, predicted: int | None) -> "Selection":
        """The same with another cell, row or column, seen from its first page."""
        return replace(self, true=true, predicted=predicted, region=(), page=0, digit=None)


@dataclass(frozen=True, eq=False)
class Way:
    """How the digits of a data set were learned, from the moments that the run kept.

    Attributes:
        learned: int64 (n,), the moment since which each was read right to the end.
        forgotten: int64 (n,), how often it was read right, and wrong at the next moment.
        names: of the moments, and of none at the end.
    """

    learned: NDArray[np.int64]
    forgotten: NDArray[np.int64]
    names: tuple[str, ...]


def indices(
    selection: Selection,
    evaluation: Evaluation,
    doubts: Doubts | None = None,
    two: TwoRuns | None = None,
    within: Bools | None = None,
    way: Way | None = None,
    nearest: Nearest | None = None,
) -> NDArray[np.int64]:
    """Positions of the digits that are looked at, in their order: int64.

    Args:
        selection: what is asked.
        evaluation: the first run's.
        doubts: needed where labels are doubted, to show or to order.
        two: both runs, where two are compared. A cell then holds what either run puts there.
        within: which digits are looked at at all: bool (n,); ``None`` for all.
        way: how the digits were learned, where the run kept that; needed to order by it.
        nearest: the most alike pictures; needed for near-duplicates and outliers.
    """
    if selection.is_of_pictures:
        return _of_pictures(selection, evaluation, within, nearest)
    answered = evaluation.confidences >= selection.threshold
    right = evaluation.predicted == evaluation.labels
    shown = {
        "mistakes": answered & ~right,
        "right": answered & right,
        "refused": ~answered,
        "apart": networks_disagree(evaluation),
    }.get(selection.show, np.ones(len(evaluation), bool))
    if selection.show in OF_TWO_RUNS:
        shown = np.zeros(len(evaluation), bool)
        if two is not None:
            only = two.only_first() if selection.show == "first" else two.only_second()
            shown[only] = True
    if selection.show == "mistakes" and two is not None:
        shown |= (two.second.confidences >= two.threshold) & ~two.second_right
    inside = _in_cell(selection, evaluation, answered)
    if two is not None:
        inside |= _in_cell(selection, two.second, two.second.confidences >= two.threshold)
    if selection.is_cell and selection.show not in ("refused", *OF_TWO_RUNS):
        shown = answered | inside
    if selection.region and evaluation.positions is not None:
        inside = in_region(evaluation.positions, selection.region)
    if within is not None:
        inside = inside & within
    found = np.flatnonzero(shown & inside)
    order = "label" if selection.show == "labels" else selection.order
    key = _sort_key(order, evaluation, doubts, way)
    return found[np.argsort(key[found], kind="stable")]


def _of_pictures(
    selection: Selection, evaluation: Evaluation, within: Bools | None, nearest: Nearest | None
) -> NDArray[np.int64]:
    """Near-duplicates, the most alike first, or outliers; of a row or column, if one is chosen."""
    if nearest is None:
        return np.zeros(0, np.int64)
    inside = np.zeros(len(evaluation), bool)
    inside[evaluation.cell(selection.true, selection.predicted)] = True
    if within is not None:
        inside &= within
    if selection.region and evaluation.positions is not None:
        inside &= in_region(evaluation.positions, selection.region)
    if selection.show == "alone":
        found = nearest.outliers(N_ALONE)
    else:
        found = nearest.pairs() if selection.against else nearest.later()
    chosen: NDArray[np.int64] = found[inside[found]]
    return chosen


def networks_disagree(evaluation: Evaluation) -> Bools:
    """On which digits the networks of an ensemble do not all read the same; of others none."""
    if evaluation.members is None:
        return np.zeros(len(evaluation), bool)
    return Agreement(evaluation.labels, evaluation.predicted, evaluation.members).differ


def within(selection: Selection, found: CorrectionSet | None, n: int) -> Bools | None:
    """Which digits are settled as a selection asks: bool (n,); ``None`` if it asks for nothing.

    Args:
        selection: what is asked.
        found: what is said of the digits, if anything.
        n: how many digits there are.
    """
    if not selection.settled and not selection.tag:
        return None
    wanted = selection.settled
    inside = np.full(n, wanted in ("", "open") and not selection.tag)
    for one in () if found is None else found:
        is_settled = one.kind != "tag"
        fits = {
            "": True,
            "open": not is_settled,
            "settled": is_settled,
            "label": one.kind == "label",
            "out": one.kind == "leave out",
            "right": one.kind == "right",
        }[wanted]
        inside[one.index] = fits and (not selection.tag or selection.tag in one.tags)
    return inside


def in_region(positions: NDArray[np.float32], corners: tuple[tuple[int, int], ...]) -> Bools:
    """Which places lie inside a polygon (even-odd rule): bool (n,).

    Args:
        positions: float32 (n, 2), -1 to 1.
        corners: at least 3, on the grid of 0 to 999.
    """
    polygon = np.array(corners, np.float64) / GRID * 2 - 1
    x, y = positions[:, 0].astype(np.float64), positions[:, 1].astype(np.float64)
    inside = np.zeros(len(positions), bool)
    for (x1, y1), (x2, y2) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        crosses = (y1 > y) != (y2 > y)
        with np.errstate(divide="ignore", invalid="ignore"):
            inside ^= crosses & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    return inside


def _in_cell(selection: Selection, evaluation: Evaluation, answered: Bools) -> Bools:
    inside = np.zeros(len(evaluation), bool)
    inside[evaluation.cell(selection.true, selection.predicted)] = True
    # What is refused is in no column; without a column it still has its row.
    refused_count = selection.predicted is None or selection.show == "refused"
    return inside if refused_count else inside & answered


def _sort_key(
    order: str, evaluation: Evaluation, doubts: Doubts | None, way: Way | None
) -> np.ndarray:
    if order in OF_THE_WAY and way is not None:
        return -(way.learned if order == "late" else way.forgotten)
    if order == "label" and doubts is not None:
        rank = np.empty(len(evaluation), np.int64)
        rank[doubts.order] = np.arange(len(evaluation))
        return rank
    if order == "sure":
        return -evaluation.confidences
    if order == "unsure":
        return evaluation.confidences
    if order == "margin":
        return evaluation.margins
    if order == "position":
        return np.arange(len(evaluation))
    return -evaluation.losses


def read_address(address: Mapping[str, str]) -> tuple[Selection, list[str]]:
    """The selection that an address asks for, and a hint for each part that makes no sense.

    What makes no sense is ignored. Names that this page does not use are passed over.
    """
    selection, hints = Selection(), []
    for field in fields(Selection):
        if field.name not in address:
            continue
        text = str(address[field.name])
        try:
            selection = replace(selection, **{field.name: _READ[field.name](text)})
        except ValueError:
            shown = text if len(text) <= 20 else f"{text[:20]}…"
            hints.append(
                f"The link has an invalid value ({field.name}={shown}"
                f"{_EXPECTED.get(field.name, '')}); it was ignored."
            )
    return selection, hints


def write_address(selection: Selection) -> dict[str, str]:
    """What an address says of a selection: only what differs from the usual."""
    usual = Selection()
    return {
        field.name: _write(field.name, getattr(selection, field.name))
        for field in fields(Selection)
        if getattr(selection, field.name) != getattr(usual, field.name)
    }


def _digit(text: str) -> int:
    if not (len(text) == 1 and text in "0123456789"):
        raise ValueError(text)
    return int(text)


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise ValueError(text)
    return int(text)


def _name(text: str) -> str:
    if not 0 < len(text) <= slices.NAME_CHARS:
        raise ValueError(text)
    return text


def _page(text: str) -> int:
    number = _whole(text)
    if number < 1:
        raise ValueError(text)
    return number - 1


def _confidence(text: str) -> float:
    value = round(float(text) / 100, 6)
    if not 0 <= value < 1:
        raise ValueError(text)
    return value


def _one_of(choices: Mapping[str, str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(text)
        return text

    return read


def _tag(text: str) -> str:
    try:
        return proper_tag(text)
    except WrongCorrections as error:
        raise ValueError(text) from error


def _region(text: str) -> tuple[tuple[int, int], ...]:
    numbers = [_whole(part) for part in text.split("-")]
    if len(numbers) % 2 or not 6 <= len(numbers) <= 2 * _MOST_CORNERS or max(numbers) > GRID:
        raise ValueError(text)
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))


def _write(name: str, value: Any) -> str:
    if name == "region":
        return "-".join(str(number) for corner in value for number in corner)
    if name == "threshold":
        return f"{value * 100:g}"
    return str(value + 1) if name == "page" else str(value)


_READ: dict[str, Callable[[str], Any]] = {
    "run": str,
    "compare": str,
    "data": str,
    "true": _digit,
    "predicted": _digit,
    "region": _region,
    "show": _one_of(SHOWN),
    "order": _one_of(ORDERS),
    "threshold": _confidence,
    "settled": _one_of(SETTLED),
    "tag": _tag,
    "slice": _name,
    "against": _one_of(AGAINST),
    "page": _page,
    "digit": _whole,
}
_EXPECTED = {
    "true": "; expected a digit from 0 to 9",
    "predicted": "; expected a digit from 0 to 9",
    "digit": "; expected a position in the data set",
    "threshold": "; expected a percentage below 100",
    "page": "; expected a page number",
}
NAMES = frozenset(_READ)
