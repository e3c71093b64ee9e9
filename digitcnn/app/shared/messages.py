"""Errors in words: the one place where the app reports them."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from digitcnn.errors import DigitcnnError
from digitcnn.settings import SettingsError, settings

log = logging.getLogger("digitcnn.app")

# A path's folders, before its last part; not what follows the scheme of an address.
_FOLDERS = re.compile(r"(?<![\w/:.<~])(?:[A-Za-z]:)?[\\/](?:[^\s\\/:;,()'\"<>]+[\\/])+")
_UNEXPECTED = (
    "Something unexpected went wrong here. The rest of the page still works; "
    "what happened is in the server's log."
)


@contextmanager
def in_words(place: str) -> Iterator[None]:
    """Turns an error in the block into a sentence on the page; the rest of the page goes on.

    Args:
        place: what the block does, for the log.
    """
    try:
        yield
    except Exception as error:
        st.warning(plain(sentence(error, place)), icon=":material/info:")


def plain(text: str) -> str:
    """``text`` for places where Streamlit reads Markdown, so that it shows as it stands there.

    A name must not become a link, a formula or, worst, a picture that the page fetches somewhere.
    """
    return re.sub(r"([\\\[\]<$`])", r"\\\1", text)


def sentence(error: Exception, place: str) -> str:
    """What to tell a person about ``error``; an unexpected error goes to the log."""
    if isinstance(error, DigitcnnError):
        return without_paths(str(error))
    log.error("%s failed", place, exc_info=error)
    return _UNEXPECTED


def without_paths(text: str) -> str:
    """``text`` with file names only, for strangers: folders are none of their business."""
    try:
        public = settings().public
    except SettingsError:
        public = True
    return _FOLDERS.sub("", text) if public else text


def one(digit: int) -> str:
    """A digit with its article: a 7, an 8."""
    return f"an {digit}" if digit == 8 else f"a {digit}"
