"""Memory-mapped arrays that count as memory only while they are in use.

What was looked at of a file stays a part of the process's memory, as far as the system says, until
it is told that nobody needs it just now.
"""

import contextlib
import mmap
import tempfile
import threading
import weakref

import numpy as np

_known: weakref.WeakSet[mmap.mmap] = weakref.WeakSet()
_turn = threading.Lock()


def in_file(array: np.ndarray) -> np.ndarray:
    """The same array, read only, in a temporary file without a name that goes with it.

    Where no file can be written, the array itself.
    """
    if not array.nbytes:
        return array
    try:
        with tempfile.TemporaryFile() as file:
            np.ascontiguousarray(array).tofile(file)
            file.flush()
            pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError:  # No room, or a system that maps nothing.
        return array
    _know(pages)
    return np.frombuffer(pages, array.dtype).reshape(array.shape)


def know(array: np.memmap) -> None:
    """Registers an array that another module has mapped read-only for :func:`release`."""
    pages = getattr(array, "_mmap", None)  # NumPy has no public name for it.
    if isinstance(pages, mmap.mmap):
        _know(pages)


def _know(pages: mmap.mmap) -> None:
    with _turn:
        _known.add(pages)


def release() -> None:
    """Lets the system free the pages read so far; they are read again when needed.

    Any thread may be reading meanwhile. Where the system can't do so, nothing happens.
    """
    advice = getattr(mmap, "MADV_DONTNEED", None)
    if advice is not None:
        with _turn:
            known = list(_known)
        for pages in known:
            with contextlib.suppress(OSError, ValueError):  # It has just been closed.
                pages.madvise(advice)
