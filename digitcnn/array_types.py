"""Names for array types that several packages use; shapes are given where they occur."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Floats = NDArray[np.floating]
Ints = NDArray[np.integer]

Chosen = slice | Sequence[int] | Ints | Bools
"""Which rows: a slice, their indices, or whether each."""
