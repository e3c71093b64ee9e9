"""Values that our components report, validated, as anybody can send them."""

import math
from typing import Any

_MOST = 10**9  # larger than whatever is counted here


def whole_number(value: Any) -> int | None:
    """A number truncated to an integer; ``None`` if it is not a number, or far too large."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if math.isfinite(value) and abs(value) < _MOST else None


def place(value: Any) -> tuple[int, int] | None:
    """A pair of such numbers."""
    if not isinstance(value, list) or len(value) != 2:
        return None
    first, second = map(whole_number, value)
    return None if first is None or second is None else (first, second)
