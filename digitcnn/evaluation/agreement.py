"""Several networks on the same digits: how far they agree, and what that means."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from digitcnn.array_types import Bools


def votes(labels: Sequence[int]) -> list[tuple[int, int]]:
    """How many networks read which digit, the most first: (digit, count).

    Args:
        labels: what each network reads; where counts are equal, who is named first comes first.
    """
    return Counter(int(label) for label in labels).most_common()


def votes_in_words(labels: Sequence[int]) -> str:
    """``2 of 3 networks say 4, 1 says 9.``, or that they all agree.

    Args:
        labels: what each network reads; at least two.
    """
    (first, count), *others = votes(labels)
    n = len(labels)
    if not others:
        return f"All {n} networks say {first}." if n > 2 else f"Both networks say {first}."
    say = "says" if count == 1 else "say"
    rest = ", ".join(f"{m} {'says' if m == 1 else 'say'} {digit}" for digit, m in others)
    return f"{count} of {n} networks {say} {first}, {rest}."


@dataclass(frozen=True, eq=False)
class Agreement:
    """An ensemble and its members on the same digits.

    Attributes:
        labels: uint8 (n,), true digits.
        together: uint8 (n,), what the ensemble reads.
        members: uint8 (n, n_members), what each member reads by itself.
    """

    labels: NDArray[np.uint8]
    together: NDArray[np.uint8]
    members: NDArray[np.uint8]

    @cached_property
    def differ(self) -> Bools:
        """On which digits not all members read the same: bool (n,)."""
        apart: Bools = (self.members != self.members[:, :1]).any(axis=1)
        return apart

    def figures(self) -> dict[str, int]:
        """Counts of digits, by name, for ``--json``.

        ``agree`` and ``differ`` are all of them; ``agree_right`` and ``differ_right`` those that
        the ensemble reads correctly; ``any_right`` those of ``differ`` that at least one member
        does.
        """
        right = self.together == self.labels
        any_right = (self.members == self.labels[:, None]).any(axis=1)
        return {
            "n": len(self.labels),
            "agree": int((~self.differ).sum()),
            "agree_right": int((right & ~self.differ).sum()),
            "differ": int(self.differ.sum()),
            "differ_right": int((right & self.differ).sum()),
            "any_right": int((any_right & self.differ).sum()),
        }

    def in_words(self) -> str:
        """The same in two sentences."""
        said = self.figures()
        n_wrong = said["agree"] - said["agree_right"]
        told = f"All networks agree on {said['agree']:,} of {said['n']:,} digits"
        told += f" ({n_wrong:,} of them wrongly)." if n_wrong else ", and are right."
        if not said["differ"]:
            return told
        return (
            f"{told} On the {said['differ']:,} where they disagree, the ensemble is right "
            f"{said['differ_right']:,} times, and at least one network {said['any_right']:,} times."
        )
