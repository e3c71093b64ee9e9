"""The slider along the moments of a run's training, shared by the pages that show them.

A page places a switch and, while it is on, the slider; what it then shows is the network of
:func:`chosen`. At the slider's last place that is the finished network, as without it.
"""

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from digitcnn.app.shared import cache_digits, canvas, messages, notes, reading
from digitcnn.app.shared.component_values import whole_number
from digitcnn.array_types import Floats
from digitcnn.errors import DigitcnnError
from digitcnn.figures import network as figures
from digitcnn.figures.image_url import picture_url
from digitcnn.inference import browser
from digitcnn.inference.moment_network import MomentNetwork
from digitcnn.runs.moments import Moments, NoMoments
from digitcnn.runs.run import Run
from digitcnn.system.templates import render
from digitcnn.text import certainty, percent

_render = partial(render, "app/shared/templates/moments.html")

_FOLDER = Path(__file__).parent
_AT = "moment"  # session state: the run's checksum, and which of its moments
_WHOLE = "moment whole"  # session state: whether all of the page is shown, not the slider alone
_MEMO = "moment readings"  # session state: of which digit image, and what it was read as

TITLE = "How it learned"
Step = Callable[[], dict[str, Any]]  # by name, what a page's components are told; HTML by selector
_BAR_DECADES = 2.5  # a bar is full at one mistake in so many powers of ten


@dataclass(frozen=True, eq=False)
class Moment:
    """A moment of a run's training.

    Attributes:
        moments: all that the run kept.
        index: which of them.
        temperature: the run's, which logits are divided by.
    """

    moments: Moments
    index: int
    temperature: float

    @property
    def name(self) -> str:
        """The moment for people."""
        return self.moments.name(self.index)

    @cached_property
    def network(self) -> MomentNetwork:
        """The network of then, or of the latest moment before whose kernels were kept.

        Raises:
            NoMoments: there is none.
        """
        return MomentNetwork(self.moments, self.moments.kernels_at(self.index))

    def probabilities(self, image: NDArray[np.uint8]) -> NDArray[np.float64]:
        """What it says to a digit image, uint8 (28, 28): float64 (10,). Errors as above."""
        rows = self.network.probabilities(image[None], self.temperature)
        return rows.reshape(-1)


def is_on(page: str) -> bool:
    """Whether a page's switch is on."""
    return bool(st.session_state.get(_switch_key(page)))


def turn_on(page: str) -> None:
    """Turns a page's switch on, before that page is gone to."""
    st.session_state[_switch_key(page)] = True


def switch(page: str) -> None:
    """Places the switch.

    Args:
        page: the page's name in code.
    """
    st.toggle(
        TITLE,
        key=_switch_key(page),
        help="Goes back to moments of the training and shows the network as it was then, and what "
        "it read (each digit in a single view).",
    )


def chosen(run: Run, page: str) -> Moment | None:
    """The moment that is looked at; ``None`` for the finished network.

    Args:
        run: whose training.
        page: the page's name in code, whose switch must be on.
    """
    checksum, index = st.session_state.get(_AT, ("", 0))
    if not is_on(page) or checksum != run.card.checksum:
        return None
    try:
        moments = cache_digits.moments(run)
    except DigitcnnError:
        return None
    if not 0 <= index < len(moments):
        return None
    return Moment(moments, index, run.card.calibration.temperature)


def show(
    run: Run,
    page: str,
    image: NDArray[np.uint8] | None = None,
    what: str = "",
    step: Step | None = None,
) -> None:
    """Places the slider, and beside it a drawing and kernels at the moment that it is at.

    Args:
        run: whose training.
        page: the page's name in code.
        image: a digit image to read, uint8 (28, 28); by default what is drawn on Draw.
        what: what that image is called.
        step: what a step of the slider changes elsewhere on the page. With it a step renews only
            the slider and what is beside it; the page's components listen for the rest, and
            all of the page follows once the slider rests.
    """
    if step is None:
        _panel(run, page, image, what)
        return
    st.session_state[_WHOLE] = True
    st.fragment(_panel)(run, page, image, what, step)
    with st.container(key="moment-rest"):
        # Outside of the slider's own part, so that its answer is all of the page.
        _follower()(key=f"{page}-moment-rest", data=[], on_rested_change=_nothing)


def _nothing() -> None:
    """The page is shown anew, whatever for."""


def _panel(
    run: Run,
    page: str,
    image: NDArray[np.uint8] | None,
    what: str,
    step: Step | None = None,
) -> None:
    is_whole = st.session_state.pop(_WHOLE, False)
    with messages.in_words("showing how it learned"):
        _moments(run, page, image, what, None if is_whole else step)


def _moments(
    run: Run, page: str, image: NDArray[np.uint8] | None, what: str, step: Step | None
) -> None:
    try:
        moments = cache_digits.moments(run)
    except DigitcnnError as error:
        notes.hint(str(error))
        return
    if image is None:
        image, what = _drawing(), "Your drawing"
    at = chosen(run, page)
    with st.container(key="moment-panel"):
        _slider(run, page, moments, at, image, step)
        st.html(_beside_html(run, at, image, what))


def way_html(moment: Moment, digit: int, label: int) -> str:
    """What a test digit was read as at each moment.

    Args:
        moment: where the slider is.
        digit: its position in the data set.
        label: what it is.
    """
    found = moment.moments
    readings = found.predicted[:, digit].tolist()
    words = "; ".join(f"{found.name(i)}: {read}" for i, read in enumerate(readings))
    return _render(
        "way",
        readings=[
            (read, read != label, i == moment.index, f"{found.name(i)}: read as {read}")
            for i, read in enumerate(readings)
        ],
        words=f"What it was read as. {words}",
    )


