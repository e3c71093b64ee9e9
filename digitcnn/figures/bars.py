"""Values → Plotly figures, and pictures as text that a page can show.

The last step before the page. Figures leave paper, fonts and text colour to the page's theme, so
colours named here must stand out on light and dark ground alike (at least 3:1 on both).
"""

import base64
import struct
import zlib
from typing import Any

import numpy as np

from digitcnn.text import certainty

CHOSEN_COLOR, OTHER_COLOR = "#4a6be0", "#85868c"

BARS_HEIGHT_PX = 126

percent = certainty  # as pages call it

_LABELLED = 0.005  # a smaller probability would be labelled 0%


def probability_bars(probabilities: np.ndarray | None, chosen: int | None = None) -> dict[str, Any]:
    """Ten bars in columns of equal width, one for each digit; the chosen one in colour.

    The digits below the bars are not part of the figure: Streamlit puts a new figure in the old
    one's place, and what stands still should not blink.

    Args:
        probabilities: float (10,), or ``None`` for bars of no height before there is anything.
        chosen: the label to mark, if any.

    Returns:
        A Plotly figure as a dict: that takes a fifth of the time that building it from objects
        takes, after every stroke.
    """
    heights = np.zeros(10) if probabilities is None else np.asarray(probabilities, np.float64)
    labels = [_bar_label(p) for p in heights]
    if chosen is not None and labels[chosen]:
        labels[chosen] = f"<b>{labels[chosen]}</b>"
    hidden = {"visible": False, "fixedrange": True}
    bars = {
        "type": "bar",
        "x": list(range(10)),
        "y": heights.round(6).tolist(),
        "text": labels,
        "textposition": "outside",
        "textangle": 0,
        "constraintext": "none",
        "cliponaxis": False,
        "marker": {
            "color": [CHOSEN_COLOR if digit == chosen else OTHER_COLOR for digit in range(10)],
            "cornerradius": 3,
        },
        "hovertemplate": "%{x}: %{y:.2%}<extra></extra>",
    }
    return {
        "data": [bars],
        "layout": {
            "template": {},
            "height": BARS_HEIGHT_PX,
            "margin": {"l": 0, "r": 0, "t": 22, "b": 0, "pad": 0},
            "bargap": 0.28,
            "showlegend": False,
            "dragmode": False,
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "uniformtext": {"mode": "show", "minsize": 11},
            "xaxis": {**hidden, "range": [-0.5, 9.5]},
            "yaxis": {**hidden, "range": [0, 1]},
        },
    }


def _bar_label(probability: float) -> str:
    if probability < _LABELLED:
        return ""
    return ">99%" if probability > 0.99 else f"{probability:.0%}"


def bars_in_words(probabilities: np.ndarray | None) -> str:
    """What the bars show, for who cannot see them."""
    if probabilities is None:
        return "Bar chart of ten probabilities, one for each digit; empty so far."
    order = np.argsort(probabilities)[::-1]
    parts = ", ".join(f"{digit}: {certainty(float(probabilities[digit]))}" for digit in order)
    return f"Bar chart of the probability of each digit. {parts}."


def picture_url(picture: np.ndarray) -> str:
    """A picture as the address of a PNG that holds itself.

    Args:
        picture: uint8, grey (height, width), or red, green, blue and opacity (height, width, 4).
    """
    height, width = picture.shape[:2]
    # Each row begins with its filter: none.
    rows = np.pad(picture.reshape(height, -1), ((0, 0), (1, 0)))
    kind = 0 if picture.ndim == 2 else 6
    png = b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(name, data)
        for name, data in (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)),
            (b"IDAT", zlib.compress(rows.tobytes(), 6)),
            (b"IEND", b""),
        )
    )
    return png_url(png)


def png_url(png: bytes) -> str:
    """A PNG file's content as an address that holds itself."""
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
