"""What a page says of an error: no folders of the server to strangers."""

import pytest

from digitcnn.app.shared import messages
from digitcnn.errors import DigitcnnError


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/home/someone/.digitcnn/mnist.npz is damaged.", "mnist.npz is damaged."),
        (
            "DIGITCNN_COLLECT names /srv/private/drawings, which",
            "DIGITCNN_COLLECT names drawings, which",
        ),
        (r"C:\Users\someone\runs\a.npz can't be read", "a.npz can't be read"),
        ("See https://example.org/a/b/c for more.", "See https://example.org/a/b/c for more."),
        ("put mnist.npz into ~/.keras/datasets, or", "put mnist.npz into ~/.keras/datasets, or"),
        ("a stroke and/or a point, 3/4 of it", "a stroke and/or a point, 3/4 of it"),
    ],
)
def test_strangers_see_names_and_no_folders(text, told, monkeypatch):
    assert messages.sentence(DigitcnnError(text), "x") == text  # whose machine it is, sees all
    monkeypatch.setenv("DIGITCNN_PUBLIC", "1")
    assert messages.sentence(DigitcnnError(text), "x") == told