def _switch_key(page: str) -> str:
    return f"{page}-moments"


def _slider(
    run: Run,
    page: str,
    moments: Moments,
    at: Moment | None,
    image: NDArray[np.uint8] | None,
    step: Step | None,
) -> None:
    key = f"{page}-moment-slider"
    names = [moments.name(index) for index in range(len(moments))]
    accuracies = cache_digits.moment_accuracies(run)
    finished = "The finished network"
    if run.recipe.get("tta"):
        finished += ", which reads each digit in nine views"
    says = [f"{percent(accuracy)} of the test digits read correctly." for accuracy in accuracies]
    if not len(accuracies):
        says = ["It had too many test digits to keep its readings."] * len(names)
    for index in np.flatnonzero(moments.averaged):
        says[index] += " Its weights are averaged over the last steps."
    readings: list[int] = [] if image is None else _readings(run, moments, image)
    told = {
        "key": run.card.checksum,
        "title": "Along the training; the higher a bar, the fewer mistakes"
        + (", and what your digit is read as" if readings else ""),
        "names": [*names, finished],
        "says": [*says, f"{percent(run.test_accuracy)} of the test digits read correctly."],
        "heights": [_height(float(part)) for part in (*accuracies, run.test_accuracy)]
        if len(accuracies)
        else [0.5] * (len(names) + 1),
        "readings": readings,
        "at": len(names) if at is None else at.index,
        "step": None if step is None else step(),
    }

    def moved() -> None:
        wanted = whole_number(st.session_state[key].get("at"))
        if wanted is not None and 0 <= wanted <= len(moments):
            st.session_state[_AT] = (run.card.checksum, wanted)

    # In a list: of anything else Streamlit would ask pandas and pyarrow, 75 MB, what it is.
    _component()(key=key, data=[json.dumps(told)], on_at_change=moved)


def _height(accuracy: float) -> float:
    """Of a bar, 0 to 1: each tenth part of the mistakes is as much again."""
    return float(np.clip(-np.log10(max(1 - accuracy, 1e-6)) / _BAR_DECADES, 0.02, 1))


def _drawing() -> NDArray[np.uint8] | None:
    try:
        steps = reading.steps(canvas.DIGIT.drawing(), canvas.DIGIT.picture())
    except DigitcnnError:
        return None  # Draw says what is wrong with the drawing.
    return None if steps is None else steps.centred


def _readings(run: Run, moments: Moments, image: NDArray[np.uint8]) -> list[int]:
    """What an image is read as at each moment, and by the finished network."""
    mark = (run.card.checksum, image.tobytes())
    known = st.session_state.get(_MEMO)
    if known is not None and known[0] == mark:
        kept: list[int] = known[1]
        return kept
    try:
        labels = [
            int(MomentNetwork(moments, moments.kernels_at(index)).logits(image[None]).argmax())
            for index in range(len(moments))
        ]
    except NoMoments:
        return []
    labels.append(int(cache_digits.recognizer(run).recognize(image).label))
    st.session_state[_MEMO] = (mark, labels)
    return labels


def _beside_html(run: Run, at: Moment | None, image: NDArray[np.uint8] | None, what: str) -> str:
    try:
        kernels = _kernels(run, at)
        drawing = None if image is None else _drawing_told(run, at, image, what)
    except DigitcnnError as error:
        return notes.quiet_html(str(error))
    says = "" if image is not None else "Draw a digit on Draw to see here how it was read."
    if at is not None and at.moments.kernels_at(at.index) != at.index:
        then = at.moments.name(at.moments.kernels_at(at.index))
        says = f"The kernels of this moment were not kept; these are those {then}."
    maps = "" if image is None else _maps(run, at, image)
    return _render("beside", kernels=kernels, maps=maps, drawing=drawing, says=says)


def _drawing_told(
    run: Run, at: Moment | None, image: NDArray[np.uint8], what: str
) -> dict[str, Any]:
    if at is None:
        rows: Floats = cache_digits.recognizer(run).recognize(image).probabilities
    else:
        rows = at.probabilities(image)
    best, second = (int(label) for label in np.argsort(-rows, kind="stable")[:2])
    return {
        "url": picture_url(image),
        "what": what,
        "label": best,
        "sure": certainty(float(rows[best])),
        "next_label": second,
    }


def _kernels(run: Run, at: Moment | None) -> str:
    """The first stage's kernels as a picture; empty if it has none."""
    convolutions = (at or _last(run)).network.convolutions
    return figures.kernels_url(convolutions[0][0]) if convolutions else ""


def _maps(run: Run, at: Moment | None, image: NDArray[np.uint8]) -> str:
    """What the first stage makes of an image as a picture; empty if there is none."""
    network = (at or _last(run)).network
    maps = network.maps(network.outputs(image[None]))
    if not maps:
        return ""
    first = np.maximum(maps[0][0], 0)
    return figures.mosaic_url(first, figures.broad(first.shape[2]))


def _last(run: Run) -> Moment:
    """The last moment, whose weights are the finished network's."""
    moments = cache_digits.moments(run)
    return Moment(moments, len(moments) - 1, run.card.calibration.temperature)


@functools.cache
def _follower() -> Any:
    """A component that asks for the page when the slider rests; registered likewise."""
    return st.components.v2.component(
        "digitcnn-moment-rest",
        js=(_FOLDER / "moment_rest.js").read_text(encoding="utf-8"),
    )


@functools.cache
def _component() -> Any:
    """The component; registered at its first use, as Streamlit must be running to know it."""
    return st.components.v2.component(
        "digitcnn-moments",
        js=browser.script(_FOLDER / "moment_slider.js"),
        css=(_FOLDER / "moment_slider.css").read_text(encoding="utf-8"),
        html=_render("place"),
        isolate_styles=False,
    )
