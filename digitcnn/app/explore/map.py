"""The map of digits on the page: all of a data set, what is selected, the visitor's own."""

import json
import weakref
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit import runtime

from digitcnn.app.explore import state
from digitcnn.app.explore.selection import OF_TWO_RUNS
from digitcnn.app.explore.view import View
from digitcnn.app.shared import cache_digits, canvas, notes, reading
from digitcnn.app.shared.cache_digits import DigitMap
from digitcnn.app.shared.component_values import place, whole_number
from digitcnn.errors import DigitcnnError
from digitcnn.evaluation import embedding_map
from digitcnn.evaluation.evaluation import Evaluation
from digitcnn.figures.colors import DIGIT_COLORS
from digitcnn.inference import browser
from digitcnn.inference.recognizer import Prediction
from digitcnn.models.networks import N_CLASSES
from digitcnn.system.templates import render

_PLACES = "map-places"
_GRID = 999
_MOST_THUMBNAILS = 20_000  # digits; a sheet of 10,000 is about 2 MB

_COMPONENT = st.components.v2.component(
    "digitcnn-map",
    js=browser.script(Path(__file__).with_name("map.js")),
    html='<div class="map"></div>',
    isolate_styles=False,
)


def show(view: View) -> None:
    """Places the map, and says what is on it."""
    drawn_on = cache_digits.map_of(view.run)
    mapped = view.mapped if drawn_on is not None else None
    if drawn_on is None or mapped is None or mapped.positions is None:
        notes.quiet("This run has no map: it was trained by an older version. New runs have one.")
        return
    notes.quiet(
        "Digits that look alike to the network lie close together. Crosses are mistakes. Draw "
        "around some to select them; click one for its details."
    )
    here, label = _here(view, drawn_on)
    _COMPONENT(
        key=_PLACES,
        # In a list: see matrix.py.
        data=[_contents(view, mapped, here), _thumbnails(view)],
        on_around_change=_around,
        on_open_change=_opened,
    )
    st.html(render("app/explore/templates/explore.html", "drawing", label=label))
    if view.selection.region:
        st.button("Clear the selection", key="map-clear", on_click=_clear)


def _thumbnails(view: View) -> list[str | int]:
    """Where the browser gets all digits in one picture, when a pointer first wants to see one."""
    images = view.images
    if images is None or len(images) > _MOST_THUMBNAILS or not runtime.exists():
        return ["", 0]
    files = runtime.get_instance().media_file_mgr
    url = files.add(cache_digits.thumbnails(view.data), "image/png", "explore-map-thumbnails")
    return [url, cache_digits.THUMBNAILS_ACROSS]


@dataclass(frozen=True, eq=False)
class _Points:
    """What of the map stays the same, whatever is selected or settled.

    Attributes:
        content: for the browser: all x, all y (uint16, little-endian), labels and predictions
            (uint8) of n digits.
        middles: of each digit's group, on the grid; ``None`` without one.
    """

    content: bytes
    middles: list[list[float] | None]


# As long as somebody looks at the evaluation: with each key it would take 30 ms of 60,000 digits.
_points_of: weakref.WeakKeyDictionary[Evaluation, _Points] = weakref.WeakKeyDictionary()


def _points(evaluation: Evaluation) -> _Points:
    """Of an evaluation with places."""
    found = _points_of.get(evaluation)
    if found is None:
        positions = evaluation.positions
        assert positions is not None
        grid, labels = _on_grid(positions), evaluation.labels
        columns = np.concatenate([grid[:, 0], grid[:, 1]]).astype("<u2")
        numbers = np.concatenate([labels, evaluation.predicted.astype(np.uint8)])
        middles = [
            np.median(grid[labels == digit], axis=0).tolist() if (labels == digit).any() else None
            for digit in range(N_CLASSES)
        ]
        found = _points_of[evaluation] = _Points(columns.tobytes() + numbers.tobytes(), middles)
    return found


def _address(content: bytes) -> str:
    """Where the browser gets the points, once: with each message they would be 480 kB of 60,000."""
    kind = "application/octet-stream"
    if not runtime.exists():
        return f"data:{kind};base64,{b64encode(content).decode('ascii')}"
    return runtime.get_instance().media_file_mgr.add(content, kind, "explore-map-points")


def _contents(view: View, mapped: Evaluation, here: tuple[float, float] | None) -> str:
    if view.moment is not None:  # The places are those of the finished network.
        mapped = cache_digits.mapped(view.run, view.data)
    points = _points(mapped)
    return json.dumps(
        {
            "n": len(mapped),
            "points": _address(points.content),
            "here": None if here is None else _on_grid(np.array([here]))[0].tolist(),
            "region": [list(corner) for corner in view.selection.region],
            "colors": list(DIGIT_COLORS),
            "middles": points.middles,
            **_looks(view),
        }
    )


def contents_of_step(view: View) -> str:
    """What a step along the training changes of the map, as JSON."""
    return json.dumps(_looks(view))


def _looks(view: View) -> dict[str, Any]:
    evaluation = view.evaluation
    selection = view.selection
    # All shine unless a part is chosen: mistakes have their crosses anyhow.
    parted = selection.region or selection.true is not None or selection.predicted is not None
    parted = parted or selection.show in ("refused", *OF_TWO_RUNS)
    chosen = np.zeros(len(evaluation), np.uint8)
    chosen[view.chosen] = 1
    return {
        "chosen": None if not parted else _text(np.packbits(chosen, bitorder="little")),
        "opened": view.opened,
        # What the finished network reads comes with the points.
        "read": None if view.moment is None else _text(evaluation.predicted),
        "words": (
            f"Map of {len(evaluation):,} digits in ten groups, one for each digit; "
            f"{len(evaluation.mistakes()):,} mistakes are marked with crosses. The matrix and "
            "the pictures above show the same digits."
        ),
    }


def _here(view: View, drawn_on: DigitMap) -> tuple[tuple[float, float] | None, int | None]:
    """Where the drawing on Draw belongs, and as what it is read."""
    prediction = _drawing_read(view)
    if prediction is None:
        return None, None
    (position,) = embedding_map.place(
        prediction.embedding[None], drawn_on.embeddings, drawn_on.positions
    )
    x, y = position.tolist()
    return (x, y), prediction.label


def _drawing_read(view: View) -> Prediction | None:
    try:
        steps = reading.steps(canvas.DIGIT.drawing(), canvas.DIGIT.picture())
        if steps is None:
            return None
        return cache_digits.recognizer(view.run).recognize(steps.centred)
    except DigitcnnError:
        return None  # Draw says what is wrong with the drawing.


def _on_grid(positions: NDArray[np.float32]) -> NDArray[np.int64]:
    """Places on the component's grid of 0 to 999; int64 (n, 2)."""
    return np.clip(np.round((positions + 1) / 2 * _GRID), 0, _GRID).astype(np.int64)


def _text(array: np.ndarray) -> str:
    return b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")


def _around() -> None:
    corners = st.session_state[_PLACES].get("around")
    if not isinstance(corners, list) or not 3 <= len(corners) <= 40:
        return
    region = tuple(corner for corner in map(place, corners) if corner is not None)
    if len(region) == len(corners):
        state.change(region=region, true=None, predicted=None, show="all")


def _opened() -> None:
    digit = whole_number(st.session_state[_PLACES].get("open"))
    if digit is not None and digit >= 0:
        state.change(digit=digit)


def _clear() -> None:
    state.change(region=(), show="mistakes")
