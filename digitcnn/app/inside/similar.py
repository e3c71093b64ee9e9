"""Training digits that look the same to the network, and the digit's place on the map."""

from collections import Counter
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from digitcnn.app.inside.source import Source
from digitcnn.app.shared import cache_digits, notes
from digitcnn.app.shared.cache import Reader
from digitcnn.app.shared.messages import one
from digitcnn.evaluation import embedding_map
from digitcnn.explain.similar import Neighbour, TrainingDigits
from digitcnn.figures.image_url import picture_url
from digitcnn.models.networks import N_CLASSES
from digitcnn.system.templates import render

_render = partial(render, "app/inside/templates/similar.html")

_N_SIMILAR = 5
_POLL_S = 1.0


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
            notes.hint(prepared.trouble)
        else:
            notes.quiet("Preparing the training digits …")


def _similar_html(source: Source, digits: TrainingDigits) -> str:
    found = digits.nearest(source.prediction.embedding, _N_SIMILAR)
    stands_out, text = agreement(source.prediction.label, [near.label for near in found])
    return _render(
        "similar",
        neighbours=[_in_words(neighbour) for neighbour in found],
        stands_out=stands_out,
        text=text,
        name=digits.name,
    )


def agreement(label: int, labels: list[int]) -> tuple[str, str]:
    """Whether the most similar training digits support the reading, in words.

    Args:
        label: what was read.
        labels: of the training digits, at least one.

    Returns:
        A beginning that stands out, where they do not, and a sentence.
    """
    n = len(labels)
    counts = Counter(labels)
    if counts[label] == n:
        return "", f"All {n} are labelled {label}: they support the reading."
    others = [f"{count} {'is' if count == 1 else 'are'} labelled {digit}"
              for digit, count in counts.most_common() if digit != label]  # fmt: skip
    listed = " and ".join(others)
    if counts[label] * 2 > n:
        return "", f"They mostly agree: {counts[label]} of {n} are labelled {label}, but {listed}."
    against = f"of {n}, {listed}, not {label}. Do not trust the reading here."
    return "The neighbours disagree:", against


def _in_words(neighbour: Neighbour) -> tuple[str, str, int, str]:
    """A training digit in words, as a picture, its label and its distance."""
    distance = f"{max(1 - neighbour.likeness, 0):.3f}"
    words = f"Training digit {neighbour.index:,}, labelled {neighbour.label}, distance {distance}"
    return words, picture_url(neighbour.image), neighbour.label, distance


def show_map(source: Source, reader: Reader) -> None:
    """Places the map of test digits with the digit on it."""
    mapped = cache_digits.map_picture(reader.run)
    if mapped is None:
        notes.hint(
            "This network was trained by another version of the program, which drew no map. New "
            "networks have one."
        )
        return
    drawn_on, url = mapped
    embedding = source.prediction.embedding[None]
    (place,) = embedding_map.place(embedding, drawn_on.embeddings, drawn_on.positions)
    with st.container(key="map"):
        st.html(_map_html(source, drawn_on.positions, drawn_on.labels, url, place))


def _map_html(
    source: Source,
    positions: NDArray[np.float32],
    labels: NDArray[np.uint8],
    url: str,
    place: NDArray[np.float32],
) -> str:
    nearest = int(labels[np.linalg.norm(positions - place, axis=1).argmin()])
    return _render(
        "map",
        url=url,
        n=f"{len(labels):,}",
        nearest={"digit": nearest, "words": one(nearest)},
        names=[
            (digit, _percents(np.median(positions[labels == digit], axis=0)))
            for digit in range(N_CLASSES)
            if (labels == digit).any()
        ],
        here=_percents(place),
        side="left" if place[0] > 0.4 else "right",
        label=one(source.prediction.label),
    )


def _percents(place: NDArray[np.float32]) -> list[float]:
    """A place on the map, from its left and from its top."""
    return list((np.clip(place, -1, 1) + 1) / 2 * 100)
