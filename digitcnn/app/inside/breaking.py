"""Break it: the digit is changed more and more until the network no longer reads it."""

from functools import partial
from typing import Any, NamedTuple

import streamlit as st

from digitcnn.app.inside.source import Source
from digitcnn.app.shared import cache_breaking, notes
from digitcnn.app.shared.cache import Reader
from digitcnn.explain import breaking
from digitcnn.explain.breaking import CHANGES, Change, Curve, Silenceable
from digitcnn.explain.breaking_process import KeptCurve
from digitcnn.figures.image_url import picture_url, svg_url
from digitcnn.system.templates import render
from digitcnn.text import certainty

_render = partial(render, "app/inside/templates/breaking.html")

_POLL_S = 1.0


class _Frame(NamedTuple):
    """A chart's size and where its axes lie in it, px, and its letters', px."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    font: int


_FRAME = _Frame(640, 300, 44, 626, 32, 250, 15)
_PHONE_FRAME = _Frame(340, 240, 38, 336, 26, 194, 12)  # a picture shrinks its letters, too
_SILENT = "inside silent"  # session state: maps that are switched off, by run and stage


def show(source: Source, reader: Reader) -> None:
    """Places the part."""
    making = cache_breaking.is_made(reader.run, _chosen())
    every = _POLL_S if making else None
    st.fragment(_workshop, run_every=every)(source, reader, making)


def _chosen() -> str:
    name = st.session_state.get("break-change")
    return name if name in CHANGES else next(iter(CHANGES))


def _workshop(source: Source, reader: Reader, waited: bool) -> None:
    with st.container(key="break-it"):
        st.segmented_control(
            "What to change",
            list(CHANGES),
            format_func=lambda name: CHANGES[name].title,
            default=None if "break-change" in st.session_state else _chosen(),
            required=True,
            key="break-change",
        )
        name = _chosen()
        change = CHANGES[name]
        amounts = change.amounts
        amount = st.select_slider(
            f"{change.title},{change.unit}"
            if change.unit[0] != "°"
            else f"{change.title}, degrees",
            amounts,
            value=min(amounts, key=lambda one: abs(one - change.usual)),
            format_func=_figure,
            key=f"break-{name}",
        )
        reading = st.container(key="break-reading")  # above the switches, which can be many
        network = cache_breaking.silenceable(reader)
        silent = _switches(reader, network)
        if silent and network is not None:
            found = network.read(change.of(source.image), silent)
        else:
            found = breaking.curve(change, source.image, reader.recognizer)
        many = cache_breaking.many(reader.run, name)
        at = amounts.index(amount)
        image = change.make(source.image, amount)
        n_silent = sum(map(len, silent.values()))
        off = (
            f" {n_silent} feature {'map is' if n_silent == 1 else 'maps are'} off."
            if silent
            else ""
        )
        with reading:
            st.html(
                _render(
                    "now",
                    url=picture_url(image),
                    is_digit=bool(found.is_digit[at]),
                    label=found.labels[at],
                    sure=certainty(float(found.confidences[at])),
                    words=f"{_summary(change, found, source.prediction.label)}{off}",
                )
            )
            st.html(_chart_html(change, found, many.value, at, source.prediction.label))
            named = _named(many.value)
            st.html(_render("legend", many=named))
            if many.trouble:
                notes.hint(many.trouble)
            elif many.value is None:
                notes.quiet("Reading 1,000 test digits for comparison; this takes some seconds …")
            st.html(_table_html(change, found, many.value, named))
            st.html(_render("how", single=bool(silent)))
    if not waited and many.value is None and not many.trouble:
        st.rerun()  # so that the page asks again until the curve is there
    if waited and (many.value is not None or many.trouble):
        st.rerun()


def _switches(reader: Reader, network: Silenceable | None) -> dict[int, list[int]]:
    """The switches of single feature maps; the maps that are off, by their stage."""
    if network is None or not network.n_maps:
        notes.quiet("The feature maps of this network can't be switched off.")
        return {}
    kept: dict[str, dict[int, list[int]]] = st.session_state.setdefault(_SILENT, {})
    silent = kept.setdefault(reader.run.card.checksum, {})
    with st.expander("Switch feature maps off", expanded=bool(silent)):
        n_stages = len(network.n_maps)
        asked = st.segmented_control(
            "Stage", range(n_stages), format_func=lambda n: str(n + 1), default=0,
            required=True, key="break-stage",
        )  # fmt: skip
        stage = 0 if asked is None else min(asked, n_stages - 1)
        key = f"break-maps-{stage}"
        st.session_state[key] = silent.get(stage, [])

        def switched() -> None:
            silent[stage] = list(st.session_state[key])
            if not silent[stage]:
                del silent[stage]

        st.pills(
            f"Maps of stage {stage + 1}: press one to switch it off, or on again",
            range(network.n_maps[stage]),
            format_func=lambda n: str(n + 1),
            default=None,
            selection_mode="multi",
            key=key,
            on_change=switched,
        )
        st.button("All on", key="break-all-on", on_click=silent.clear, disabled=not silent)
    return {stage: maps for stage, maps in silent.items() if stage < n_stages}


def _summary(change: Change, found: Curve, label: int) -> str:
    """How far the digit can be changed before it is read differently, in words."""
    amounts, labels = change.amounts, found.labels
    usual = min(range(len(amounts)), key=lambda i: abs(amounts[i] - change.usual))

    def holds(i: int) -> bool:
        return labels[i] == label and bool(found.is_digit[i])

    if not holds(usual):
        return f"It no longer reads {label} even as it is."
    first = last = usual
    while first > 0 and holds(first - 1):
        first -= 1
    while last < len(amounts) - 1 and holds(last + 1):
        last += 1
    if first == 0 and last == len(amounts) - 1:
        return f"It reads {label} at every step."
    unit = change.unit
    low, high = _figure(amounts[first]), _figure(amounts[last])
    return f"It reads {label} from {low}{unit} to {high}{unit}."


def _figure(amount: float) -> str:
    return f"{amount:g}".replace("-", "−")


def _named(many: KeptCurve | None) -> str:
    return "" if many is None else f"{many.curve.n:,} {many.digits}"


def _chart_html(change: Change, found: Curve, many: KeptCurve | None, at: int, label: int) -> str:
    wide, narrow = (
        svg_url(_chart_svg(frame, change, found, many, at, label))
        for frame in (_FRAME, _PHONE_FRAME)
    )
    words = (
        f"How sure the network is as the digit is changed. {_summary(change, found, label)} "
        "The table below has every step."
    )
    return _render("chart", wide=wide, narrow=narrow, words=words)


def _chart_svg(
    frame: _Frame, change: Change, found: Curve, many: KeptCurve | None, at: int, label: int
) -> str:
    n = breaking.N_STEPS
    left, inside = frame.left, frame.right - frame.left - 24
    xs = [left + 12 + i * inside / (n - 1) for i in range(n)]

    def top(part: float) -> float:
        return frame.bottom - part * (frame.bottom - frame.top)

    lines: list[dict[str, Any]] = []
    if many is not None:
        for name, parts in (("many", many.curve.confidence), ("gone", many.curve.refused)):
            points = [(x, top(float(part))) for x, part in zip(xs, parts, strict=True)]
            lines.append({"name": name, "points": points})
    own = [(x, top(float(part))) for x, part in zip(xs, found.confidences, strict=True)]
    lines.append({"name": "own", "points": own})
    return render(
        "app/inside/templates/breaking.svg",
        "chart",
        **frame._asdict(),
        ticks=[(f"{part}%", top(part / 100)) for part in (0, 25, 50, 75, 100)],
        steps=[
            (x, y, read, not is_digit, read != label, _figure(amount) if i % 5 == 0 else "")
            for i, ((x, y), read, is_digit, amount) in enumerate(
                zip(own, found.labels, found.is_digit, change.amounts, strict=True)
            )
        ],
        lines=lines,
        at=xs[at],
        axis=f"{change.title} ({change.unit.strip()})",
    )


def _table_html(change: Change, found: Curve, many: KeptCurve | None, named: str) -> str:
    def others(i: int) -> list[str]:
        if many is None:
            return []
        parts = (many.curve.confidence[i], many.curve.right[i], many.curve.refused[i])
        return [f"{part:.1%}" for part in parts]

    rows = [
        {
            "title": change.title,
            "amount": f"{_figure(amount)}{change.unit}",
            "label": found.labels[i],
            "refused": not found.is_digit[i],
            "sure": certainty(float(found.confidences[i])),
            "many": others(i),
        }
        for i, amount in enumerate(change.amounts)
    ]
    caption = "This digit, step by step" + (f"; the others are {named}" if named else "")
    return _render("table", caption=caption, rows=rows, many=many is not None)
