"""Figures, durations and dates in words: one spelling for pages, commands and reports."""

import math
from datetime import datetime

_NEVER_QUITE = 0.001  # a probability this near to 0 or 1 is not called so


def percent(part: float, digits: int = 2) -> str:
    """0.9951 as ``99.51%``; a dash for NaN.

    Args:
        part: a share, from 0 to 1.
        digits: decimal places.
    """
    return "–" if math.isnan(part) else f"{part:.{digits}%}"


def certainty(probability: float) -> str:
    """A probability in words: never rounded to 100 % or 0 %."""
    if probability > 1 - _NEVER_QUITE:
        return "over 99.9%"
    if probability < _NEVER_QUITE:
        return "under 0.1%"
    return f"{probability:.1%}"


def duration(seconds: float) -> str:
    """A duration: ``48 s``, ``2 min 51 s``, ``1 h 4 min``."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def about(seconds: float) -> str:
    """An estimated duration, roughly rounded: ``about 3 minutes``."""
    if seconds < 10:
        return "a few seconds"
    if seconds < 90:
        return f"about {round(seconds / 10) * 10} seconds"
    if seconds < 5_400:
        return f"about {round(seconds / 60)} minutes"
    return f"about {round(seconds / 3_600)} hours"


def time_left(seconds: float) -> str:
    """Time left: ``about 3 minutes left``."""
    return f"{about(seconds)} left"


def day(created: str) -> str:
    """An ISO date and time as a day and a minute, in the reader's zone: ``2 Jan 2026, 03:04``."""
    when = _local(created)
    return f"{when.day} {when:%b %Y, %H:%M}"


def moment(created: str) -> str:
    """An ISO date and time without its year: ``2 Jan 03:04``."""
    when = _local(created)
    return f"{when.day} {when:%b %H:%M}"


def date(created: str) -> str:
    """An ISO date and time as a day: ``2 Jan 2026``."""
    when = _local(created)
    return f"{when.day} {when:%b %Y}"


def _local(created: str) -> datetime:
    """With the clock of this machine, if it says of which zone it is."""
    when = datetime.fromisoformat(created)
    return when.astimezone() if when.tzinfo is not None else when
