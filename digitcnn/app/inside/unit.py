"""One value of a feature map: its kernel, the input under it, and their sum."""

from functools import partial
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from digitcnn.app.inside.tile_picker import pick
from digitcnn.array_types import Floats
from digitcnn.explain.feature_maps import Activations, Stage, Sum, sum_of
from digitcnn.figures import network
from digitcnn.figures.network import signed
from digitcnn.system.templates import render

_render = partial(render, "app/inside/templates/unit.html")

# Session state: row and column of the chosen value; the input map whose numbers are shown.
_PLACE, _INPUT = "inside place", "inside input"
_N_INPUTS = 4  # whose part of the sum is told


def forget() -> None:
    """Goes back to the strongest value of whatever map is shown next."""
    st.session_state.pop(_PLACE, None)
    st.session_state.pop(_INPUT, None)


def show(number: int, stage: Stage, seen: Activations, feature_map: int) -> None:
    """Places the map, enlarged, and the sum behind one of its values."""
    values = seen.maps[number][:, :, feature_map]
    row, column = _place(values)
    found = sum_of(stage, seen.inputs[number], feature_map, row, column, seen.shortcuts[number])
    with st.container(key="unit"):
        with st.container(key="unit-map"):
            pick(
                f"unit-{number + 1}",
                network.mosaic_url(values[:, :, None], 1),
                f"Map {feature_map + 1} of stage {number + 1}, enlarged",
                "Choose one of its values with the arrow keys",
                values.shape, values.shape, (row, column), _look_at,
            )  # fmt: skip
            st.html(
                _render(
                    "value",
                    map=feature_map + 1,
                    row=row + 1,
                    column=column + 1,
                    value=f"{found.value:.3f}",
                )
            )
            st.html(_under_html(stage, seen.inputs[number], found, _shown(found)))
        with st.container(key="unit-sum"):
            _sum(number, stage, found)


def _place(values: Floats) -> tuple[int, int]:
    """The chosen value, or the strongest."""
    place = st.session_state.get(_PLACE)
    if place is None:
        place = np.unravel_index(values.argmax(), values.shape)
    return min(int(place[0]), values.shape[0] - 1), min(int(place[1]), values.shape[1] - 1)


def _look_at(row: int, column: int) -> None:
    st.session_state[_PLACE] = (row, column)


def _sum(number: int, stage: Stage, found: Sum) -> None:
    n_inputs, shown = found.patch.shape[2], _shown(found)
    if n_inputs > 1:
        _input_choice(number, stage, n_inputs, shown)
    part = found.by_input[shown]
    of = "" if n_inputs == 1 else f" in map {shown + 1} of stage {stage.source + 1}"
    products = f"Their products; sum {signed(part, 3)}"
    st.html(
        _render(
            "sums",
            seen=_grid(found.patch[:, :, shown], f"What lies under the kernel{of}", "light"),
            kernel=_grid(found.kernel[:, :, shown], "The kernel’s weights", "both"),
            products=_grid(found.products[:, :, shown], products, "both"),
            terms=_terms(found, shown),
            total=signed(found.total, 3),
            value=f"{found.value:.3f}" if found.total > 0 or found.tanh else "",
            tanh=found.tanh,
        )
    )


def _shown(found: Sum) -> int:
    """Which input map's numbers are shown: the one that adds most, unless another is chosen."""
    strongest = int(np.abs(found.by_input).argmax())
    chosen: int = st.session_state.get(_INPUT, strongest)
    return min(chosen, int(found.patch.shape[2]) - 1)


def _input_choice(number: int, stage: Stage, n_inputs: int, shown: int) -> None:
    key = f"input-{number + 1}"
    st.session_state[key] = shown + 1

    def changed() -> None:
        st.session_state[_INPUT] = int(st.session_state[key]) - 1

    st.number_input(
        f"It sees {n_inputs} maps of stage {stage.source + 1}; numbers of map",
        1,
        n_inputs,
        key=key,
        on_change=changed,
    )


def _under_html(stage: Stage, seen: NDArray[np.float32], found: Sum, shown: int) -> str:
    """The input, with a frame around what lies under the kernel."""
    height, width = seen.shape[:2]
    side = stage.side
    url = network.mosaic_url(seen[:, :, shown : shown + 1], 1)
    return _render(
        "under",
        url=url,
        of="the digit" if stage.source < 0 else f"map {shown + 1} of stage {stage.source + 1}",
        rows=f"{found.top + 1} to {found.top + side}",
        columns=f"{found.left + 1} to {found.left + side}",
        frame={
            "left": f"{found.left / width:.2%}",
            "top": f"{found.top / height:.2%}",
            "width": f"{side / width:.2%}",
            "height": f"{side / height:.2%}",
        },
    )


def _terms(found: Sum, shown: int) -> str:
    """What is added up, from the map whose numbers are shown to the bias."""
    parts = found.by_input
    told = [shown] + [i for i in np.argsort(-np.abs(parts)) if i != shown][: _N_INPUTS - 1]
    if len(parts) == 1:
        terms = [f"products {signed(float(parts[0]), 3)}"]
    else:
        terms = [f"map {i + 1} {signed(float(parts[i]), 3)}" for i in told]
        rest = len(parts) - len(told)
        if rest:
            others = float(parts.sum() - parts[told].sum())
            terms.append(f"the other {rest} maps {signed(others, 3)}")
    terms.append(f"bias {signed(found.bias, 3)}")
    if found.added:
        terms.append(f"what the skip connection brings {signed(found.added, 3)}")
    together = ", ".join(terms)
    return f"{together[0].upper()}{together[1:]}"


def _grid(numbers: Floats, caption: str, kind: str) -> dict[str, Any]:
    """A table of numbers, each with how strongly it is tinted and whether it is below 0."""
    scale = max(float(np.abs(numbers).max()), 1e-9)
    rows = [[_cell(float(value), scale, kind) for value in row] for row in numbers]
    return {"rows": rows, "caption": caption, "kind": kind}


def _cell(value: float, scale: float, kind: str) -> tuple[str, str, bool]:
    places = 2 if scale >= 0.3 else 3
    text, tint = f"{value:.{places}f}", f"{abs(value) / scale:.0%}"
    if not float(text):
        text, tint = "0", "0%"
    elif kind != "light":
        text = signed(value, places)
    return text, tint, value < 0
