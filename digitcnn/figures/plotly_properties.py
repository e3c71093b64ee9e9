"""Plotly's table of 10,000 properties, loaded one by one when a chart needs them.

Plotly keeps all of it once it has looked at one property, which Streamlit does as it starts: 9 MB
of small objects, of which a chart needs some hundred bytes.
"""

import json
import re
import zlib
from pathlib import Path
from typing import Any

import numpy as np

_ENTRY = re.compile(rb'^    "([^"\\]+)": (?=\{)', re.MULTILINE)


class Properties:
    """Plotly's file of properties, read entry by entry, replacing the dict of all of them.

    Args:
        path: a JSON file of one object, in which each entry begins a line, four spaces in.

    Raises:
        OSError: it can't be read.
        ValueError: it is no such file.
    """

    def __init__(self, path: Path):
        self._path = path
        entries = list(_ENTRY.finditer(path.read_bytes()))
        if not entries:
            raise ValueError(f"{path} has no properties")
        # Names would be a megabyte again: their checksums tell where to look.
        sums = np.array([zlib.crc32(entry[1]) for entry in entries], np.uint32)
        starts = np.array([entry.start() for entry in entries], np.uint32)
        self._starts = np.append(starts, np.uint32(path.stat().st_size))
        self._order = np.argsort(sums, kind="stable").astype(np.uint32)
        self._sums = sums[self._order]

    def __len__(self) -> int:
        return len(self._sums)

    def get(self, name: str) -> dict[str, Any] | None:
        """What is known of a property, by its path such as "layout.yaxis"; a dict of its own."""
        key = name.encode()
        first, end = np.searchsorted(self._sums, [zlib.crc32(key), zlib.crc32(key) + 1])
        for place in self._order[first:end]:
            start, after = self._starts[place : place + 2].tolist()
            with self._path.open("rb") as file:
                file.seek(start)
                entry = _ENTRY.match(text := file.read(after - start))
            if entry is not None and entry[1] == key:
                found: dict[str, Any]
                found, _ = json.JSONDecoder().raw_decode(text[entry.end() :].decode())
                return found
        return None


def read_one_by_one() -> bool:
    """Makes Plotly read its properties when they are needed, and drops those already read.

    Returns:
        Whether it does so; a Plotly that keeps them elsewhere is left as it is.
    """
    from plotly import validator_cache

    cache: Any = getattr(validator_cache, "ValidatorCache", None)
    path = Path(validator_cache.__file__).parent / "validators" / "_validators.json"
    if not hasattr(cache, "_json_cache"):
        return False
    try:
        cache._json_cache = Properties(path)
    except (OSError, ValueError):
        return False
    return True
