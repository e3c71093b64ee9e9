"""Strokes as small pictures for buttons."""

import numpy as np

from digitcnn.figures.image_url import svg_url
from digitcnn.preprocessing.ink import Ink
from digitcnn.system.templates import render


def strokes_svg(ink: Ink, size_px: tuple[float, float], pen_px: float) -> str:
    """The ink as an SVG picture of (width, height) px, in black on nothing."""
    width, height = size_px
    return render(
        "figures/templates/strokes.svg",
        path="".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in stroke) for stroke in ink),
        width=f"{width:g}",
        height=f"{height:g}",
        pen=f"{pen_px:g}",
    )


def fitted_url(ink: Ink, size_px: float, pen_px: float) -> str:
    """The ink, as large as a square picture of ``size_px`` allows, as that picture's address.

    Args:
        ink: at least one stroke.
        size_px: of the picture's sides.
        pen_px: width of the lines in it.
    """
    points = np.concatenate(ink)
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    scale = (size_px - 2 * pen_px) / max(float(extent.max()), 1.0)
    corner = (size_px - extent * scale) / 2
    placed = [(stroke - low) * scale + corner for stroke in ink]
    return svg_url(strokes_svg(placed, (size_px, size_px), pen_px))


def paper_url(ink: Ink, paper_px: float, size_px: float, pen_px: float) -> str:
    """The ink where it stands on a square paper, as the address of a smaller picture of that.

    Args:
        ink: strokes.
        paper_px: of the paper's sides.
        size_px: of the picture's sides.
        pen_px: width of the lines in it.
    """
    scaled = [stroke * (size_px / paper_px) for stroke in ink]
    return svg_url(strokes_svg(scaled, (size_px, size_px), pen_px))
