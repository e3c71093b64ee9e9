"""Arrays kept in an unnamed file instead of in memory, and read row by row.

A memory map would count as the process's memory again, page by page, as it is looked at.
"""

import io
import tempfile
import threading
from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import DTypeLike


class Spilled:
    """Bytes in a temporary file that goes with this object; safe for several threads.

    Where no file can be written, they stay in memory.
    """

    def __init__(self) -> None:
        self._turn, self._size = threading.Lock(), 0
        self._file: BinaryIO
        try:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 (it lives as long as this)
        except OSError:
            self._file = io.BytesIO()

    def write(self, data: bytes) -> int:
        """Adds bytes at the end.

        Returns:
            Where they begin.
        """
        with self._turn:
            start = self._size
            try:
                self._put(start, data)
            except OSError:  # The disk is full: what was written so far can still be read.
                self._file.seek(0)
                self._file = io.BytesIO(self._file.read(start))
                self._put(start, data)
            self._size += len(data)
        return start

    def read(self, start: int, n_bytes: int) -> bytes:
        """Some of the bytes.

        Args:
            start: where they begin, as :meth:`write` said.
            n_bytes: how many; all of them must have been written.
        """
        with self._turn:
            self._file.seek(start)
            return self._file.read(n_bytes)

    def _put(self, start: int, data: bytes) -> None:
        self._file.seek(start)
        self._file.write(data)
        self._file.flush()


class SpilledArray:
    """An array whose rows lie in a temporary file.

    Args:
        dtype: of the array.
        row_shape: its shape without the first axis; the array begins with no rows.
    """

    def __init__(self, dtype: DTypeLike, row_shape: Sequence[int]):
        self.dtype = np.dtype(dtype)
        self._row_shape = tuple(row_shape)
        self._row_bytes = int(np.prod(self._row_shape, dtype=np.int64)) * self.dtype.itemsize
        self._n_rows, self._bytes = 0, Spilled()

    @classmethod
    def of(cls, array: np.ndarray) -> "SpilledArray":
        """The same array in a file: shape (n, …), any plain dtype."""
        spilled = cls(array.dtype, array.shape[1:])
        spilled.append(array)
        return spilled

    def append(self, rows: np.ndarray) -> None:
        """Adds rows at the end: (n, *row_shape), which become of this array's dtype."""
        if rows.shape[1:] != self._row_shape:
            raise ValueError(f"rows are of shape {self._row_shape}, not {rows.shape[1:]}")
        self._bytes.write(rows.astype(self.dtype, copy=False).tobytes())
        self._n_rows += len(rows)

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of rows, and their shape."""
        return (self._n_rows, *self._row_shape)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def __len__(self) -> int:
        return self._n_rows

    def __getitem__(self, rows: int | slice) -> Any:
        """One row, or those of a slice without gaps: an array of their own, read only.

        Raises:
            IndexError: there is no such row.
            ValueError: a slice with gaps or backwards.
        """
        if isinstance(rows, slice):
            start, end, step = rows.indices(len(self))
            if step != 1:
                raise ValueError("only slices without gaps are read")
            return self._read(start, max(0, end - start))
        row = rows + len(self) if rows < 0 else rows
        if not 0 <= row < len(self):
            raise IndexError(rows)
        return self._read(row, 1)[0]

    def _read(self, start: int, n: int) -> np.ndarray:
        data = self._bytes.read(start * self._row_bytes, n * self._row_bytes)
        return np.frombuffer(data, self.dtype).reshape(n, *self._row_shape)
