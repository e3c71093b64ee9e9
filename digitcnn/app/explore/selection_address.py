"""How the address of Explore says what is looked at, and what an address asks for."""

from collections.abc import Mapping
from dataclasses import fields, replace

from digitcnn.app.explore.selection import GRID, ORDERS, SHOWN, Selection

_MOST_CORNERS = 40


def read_address(address: Mapping[str, str]) -> tuple[Selection, list[str]]:
    """The selection that an address asks for, and a hint for each part that makes no sense.

    What makes no sense is ignored. Names that this page does not use are passed over.
    """
    selection, hints = Selection(), []
    for field in fields(Selection):
        if field.name not in address:
            continue
        text = str(address[field.name])
        try:
            selection = replace(selection, **{field.name: _READ[field.name](text)})
        except ValueError:
            shown = text if len(text) <= 20 else f"{text[:20]}…"
            hints.append(
                f"The address says {field.name}={shown}, which means nothing here"
                f"{_EXPECTED.get(field.name, '')}; it was ignored."
            )
    return selection, hints


def write_address(selection: Selection) -> dict[str, str]:
    """What an address says of a selection: only what differs from the usual."""
    usual = Selection()
    return {
        field.name: _write(field.name, getattr(selection, field.name))
        for field in fields(Selection)
        if getattr(selection, field.name) != getattr(usual, field.name)
    }


def _digit(text: str) -> int:
    if not (len(text) == 1 and text in "0123456789"):
        raise ValueError(text)
    return int(text)


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise ValueError(text)
    return int(text)


def _page(text: str) -> int:
    number = _whole(text)
    if number < 1:
        raise ValueError(text)
    return number - 1


def _confidence(text: str) -> float:
    value = round(float(text) / 100, 6)
    if not 0 <= value < 1:
        raise ValueError(text)
    return value


def _one_of(choices: Mapping[str, str]):
    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(text)
        return text

    return read


def _region(text: str) -> tuple[tuple[int, int], ...]:
    numbers = [_whole(part) for part in text.split("-")]
    if len(numbers) % 2 or not 6 <= len(numbers) <= 2 * _MOST_CORNERS or max(numbers) > GRID:
        raise ValueError(text)
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))


def _write(name: str, value) -> str:
    if name == "region":
        return "-".join(str(number) for corner in value for number in corner)
    if name == "threshold":
        return f"{value * 100:g}"
    return str(value + 1) if name == "page" else str(value)


_READ = {
    "run": str,
    "compare": str,
    "data": str,
    "true": _digit,
    "predicted": _digit,
    "region": _region,
    "show": _one_of(SHOWN),
    "order": _one_of(ORDERS),
    "threshold": _confidence,
    "page": _page,
    "digit": _whole,
}
_EXPECTED = {
    "true": " (a digit from 0 to 9 does)",
    "predicted": " (a digit from 0 to 9 does)",
    "digit": " (a position in the data set does)",
    "threshold": " (a percentage below 100 does)",
    "page": " (a page number does)",
}
NAMES = frozenset(_READ)
