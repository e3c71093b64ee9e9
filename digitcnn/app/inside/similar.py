"""Training digits that look the same to the network, and the digit's place on the map."""

from collections import Counter
from html import escape

import numpy as np
import streamlit as st

from digitcnn.app.inside.source import Source
from digitcnn.app.shared import cache_digits
from digitcnn.app.shared.cache import Reader
from digitcnn.app.shared.messages import one
from digitcnn.evaluation import embedding_map
from digitcnn.explain.similar import Neighbour, TrainingDigits
from digitcnn.figures.image_url import picture_url
from digitcnn.models.networks import N_CLASSES

_N_SIMILAR = 5
_POLL_S = 1.0

_HOW_SIMILAR = (
    "Just before it decides, the network has summed the digit up in a few dozen numbers, the "
    "embedding. Two digits are alike if their embeddings point the same way; the distance is 1 "
    "minus the cosine of the angle between them: 0 means identical for the network, 1 nothing "
    "in common. All training digits are compared. Source: nearest neighbours as an explanation, "
    "Papernot and McDaniel 2018, “Deep k-nearest neighbors”."
)
_HOW_MAP = (
    "The test digits’ embeddings were laid out in two dimensions once, by the trainer, so that "
    "neighbours stay neighbours; yours is put among the ones that it is most like. Directions "
    "and large distances mean nothing. Source: van der Maaten and Hinton 2008, “Visualizing data "
    "using t-SNE”."
)


def show_similar(source: Source, reader: Reader) -> None:
    """Places the training digits most like it; asks again while they are being prepared."""
    making = cache_digits.training_digits(reader.run).is_made
    every = _POLL_S if making else None
    st.fragment(_similar, run_every=every)(source, reader, making)


def _similar(source: Source, reader: Reader, waited: bool) -> None:
    prepared = cache_digits.training_digits(reader.run)
    if waited and not prepared.is_made:
        st.rerun()
    with st.container(key="similar"):
        if prepared.value is not None:
            st.html(_similar_html(source, prepared.value))
        elif prepared.trouble:
            st.html(f'<p class="hint" role="status">{escape(prepared.trouble)}</p>')
        else:
            st.html('<p class="quiet">Preparing the training digits …</p>')


def _similar_html(source: Source, digits: TrainingDigits) -> str:
    found = digits.nearest(source.prediction.embedding, _N_SIMILAR)
    pictures = "".join(_neighbour_html(neighbour) for neighbour in found)
    return (
        "<h2>Most similar training digits</h2>"
        f'<div class="neighbours">{pictures}</div>'
        f"<p>{agreement(source.prediction.label, [neighbour.label for neighbour in found])}</p>"
        f'<p class="quiet">From {escape(digits.name)}; nearest first.</p>'
        f'<details class="how"><summary>How this is computed</summary><p>{_HOW_SIMILAR}</p>'
        "</details>"
    )


def agreement(label: int, labels: list[int]) -> str:
    """Whether the training digits most like a digit bear its reading out, as a sentence.

    Args:
        label: what was read.
        labels: of the training digits, at least one.
    """
    n = len(labels)
    counts = Counter(labels)
    if counts[label] == n:
        return f"All {n} are labelled {label}: they support the reading."
    others = [f"{count} {'is' if count == 1 else 'are'} labelled {digit}"
              for digit, count in counts.most_common() if digit != label]  # fmt: skip
    listed = " and ".join(others)
    if counts[label] * 2 > n:
        return f"They mostly agree: {counts[label]} of {n} are labelled {label}, but {listed}."
    return (
        f"<b>The neighbours disagree:</b> of {n}, {listed}, not {label}. Do not trust the reading "
        "here."
    )


def _neighbour_html(neighbour: Neighbour) -> str:
    distance = max(1 - neighbour.likeness, 0)
    alt = f"Training digit {neighbour.index:,}, labelled {neighbour.label}, distance {distance:.3f}"
    return (
        f'<figure><img src="{picture_url(neighbour.image)}" alt="{alt}">'
        f"<figcaption><b>{neighbour.label}</b> distance {distance:.3f}</figcaption></figure>"
    )


def show_map(source: Source, reader: Reader) -> None:
    """Places the map of test digits with the digit on it."""
    mapped = cache_digits.map_picture(reader.run)
    if mapped is None:
        st.html(
            '<p class="hint" role="status">This network was trained by another version of the '
            "program, which drew no map. New networks have one.</p>"
        )
        return
    drawn_on, url = mapped
    embedding = source.prediction.embedding[None]
    (place,) = embedding_map.place(embedding, drawn_on.embeddings, drawn_on.positions)
    with st.container(key="map"):
        st.html(_map_html(source, drawn_on.positions, drawn_on.labels, url, place))


def _map_html(
    source: Source, positions: np.ndarray, labels: np.ndarray, url: str, place: np.ndarray
) -> str:
    names = "".join(
        f'<b style="{_at(np.median(positions[labels == digit], axis=0))}">{digit}</b>'
        for digit in range(N_CLASSES)
        if (labels == digit).any()
    )
    nearest = int(labels[np.linalg.norm(positions - place, axis=1).argmin()])
    side = "left" if place[0] > 0.4 else "right"
    return (
        "<h2>Where it lies among the test digits</h2>"
        f'<div class="atlas"><img src="{url}" alt="Map of {len(labels):,} test digits in ten '
        f'groups; this digit lies among the {nearest}s">{names}'
        f'<i class="here {side}" style="{_at(place)}"><span>You are here</span></i></div>'
        f"<p>Each dot is a test digit; dots close together look alike to the network. This one, "
        f"read as <b>{one(source.prediction.label)}</b>, lies next to <b>{one(nearest)}</b>. The "
        'Explore page has an interactive version of this map.</p><details class="how"><summary>'
        f"How this is computed</summary><p>{_HOW_MAP}</p></details>"
    )


def _at(place: np.ndarray) -> str:
    x, y = (np.clip(place, -1, 1) + 1) / 2 * 100
    return f"left:{x:.1f}%;top:{y:.1f}%"
