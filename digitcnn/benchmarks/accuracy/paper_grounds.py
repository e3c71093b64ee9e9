"""Paper, rulings, ink, specks and light of composed photos."""

from dataclasses import dataclass

import cv2
import numpy as np

_INKS = (  # RGB, 0 to 255
    (28, 30, 36),  # black
    (30, 42, 105),  # blue-black
    (45, 75, 175),  # ballpoint
    (185, 45, 50),  # red
    (40, 95, 60),  # green
    (105, 104, 106),  # pencil
)
_PAPERS = ((247, 246, 241), (240, 234, 214), (226, 228, 232), (214, 200, 170), (252, 236, 150))
_BOARDS = ((38, 62, 50), (30, 32, 38), (40, 48, 88))
_CHALKS = ((232, 232, 226), (240, 226, 150), (236, 200, 205))
_RULINGS = ((120, 150, 205), (150, 150, 155), (200, 130, 130), (130, 175, 150))
_TABLES = ((120, 84, 54), (70, 66, 64), (168, 160, 150))


@dataclass(frozen=True, eq=False)
class Ground:
    """What a number is written on and with.

    Attributes:
        ruling: ``"blank"``, ``"lined"`` or ``"squared"``.
        is_dark: chalk on a board, in place of ink on paper.
        paper, ink, ruling_colour, table: float32 (3,), RGB, 0 to 255.
        opacity: of the ink, 0 to 1.
        unevenness: of the ink, in parts.
        pitch_px, line_px: from ruling to ruling, and their breadth.
        strength: of the rulings, 0 to 1.
        has_margin: a line in red down the left.
        on_table: whether the table is seen around the paper.
        n_specks: how many specks to expect.
    """

    ruling: str
    is_dark: bool
    paper: np.ndarray
    ink: np.ndarray
    ruling_colour: np.ndarray
    table: np.ndarray
    opacity: float
    unevenness: float
    pitch_px: float
    line_px: float
    strength: float
    has_margin: bool
    on_table: bool
    n_specks: float


def some_ground(rng: np.random.Generator, height_px: float, pitch_px: float) -> Ground:
    """A ground at random, for digits ``height_px`` high on lines ``pitch_px`` apart."""
    is_dark = rng.random() < 0.15
    ruling = str(rng.choice(["blank", "lined", "squared"], p=[0.34, 0.33, 0.33]))
    paper = _colour(rng, _BOARDS if is_dark else _PAPERS)
    ruling_colour = _colour(rng, _RULINGS)
    if ruling == "lined":
        pitch_px = pitch_px if rng.random() < 0.6 else rng.uniform(0.7, 1.6) * height_px
    else:
        pitch_px = rng.uniform(0.45, 1.1) * height_px
    return Ground(
        ruling=ruling,
        is_dark=is_dark,
        paper=paper,
        ink=_colour(rng, _CHALKS if is_dark else _INKS),
        ruling_colour=ruling_colour,
        table=_colour(rng, _TABLES),
        opacity=rng.uniform(0.75, 1),
        unevenness=rng.uniform(0, 0.35),
        pitch_px=max(pitch_px, 14.0),
        line_px=max(1.0, rng.uniform(0.012, 0.035) * height_px),
        strength=rng.uniform(0.25, 0.9),
        has_margin=ruling != "blank" and rng.random() < 0.25,
        on_table=rng.random() < 0.15,
        n_specks=rng.choice([0, 3]),
    )


def ruled_paper(
    ground: Ground, size_px: tuple[int, int], first_line_y: float, rng: np.random.Generator
) -> np.ndarray:
    """Paper with its grain and ruling: float32 (height, width, 3), 0 to 255.

    Args:
        ground: which paper.
        size_px: width and height.
        first_line_y: where one of the horizontal rulings lies, px.
        rng: of the grain.
    """
    width, height = size_px
    paper = np.broadcast_to(ground.paper, (height, width, 3)).astype(np.float32)
    grain = cv2.GaussianBlur(rng.normal(0, 6, (height, width)).astype(np.float32), (0, 0), 1.2)
    paper = paper + grain[..., None]
    cover = np.zeros((height, width), np.float32)
    if ground.ruling != "blank":
        cover = np.maximum(cover, _combed(height, first_line_y, ground)[:, None])
    if ground.ruling == "squared":
        cover = np.maximum(cover, _combed(width, rng.uniform(0, width), ground)[None])
    cover *= ground.strength
    paper += cover[..., None] * (ground.ruling_colour - paper)
    if ground.has_margin:
        x = rng.uniform(0.03, 0.12) * width
        red = np.clip(ground.line_px / 2 + 0.5 - np.abs(np.arange(width) - x), 0, 1)
        red = (red * ground.strength)[None, :, None]
        paper += red * (np.array([205, 80, 80], np.float32) - paper)
    return np.ascontiguousarray(paper, np.float32)


def light(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Uneven light, 0 to 1: a slope, darker corners, at times a shadow; float32 of ``shape``."""
    height, width = shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    x, y = x / width - 0.5, y / height - 0.5
    way = rng.uniform(0, 2 * np.pi)
    lit = 1 - rng.uniform(0, 0.55) * (x * np.cos(way) + y * np.sin(way) + 0.7) / 1.4
    lit *= 1 - rng.uniform(0, 0.4) * (x**2 + y**2)
    if rng.random() < 0.4:
        way, place = rng.uniform(0, 2 * np.pi), rng.uniform(-0.3, 0.3)
        across = (x * np.cos(way) + y * np.sin(way) - place) / rng.uniform(0.015, 0.15)
        lit *= 1 - rng.uniform(0.1, 0.45) / (1 + np.exp(-across.clip(-30, 30)))
    lightness: np.ndarray = lit.astype(np.float32)
    return lightness


def speck(page: np.ndarray, pen_px: float, rng: np.random.Generator) -> None:
    """Puts a speck of dirt somewhere on a page: float32 (height, width, 3)."""
    height, width = page.shape[:2]
    middle = (int(rng.uniform(0, width)), int(rng.uniform(0, height)))
    half = rng.uniform(0.2, 0.8, 2) * pen_px
    axes = tuple(int(max(1, side)) for side in half)
    colour = [float(c) for c in page[middle[1], middle[0]] * rng.uniform(0.3, 0.8)]
    cv2.ellipse(page, middle, axes, rng.uniform(0, 180), 0, 360, colour, -1, cv2.LINE_AA)


def _combed(length_px: int, start_px: float, ground: Ground) -> np.ndarray:
    """How much of each pixel of a side is covered by rulings: float32 (length_px,), 0 to 1."""
    off = (np.arange(length_px) - start_px + ground.pitch_px / 2) % ground.pitch_px
    distance = np.abs(off - ground.pitch_px / 2)
    covered: np.ndarray = np.clip(ground.line_px / 2 + 0.5 - distance, 0, 1)
    return covered.astype(np.float32)


def _colour(rng: np.random.Generator, colours: tuple[tuple[int, int, int], ...]) -> np.ndarray:
    """One of some colours, a little off."""
    colour: np.ndarray = np.clip(rng.choice(colours) + rng.normal(0, 6, 3), 0, 255)
    return colour.astype(np.float32)
