"""Where a protobuf message's fields begin and end, found before it is parsed.

Two bytes of a message, such as an empty name or widget, can become a hundred in memory. Source:
https://protobuf.dev/programming-guides/encoding/
"""

from collections.abc import Iterator

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_VARINT_BYTES = 10  # the longest


class Malformed(Exception):
    """Bytes that are not fields."""


def fields(data: bytes, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """The fields of a message, one after the other, each only when it is asked for.

    Args:
        data: the message, or one with that message in it.
        start, end: where in ``data`` the message begins and ends.

    Yields:
        Each field's number, and where its value begins and ends.

    Raises:
        Malformed: they end elsewhere, or are of no kind that is in use.
    """
    while start < end:
        tag, start = _varint(data, start, end)
        kind = tag & 7
        if kind == _VARINT:
            _, stop = _varint(data, start, end)
        elif kind == _BYTES:
            length, start = _varint(data, start, end)
            stop = start + length
        elif kind in (_FIXED64, _FIXED32):
            stop = start + (8 if kind == _FIXED64 else 4)
        else:
            raise Malformed(f"a field of kind {kind}")
        if stop > end:
            raise Malformed("a field that does not end")
        yield tag >> 3, start, stop
        start = stop


def _varint(data: bytes, start: int, end: int) -> tuple[int, int]:
    """A number that is written in groups of seven bits, and where it ends."""
    value = 0
    for place, byte in enumerate(data[start : min(end, start + _VARINT_BYTES)]):
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return value, start + place + 1
    raise Malformed("a number that does not end")
