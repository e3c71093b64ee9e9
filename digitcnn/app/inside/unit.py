"""One feature map closely: its kernel, what lies under it, and the sum that gives each value."""

import numpy as np
import streamlit as st

from digitcnn.app.inside.tile_picker import pick
from digitcnn.explain.feature_maps import Activations, Stage, Sum, sum_of
from digitcnn.figures import network
from digitcnn.figures.network import signed

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
    found = sum_of(stage, seen.inputs[number], feature_map, row, column)
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
                f'<p class="quiet">Map {feature_map + 1}, the value in row {row + 1}, column '
                f"{column + 1}: <b>{found.value:.3f}</b>. Tap another to see its sum.</p>"
            )
            st.html(_under_html(number, seen.inputs[number], stage, found, _shown(found)))
        with st.container(key="unit-sum"):
            _sum(number, found)


def _place(values: np.ndarray) -> tuple[int, int]:
    """The chosen value, or the strongest."""
    place = st.session_state.get(_PLACE)
    if place is None:
        place = np.unravel_index(values.argmax(), values.shape)
    return min(int(place[0]), values.shape[0] - 1), min(int(place[1]), values.shape[1] - 1)


def _look_at(row: int, column: int) -> None:
    st.session_state[_PLACE] = (row, column)


def _sum(number: int, found: Sum) -> None:
    n_inputs, shown = found.patch.shape[2], _shown(found)
    if n_inputs > 1:
        _input_choice(number, n_inputs, shown)
    part = found.by_input[shown]
    of = "" if n_inputs == 1 else f" in map {shown + 1} of stage {number}"
    st.html(
        '<div class="sums">'
        + _grid_html(found.patch[:, :, shown], f"What lies under the kernel{of}", "light")
        + '<span class="sign" aria-hidden="true">×</span>'
        + _grid_html(found.kernel[:, :, shown], "The kernel’s weights", "both")
        + '<span class="sign" aria-hidden="true">=</span>'
        + _grid_html(found.products[:, :, shown], f"Their products; sum {signed(part, 3)}", "both")
        + f"</div>{_total_html(number, found, shown)}"
    )


def _shown(found: Sum) -> int:
    """Which input map's numbers are shown: the one that adds most, unless another is chosen."""
    strongest = int(np.abs(found.by_input).argmax())
    return min(st.session_state.get(_INPUT, strongest), found.patch.shape[2] - 1)


def _input_choice(number: int, n_inputs: int, shown: int) -> None:
    key = f"input-{number + 1}"
    st.session_state[key] = shown + 1

    def changed() -> None:
        st.session_state[_INPUT] = int(st.session_state[key]) - 1

    st.number_input(
        f"It sees {n_inputs} maps of stage {number}; numbers of map", 1, n_inputs, key=key,
        on_change=changed,
    )  # fmt: skip


def _under_html(number: int, seen: np.ndarray, stage: Stage, found: Sum, shown: int) -> str:
    """The input, with a frame around what lies under the kernel."""
    height, width = seen.shape[:2]
    frame = (
        f"left:{found.left / width:.2%};top:{found.top / height:.2%};"
        f"width:{stage.side / width:.2%};height:{stage.side / height:.2%}"
    )
    of = "the digit" if number == 0 else f"map {shown + 1} of stage {number}"
    url = network.mosaic_url(seen[:, :, shown : shown + 1], 1)
    place = f"rows {found.top + 1} to {found.top + stage.side}, columns {found.left + 1} to "
    return (
        f'<figure class="under"><div><img src="{url}" alt="What the kernel sees: {of}; the frame '
        f'is around {place}{found.left + stage.side}"><i style="{frame}"></i></div>'
        f"<figcaption>In the frame: what lies under the kernel, in {of}</figcaption></figure>"
    )


def _total_html(number: int, found: Sum, shown: int) -> str:
    parts = found.by_input
    told = [shown] + [i for i in np.argsort(-np.abs(parts)) if i != shown][: _N_INPUTS - 1]
    if len(parts) == 1:
        terms = [f"products {signed(parts[0], 3)}"]
    else:
        terms = [f"map {i + 1} {signed(parts[i], 3)}" for i in told]
        rest = len(parts) - len(told)
        if rest:
            terms.append(f"the other {rest} maps {signed(parts.sum() - parts[told].sum(), 3)}")
    terms.append(f"bias {signed(found.bias, 3)}")
    end = (
        f"That is above 0, so it stays: <b>{found.value:.3f}</b>."
        if found.total > 0
        else "That is not above 0, so ReLU makes it <b>0</b>."
    )
    together = f"{', '.join(terms)}: together <b>{signed(found.total, 3)}</b>"
    return f'<p class="total">{together[0].upper()}{together[1:]}. {end}</p>'


def _grid_html(numbers: np.ndarray, caption: str, kind: str) -> str:
    """A table of numbers on grounds that tell their size."""
    scale = max(float(np.abs(numbers).max()), 1e-9)
    rows = "".join(
        "<tr>" + "".join(_cell_html(float(value), scale, kind) for value in row) + "</tr>"
        for row in numbers
    )
    return (
        f'<figure class="numbers {kind}"><table>{rows}</table>'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def _cell_html(value: float, scale: float, kind: str) -> str:
    places = 2 if scale >= 0.3 else 3
    text, tint = f"{value:.{places}f}", f"{abs(value) / scale:.0%}"
    if not float(text):
        text, tint = "0", "0%"
    elif kind != "light":
        text = signed(value, places)
    sign = "minus" if value < 0 else "plus"
    return f'<td class="{sign}" style="--tint:{tint}">{text}</td>'
