"""The digit's way through the network: feature maps of every stage, then the ten logits."""

from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from digitcnn.app.inside import strongest, unit
from digitcnn.app.inside.source import Source
from digitcnn.app.inside.tile_picker import pick
from digitcnn.app.shared import cache_digits, lesson_progress, messages, moment_slider, notes
from digitcnn.app.shared.cache import Reader
from digitcnn.errors import DigitcnnError
from digitcnn.evaluation.logits import softmax
from digitcnn.explain.feature_maps import Activations, Opened, Stage, sees_the_top
from digitcnn.explain.moment_maps import MomentMaps
from digitcnn.figures import network
from digitcnn.figures.image_url import picture_url
from digitcnn.figures.network import signed
from digitcnn.models.networks import N_CLASSES
from digitcnn.report.tables import layers_html
from digitcnn.runs.run import Run
from digitcnn.system.templates import render
from digitcnn.text import certainty

_render = partial(render, "app/inside/templates/layers.html")

# Session state: the stage that is looked at, from 0, and the map of it.
_STAGE, _MAP = "inside stage", "inside map"

_CLEARLY = 0.4  # as the map that sees a bar best, or more

_IN_A_ROW = ((8, 8), (2, 16), (0, 24))  # maps of more than so many px, and how many at most


def show(source: Source, reader: Reader) -> None:
    """Places the part; a step along the training, or another map, renews nothing else."""
    st.fragment(_show)(source, reader)


def _show(source: Source, reader: Reader) -> None:
    with messages.in_words("showing Layers"):
        _layers(source, reader)


def _layers(source: Source, reader: Reader) -> None:
    moment_slider.switch("inside")
    if moment_slider.is_on("inside"):
        moment_slider.show(reader.run, "inside", source.image, "This digit")
    then = moment_slider.chosen(reader.run, "inside")
    try:
        finished = cache_digits.feature_maps(reader.run)
        maps = finished if then is None else MomentMaps(finished, then.network)
    except DigitcnnError as error:
        notes.hint(messages.sentence(error, "feature maps"))
        st.html(layers_html(reader.run.card.layers, reader.run.card.parameters))
        return
    seen = maps.of(source.image)
    if not maps.stages:
        notes.hint("This network has no convolutions to look into.")
    _input(source)
    own = _stages_shown(reader.run, len(maps.stages))
    chosen = st.session_state.get(_STAGE, 0)
    if len(own):
        chosen = min(max(chosen, own[0]), own[-1])
    for number in own:
        stage = maps.stages[number]
        with st.container(key=f"stage-{number + 1}"):
            st.html(_stage_html(number, stage, seen))
            feature_map = _map(stage) if number == chosen else None
            _maps(number, seen.maps[number], feature_map)
            if feature_map is not None:
                _choice(number, stage, feature_map)
                unit.show(number, stage, seen, feature_map)
                if then is None:
                    strongest.show(reader.run, number, feature_map)
    with st.container(key="logits"):
        st.html(_logits_html(maps, seen, reader, _reasons(reader, then is not None)))
    st.html(_render("how"))
    if source.strokes and source.prediction.label == 7 and seen.maps and _MAP in st.session_state:
        lesson_progress.report(
            "map",
            stage=chosen,
            map=st.session_state[_MAP],
            sees_the_bar=chosen == 0
            and _map(maps.stages[0]) in sees_the_top(source.image, seen.maps[0], _CLEARLY),
        )


def _stages_shown(run: Run, n_stages: int) -> range:
    """The stages that are shown, from 0: all, or of an ensemble those of the network chosen."""
    members = run.card.members
    ends = [sum(member.n_stages for member in members[: n + 1]) for n in range(len(members))]
    if not members or ends[-1] != n_stages:
        return range(n_stages)
    number = st.selectbox(
        f"One of this ensemble’s {len(members)} networks",
        range(len(members)),
        format_func=lambda n: f"{n + 1}: {members[n].name} ({members[n].network})",
        key="inside-member",
    )
    if not members[number].n_stages:
        notes.hint("This network has no convolutions to look into.")
    return range(ends[number] - members[number].n_stages, ends[number])


def _map(stage: Stage) -> int:
    chosen: int = st.session_state.get(_MAP, 0)
    return min(chosen, stage.n_maps - 1)


def _input(source: Source) -> None:
    st.html(_render("entry", url=picture_url(source.image)))


def _stage_html(number: int, stage: Stage, seen: Activations) -> str:
    maps = seen.maps[number]
    return _render(
        "stage",
        number=number + 1,
        is_first=stage.source < 0,
        maps=maps.shape,
        side=stage.side,
        stride=stage.stride,
        pool=stage.pool,
        averaged=stage.averaged,
        adds=stage.added + 1,
        active=f"{np.mean(maps > 0):.0%}",
        n_units=f"{maps.size:,}",
        n_silent=int((maps.max(axis=(0, 1)) == 0).sum()),
    )


def _maps(number: int, maps: NDArray[np.float32], chosen: int | None) -> None:
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


def _reasons(reader: Reader, is_past: bool) -> str:
    """Why the reading differs from the table of logits; empty if it does not."""
    reasons = ["is by the finished network"] if is_past else []
    if reader.run.recipe.get("tta"):
        reasons.append("averages nine slightly rotated or stretched versions of the image")
    if reader.n_taught:
        reasons.append("applies your corrections")
    return " and ".join(reasons)


def _logits_html(maps: Opened, seen: Activations, reader: Reader, reasons: str) -> str:
    temperature = reader.run.card.calibration.temperature
    logits = seen.logits.astype(np.float64)
    probabilities = softmax(logits[None] / temperature)[0]
    best = int(logits.argmax())
    weighed = seen.embedding * maps.logits_kernel[:, best]
    up, down = (signed(weighed[weighed * sign > 0].sum()) for sign in (1, -1))
    return _render(
        "logits",
        n_embedding=len(seen.embedding),
        n_active=int((seen.embedding > 0).sum()),
        best=best,
        up=up,
        down=down,
        bias=signed(maps.logits_bias[best]),
        logit=signed(logits[best]),
        reasons=reasons,
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
