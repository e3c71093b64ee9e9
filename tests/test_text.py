"""One spelling of figures and times."""

import math

import pytest

from digitcnn import text


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (text.percent(0.9951), "99.51%"),
        (text.percent(0.9951, 1), "99.5%"),
        (text.percent(math.nan), "–"),
        (text.certainty(1.0), "over 99.9%"),
        (text.certainty(0.99961), "over 99.9%"),
        (text.certainty(0.999), "99.9%"),
        (text.certainty(0.001), "0.1%"),
        (text.certainty(0.0002), "under 0.1%"),
        (text.certainty(0.0), "under 0.1%"),
        (text.certainty(0.523), "52.3%"),
        (text.duration(47.6), "48 s"),
        (text.duration(171), "2 min 51 s"),
        (text.duration(3_840), "1 h 4 min"),
        (text.time_left(4), "a few seconds left"),
        (text.time_left(42), "about 40 seconds left"),
        (text.time_left(190), "about 3 minutes left"),
        (text.time_left(9_000), "about 2 hours left"),
        (text.day("2026-01-02T03:04:05"), "2 Jan 2026, 03:04"),
        (text.moment("2026-11-25T20:07:54"), "25 Nov 20:07"),
        (text.date("2026-01-02T03:04:05"), "2 Jan 2026"),
    ],
)
def test_spelling(said, expected):
    assert said == expected
