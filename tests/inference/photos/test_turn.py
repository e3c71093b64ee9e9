"""Which way up a page lies: what its digits must say before it is turned."""

import numpy as np
import pytest

from digitcnn.inference.photos import turn


def page(labels: list[int], gains: list[float], quarters: int) -> tuple[np.ndarray, np.ndarray]:
    """Digits that look so much more like digits once turned by some quarters."""
    values = np.full((4, len(labels)), -2.0)
    values[0] = 0.0
    values[quarters] = gains
    return values, np.tile(labels, (4, 1))


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_different_digits_that_say_so_turn_a_page(quarters):
    assert turn.likeliest(*page([1, 0, 8, 2], [0.3, 0.5, 0.7, 0.9], quarters)) == quarters


def test_digits_that_hardly_say_so_do_not():
    assert turn.likeliest(*page([1, 0, 8, 2], [0.3, 0.4, 0.5, 0.6], 2)) == 0


def test_many_of_the_same_say_no_more_than_one():
    """Nines of a hand that look like sixes, beside noughts."""
    assert turn.likeliest(*page([6] * 14 + [0] * 14, [1.5] * 14 + [0.2] * 14, 2)) == 0
    assert turn.likeliest(*page([6] * 14, [2.5] * 14, 2)) == 0


def test_few_that_say_it_loudly_do():
    assert turn.likeliest(*page([4, 4, 4, 4], [5.0] * 4, 1)) == 1


def test_an_upright_page_stays():
    values, labels = page([3, 4, 5], [-1.0, -1.0, -1.0], 2)
    assert turn.likeliest(values, labels) == 0
    assert not turn.may_be_upside_down(values, labels)


def test_a_page_that_hardly_says_which_way_up_it_lies_stays_and_says_so():
    """8060, which is 0908 upside down."""
    for gain in (-0.2, 0.2):
        values, labels = page([8, 0, 6, 0], [gain] * 4, 2)
        assert turn.likeliest(values, labels) == 0
        assert turn.may_be_upside_down(values, labels)
