"""Every style by its name."""

from collections.abc import Callable

import numpy as np

from digitcnn.data.styles.shapes import Controls

Style = Callable[[np.random.Generator], Controls]

STYLES: dict[str, tuple[int, Style]] = {}


def style(label: int) -> Callable[[Style], Style]:
    """Registers a way of writing ``label`` under its function's name."""

    def register(draw: Style) -> Style:
        STYLES[draw.__name__.replace("_", " ")] = (label, draw)
        return draw

    return register
