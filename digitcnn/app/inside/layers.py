"""The digit's way through the network: every stage's feature maps, then the ten logits."""

from functools import partial
from pathlib import Path

import numpy as np
import streamlit as st

from digitcnn.app.inside import unit
from digitcnn.app.inside.source import Source
from digitcnn.app.inside.tile_picker import pick
from digitcnn.app.shared import cache_digits
from digitcnn.app.shared.cache import Reader
from digitcnn.app.shared.messages import sentence
from digitcnn.errors import DigitcnnError
from digitcnn.evaluation.logits import softmax
from digitcnn.explain.feature_maps import Activations, FeatureMaps, Stage
from digitcnn.figures import network
from digitcnn.figures.image_url import picture_url
from digitcnn.figures.network import signed
from digitcnn.models.networks import N_CLASSES
from digitcnn.report.tables import layers_html
from digitcnn.report.templates import render
from digitcnn.text import certainty

_render = partial(render, folder=Path(__file__).parent / "templates")

# Session state: the stage that is looked at, from 0, and the map of it.
_STAGE, _MAP = "inside stage", "inside map"

_IN_A_ROW = ((8, 8), (2, 16), (0, 24))  # maps of more than so many px, and how many at most

_HOW = (
    "A convolution lays a small grid of weights, its kernel, on every place of what it sees, "
    "multiplies number by number, and adds up; batch normalisation is folded into the weights "
    "shown, and ReLU turns what is below zero into 0. The values come from a second copy of the "
    "network, compiled by the trainer to give every convolution’s activations and checked against "
    "Keras. Source: LeCun et al. 1998, “Gradient-based learning applied to document recognition”; "
    "the view follows Harley 2015, “An interactive node-link visualization of convolutional "
    "neural networks”, and Wang et al. 2020, “CNN Explainer”."
)


def show(source: Source, reader: Reader) -> None:
    """Places the part."""
    try:
        maps = cache_digits.feature_maps(reader.run)
    except DigitcnnError as error:
        card = reader.run.card
        st.html(
            _render(
                "no_feature_maps.html",
                trouble=sentence(error, "feature maps"),
                layers=layers_html(card.layers, card.parameters),
            )
        )
        return
    seen = maps.of(source.image)
    if not maps.stages:
        st.html('<p class="hint" role="status">This network has no convolutions to look into.</p>')
    _input(source)
    chosen = min(st.session_state.get(_STAGE, 0), len(maps.stages) - 1)
    for number, stage in enumerate(maps.stages):
        with st.container(key=f"stage-{number + 1}"):
            st.html(_stage_html(number, stage, seen))
            feature_map = _map(stage) if number == chosen else None
            _maps(number, seen.maps[number], feature_map)
            if feature_map is not None:
                _choice(number, stage, feature_map)
                unit.show(number, stage, seen, feature_map)
    with st.container(key="logits"):
        st.html(_logits_html(maps, seen, reader))
    st.html(f'<details class="how"><summary>How this is computed</summary><p>{_HOW}</p></details>')


def _map(stage: Stage) -> int:
    return min(st.session_state.get(_MAP, 0), stage.n_maps - 1)


def _input(source: Source) -> None:
    url = picture_url(source.image)
    st.html(
        f'<div class="entry"><img src="{url}" alt="The digit image, light on dark"><div>'
        "<h2>What comes in</h2><p>28 × 28 numbers: 0 for paper, 1 for ink. Each stage looks for "
        "small patterns in what the stage before has found. <b>Light</b> means found strongly, "
        "<b>black</b> not at all.</p></div></div>"
    )


def _stage_html(number: int, stage: Stage, seen: Activations) -> str:
    maps = seen.maps[number]
    height, width, n = maps.shape
    side = stage.side
    step = f", every {stage.stride} px" if stage.stride > 1 else ""
    pooled = ""
    if stage.pool > 1:
        pooled = f" Before it, only the greatest of each {stage.pool} × {stage.pool} is passed on."
    finds = "lines and edges" if number == 0 else "combinations of what the stage before has found"
    quiet = int((maps.max(axis=(0, 1)) == 0).sum())
    silent = f" {quiet} of the maps found nothing at all." if quiet else ""
    return (
        f"<h2>Stage {number + 1}</h2><p>{n} maps of {height} × {width}: {n} patterns of "
        f"{side} × {side}, {finds}, looked for everywhere{step}.{pooled} "
        f"<b>{np.mean(maps > 0):.0%}</b> of its {maps.size:,} units are active.{silent}</p>"
    )


def _maps(number: int, maps: np.ndarray, chosen: int | None) -> None:
    height, width, n = maps.shape
    columns = _columns(n, width)
    rows = n // columns

    def choose(row: int, column: int) -> None:
        _look_at(number, row * columns + column)

    pick(
        f"maps-{number + 1}",
        network.mosaic_url(maps, columns),
        f"The {n} feature maps of stage {number + 1}, light where a pattern was found",
        f"Stage {number + 1}: choose one of {n} maps with the arrow keys",
        (rows, columns),
        (rows * height, columns * width),
        None if chosen is None else divmod(chosen, columns),
        choose,
    )


def _columns(n: int, width: int) -> int:
    """How many maps stand in a row: a divisor of ``n``, as many as are still easy to tell apart."""
    most = next(most for wider, most in _IN_A_ROW if width > wider)
    return max(columns for columns in range(1, most + 1) if n % columns == 0)


def _choice(number: int, stage: Stage, feature_map: int) -> None:
    key = f"map-{number + 1}"
    st.session_state[key] = feature_map + 1

    def changed() -> None:
        _look_at(number, int(st.session_state[key]) - 1)

    st.number_input(
        f"Map of stage {number + 1}, 1 to {stage.n_maps}", 1, stage.n_maps, key=key,
        on_change=changed,
    )  # fmt: skip


def _look_at(number: int, feature_map: int) -> None:
    st.session_state[_STAGE], st.session_state[_MAP] = number, feature_map
    unit.forget()


def _reasons(reader: Reader) -> str:
    """What the reading has that the table of logits has not; empty for nothing."""
    reasons = []
    if reader.run.recipe.get("tta"):
        reasons.append("averages nine slightly rotated or stretched versions of the image")
    if reader.n_taught:
        reasons.append("applies your corrections")
    return " and ".join(reasons)


def _logits_html(maps: FeatureMaps, seen: Activations, reader: Reader) -> str:
    temperature = reader.run.card.calibration.temperature
    logits = seen.logits.astype(np.float64)
    probabilities = softmax(logits[None] / temperature)[0]
    best = int(logits.argmax())
    weighed = seen.embedding * maps.logits_kernel[:, best]
    up, down = (signed(weighed[weighed * sign > 0].sum()) for sign in (1, -1))
    return _render(
        "logits.html",
        n_embedding=len(seen.embedding),
        n_active=int((seen.embedding > 0).sum()),
        best=best,
        up=up,
        down=down,
        bias=signed(maps.logits_bias[best]),
        logit=signed(logits[best]),
        reasons=_reasons(reader),
        temperature=f"{temperature:.2f}",
        rows=[
            {
                "logit": signed(logits[digit]),
                "power": f"{np.exp(logits[digit] / temperature):,.2f}",
                "part": f"{probabilities[digit]:.4f}",
                "percent": certainty(float(probabilities[digit])),
            }
            for digit in range(N_CLASSES)
        ],
    )
