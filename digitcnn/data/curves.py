"""Curves through points, as a pen goes."""

from digitcnn.array_types import Floats


def catmull_rom(before: Floats, start: Floats, end: Floats, after: Floats, t: Floats) -> Floats:
    """Points of a Catmull-Rom curve between ``start`` (t = 0) and ``end`` (t = 1).

    Args:
        before: the point that the curve comes from; float (..., 2), as are the other three.
        start: where this piece begins.
        end: where it ends.
        after: the point that the curve goes on to.
        t: float, 0 to 1, of a shape that joins theirs.

    Source: Catmull and Rom 1974, "A class of local interpolating splines".
    """
    way: Floats = 0.5 * (
        (end - before) * t
        + (2 * before - 5 * start + 4 * end - after) * t**2
        + (3 * start - before - 3 * end + after) * t**3
    )
    return start + way
