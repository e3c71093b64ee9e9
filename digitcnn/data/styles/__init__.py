"""The ways that people write each digit, as parametric strokes.

MNIST's writers were American clerks and students of the 1990s; they hardly ever slashed a zero,
gave a one a foot, or crossed a seven. A style here is a function that draws one such way afresh at
each call: strokes of a few control points in a box of about 1 by 1, x right and y down, which
:mod:`digitcnn.data.handwriting` then smooths, bends, slants and writes with a pen.

All shapes are the project's own, from looking at how people write; none is fitted to data.
"""

from digitcnn.data.styles import (  # noqa: F401
    eight,
    five,
    four,
    nine,
    one,
    seven,
    six,
    three,
    two,
    zero,
)
from digitcnn.data.styles.registry import STYLES, Style
from digitcnn.data.styles.shapes import Controls

__all__ = ["STYLES", "Controls", "Style"]
