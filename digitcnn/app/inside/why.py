"""Why a digit is read as it is: what speaks for a digit and against it, and what would flip it."""

from html import escape

import numpy as np
import streamlit as st

from digitcnn.app.inside.source import Source
from digitcnn.app.shared.cache import Reader
from digitcnn.app.shared.messages import one
from digitcnn.explain import counterfactual
from digitcnn.explain.counterfactual import Change
from digitcnn.explain.occlusion import Attribution, attribution
from digitcnn.figures import network

_ASKED = "inside asked"  # session state: the digit asked about; absent for the one that was read
_TOLD = 0.2  # log-odds; less is not worth a word

_HOW = (
    "Small squares of the picture (1, 2 and 4 pixels wide, some hundred of them) are covered with "
    "paper one after the other, or blots of ink are put on the paper inside the 20-pixel box that "
    "digits fill, and the network is asked again each time, about the picture as it is. What "
    "changes is counted in log-odds: one unit makes the digit about 2.7 times as likely, or less "
    "likely. Each pixel gets the average of the squares over it. Source: Zeiler and Fergus 2014, "
    "“Visualizing and understanding convolutional networks”; Petsiuk et al. 2018, “RISE”. Whether "
    "such pictures tell the truth is measured by <code>python -m digitcnn benchmark explain</code>."
)
_HOW_CHANGE = (
    "Three ways are tried: leaving out whole strokes, adding up to two lines from a set of eleven "
    "(bars, a flag, a foot, lines that close a gap), and wiping out cells of 3 × 3 pixels. What "
    "helps most is taken first, until the reading flips; then every piece that is not needed is "
    "put back. It is a short way to another reading, not proven to be the shortest. Source: "
    "Wachter et al. 2018, “Counterfactual explanations without opening the black box”."
)


def show(source: Source, reader: Reader) -> None:
    """Places the part."""
    asked = _choice(source.prediction.label)
    with st.container(key="why"):
        st.html(_why_html(source, attribution(source.image, reader.recognizer.logits), asked))
    with st.container(key="change"):
        st.html(_change_html(source, _changes(source, reader, asked), asked))


def _choice(label: int) -> int:
    """The digit that is asked about: the one that was read unless another is chosen."""
    asked = st.session_state.get(_ASKED)
    # A widget for each label: the browser may still send what an earlier one showed.
    key = f"why-digit-{label}"
    if st.session_state.get(key) is None:
        st.session_state[key] = label if asked is None else asked

    def changed() -> None:
        chosen = st.session_state[key]
        st.session_state[_ASKED] = None if chosen == label else chosen

    with st.container(key="why-digit"):
        st.segmented_control(
            f"Read as {label}. What speaks for and against each digit?",
            range(10), format_func=str, key=key, on_change=changed,
        )  # fmt: skip
    return label if asked is None else asked


def _why_html(source: Source, found: Attribution, asked: int) -> str:
    label = source.prediction.label
    title = f"Why {label}?" if asked == label else f"Why not {asked}?"
    present, missing = found.present[asked], found.missing[asked]
    return (
        f"<h2>{title}</h2>"
        '<div class="pair">'
        + _figure(
            network.heat_map_url(source.image, present),
            f"The ink that is there. <b class=for>+ blue</b> speaks for {one(asked)}, "
            f"<b class=against>− orange</b> against it. {_strongest(present, asked, 'ink')}",
            f"Heat map of the digit. {_strongest(present, asked, 'ink')}",
        )
        + _figure(
            network.heat_map_url(source.image, missing),
            f"The ink that is not there. If there were ink at <b class=for>+ blue</b> places, it "
            f"would look more like {one(asked)}; at <b class=against>− orange</b> places less. "
            f"{_strongest(missing, asked, 'more ink')}",
            f"Heat map of the paper around the digit. {_strongest(missing, asked, 'more ink')}",
        )
        + f"</div>{_how_html(_HOW)}"
    )


def _strongest(effects: np.ndarray, digit: int, what: str) -> str:
    says = []
    for sign, word in ((1, "for"), (-1, "against")):
        strongest = np.unravel_index((effects * sign).argmax(), effects.shape)
        if effects[strongest] * sign > _TOLD:
            place = network.where(*strongest)
            says.append(f"{word} it most at the {place} ({network.signed(effects[strongest], 1)})")
    if not says:
        return f"No single spot decides about the {digit}."
    return f"{what.capitalize()} speaks {' and '.join(says)}."


def _changes(source: Source, reader: Reader, asked: int) -> list[Change]:
    recognizer = reader.recognizer
    return counterfactual.changes(
        source.image,
        recognizer.logits,
        None if asked == source.prediction.label else asked,
        lambda pictures: recognizer.outputs(pictures).logits,
        source.without_strokes(),
    )


def _change_html(source: Source, found: list[Change], asked: int) -> str:
    label = source.prediction.label
    to = "" if asked == label else f" to {asked}"
    if not found:
        nothing = (
            f'<p class="quiet">Nothing small does: neither leaving out a stroke, nor one or two '
            f"added lines, nor wiping out up to {counterfactual.MOST_CELLS} cells.</p>"
        )
        return f"<h2>What would change the reading{to}?</h2>{nothing}{_how_html(_HOW_CHANGE)}"
    shown = "".join(_changed_html(source, change, first=change is found[0]) for change in found)
    return (
        f'<h2>What would change the reading{to}?</h2><div class="pair three">{shown}</div>'
        f"{_how_html(_HOW_CHANGE)}"
    )


def _changed_html(source: Source, change: Change, first: bool) -> str:
    if change.kind == "lines":
        text = f"Add {' and '.join(change.names)}"
    elif change.kind == "strokes":
        text = f"Leave out {' and '.join(change.names)}"
    else:
        pieces = "one small piece" if change.parts == 1 else f"{change.parts} small pieces"
        text = f"Wipe out {pieces} ({change.pixels} pixels)"
    least = "The least: " if first else ""
    url = (
        network.heat_map_url(change.image, np.zeros((28, 28)))
        if change.kind == "strokes"
        else network.change_url(source.image, change.image)
    )
    text = f"{least}{text[0].lower() if first else text[0]}{text[1:]}"
    caption = f"{escape(text)}, and it reads <b>{one(change.label)}</b>."
    return _figure(url, caption, f"{text}, and it reads {one(change.label)}")


def _figure(url: str, caption: str, alt: str) -> str:
    return (
        f'<figure class="heat"><img src="{url}" alt="{escape(alt)}">'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def _how_html(how: str) -> str:
    return f'<details class="how"><summary>How this is computed</summary><p>{how}</p></details>'
