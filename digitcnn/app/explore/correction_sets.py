"""Where a visitor's correction sets are kept: in the home folder, or, in public, in the session."""

from collections.abc import Callable
from dataclasses import dataclass, field

import streamlit as st

from digitcnn.app.shared import operator, session_memory
from digitcnn.data import correction_folder
from digitcnn.data.correction_folder import SetInTheWay, UnknownSet
from digitcnn.data.corrections import NAME_CHARS, CorrectionSet, Of, WrongCorrections, proper_name
from digitcnn.settings import settings

PUBLIC_SETS, PUBLIC_CORRECTIONS = 10, 2_000  # of a session where strangers use the app

_KEPT, _CHOSEN = "correction sets", "correction set chosen"  # session state
_BYTES = 600  # of memory that a correction takes, about

Change = Callable[[CorrectionSet], CorrectionSet]


@dataclass(eq=False)
class _Session:
    """The sets of a session, the one last changed last.

    Attributes:
        sets: by name.
        was_let_go: whether they went to make room for others.
    """

    sets: dict[str, CorrectionSet] = field(default_factory=dict)
    was_let_go: bool = False

    def let_go(self) -> None:
        """Keeps nothing."""
        self.sets, self.was_let_go = {}, True

    def put(self, wanted: CorrectionSet) -> None:
        """Keeps a set.

        Raises:
            SetInTheWay, WrongCorrections: that would be more than a session may keep.
        """
        if wanted.name not in self.sets and len(self.sets) >= PUBLIC_SETS:
            raise SetInTheWay(
                f"A visit keeps at most {PUBLIC_SETS} correction sets; remove one first."
            )
        if len(wanted) > PUBLIC_CORRECTIONS:
            raise WrongCorrections(
                f"On a public site a correction set holds at most {PUBLIC_CORRECTIONS:,} digits; "
                "select fewer, or use digitcnn on your own computer."
            )
        self.sets.pop(wanted.name, None)
        self.sets[wanted.name] = wanted
        self.was_let_go = False
        session_memory.keep(self, _BYTES * sum(map(len, self.sets.values())))


def every() -> list[CorrectionSet]:
    """All sets of this visitor, the one last changed first."""
    if settings().public:
        return list(reversed(_session().sets.values()))
    return correction_folder.sets(settings().home)


def troubles() -> list[str]:
    """What is wrong with sets that can't be shown, a sentence each."""
    if settings().public:
        gone = "To make room for other visitors, your correction sets were removed."
        return [gone] if _session().was_let_go else []
    found = correction_folder.listings(settings().home)
    return [f"“{one.name}” can't be read: {one.reason}" for one in found if one.set is None]


def was_let_go() -> bool:
    """Whether a stranger's sets went to make room for others'."""
    return settings().public and _session().was_let_go


def find(name: str) -> CorrectionSet | None:
    """The set of that name; ``None`` if there is none."""
    return next((one for one in every() if one.name == name), None)


def current(fingerprint: str) -> CorrectionSet | None:
    """The set into which digits are settled; ``None`` if there is none of these digits yet.

    Args:
        fingerprint: of the digits.
    """
    fitting = [one for one in every() if one.of.fingerprint == fingerprint]
    chosen = st.session_state.get(_CHOSEN, {}).get(fingerprint)
    return next((one for one in fitting if one.name == chosen), fitting[0] if fitting else None)


def choose(wanted: CorrectionSet) -> None:
    """Makes a set the one into which its digits are settled."""
    st.session_state.setdefault(_CHOSEN, {})[wanted.of.fingerprint] = wanted.name


def start(of: Of, name: str) -> CorrectionSet:
    """A new set without corrections, chosen for its digits.

    Raises:
        WrongCorrections, SetInTheWay: the name can't be used, or there are too many sets.
    """
    made = CorrectionSet(proper_name(name), of, {})
    add(made)
    return made


def add(wanted: CorrectionSet) -> None:
    """Keeps a set of a new name and chooses it.

    Raises:
        SetInTheWay, WrongCorrections: there is one of that name, or there are too many.
        DiskFull, NotWritable: see :func:`digitcnn.system.durable.writing`.
    """
    if settings().public:
        if wanted.name in _session().sets:
            raise SetInTheWay(f"There is a correction set “{wanted.name}” already.")
        _session().put(wanted)
    else:
        _write(wanted)
    choose(wanted)


def change(name: str, make: Change) -> None:
    """Puts what ``make`` makes of a set in its place; errors are those of add, and UnknownSet."""
    if settings().public:
        _session().put(make(_of_session(name)))
    else:
        _change(name, make)


def rename(name: str, new: str) -> None:
    """Gives a set another name; errors are those of add, and UnknownSet."""
    before = find(name)
    was_chosen = before is not None and current(before.of.fingerprint) is before
    if settings().public:
        renamed = _of_session(name).renamed(new)
        if renamed.name != name:
            if renamed.name in _session().sets:
                raise SetInTheWay(f"There is a correction set “{renamed.name}” already.")
            _session().sets.pop(name)
            _session().put(renamed)
    else:
        _rename(name, new)
    renamed_now = find(proper_name(new))
    if renamed_now is not None and was_chosen:
        choose(renamed_now)


def remove(name: str) -> None:
    """Takes a set away.

    Raises:
        UnknownSet: there is none of that name.
    """
    if settings().public:
        _of_session(name)
        _session().sets.pop(name)
    else:
        _remove(name)


def new_name(of: Of) -> str:
    """A name for the first set of these digits that nothing else has."""
    # A file's key is a number that nobody would know again.
    known = "my digits" if of.key.startswith(("file-", "of-")) else of.key.replace("-", " ")
    return free_name(f"{known} corrections")


def free_name(usual: str) -> str:
    """A name that no set of this visitor has: the usual one, or the same with a number."""
    taken = {one.name for one in every()}
    short = usual[: NAME_CHARS - 4].rstrip()
    names = (usual, *(f"{short} {number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


@operator.only
def _write(wanted: CorrectionSet) -> None:
    correction_folder.write(settings().home, wanted, replaces=False)


@operator.only
def _change(name: str, make: Change) -> None:
    correction_folder.change(settings().home, name, make)


@operator.only
def _rename(name: str, new: str) -> None:
    correction_folder.rename(settings().home, name, new)


@operator.only
def _remove(name: str) -> None:
    correction_folder.remove(settings().home, name)


def _session() -> _Session:
    kept: _Session = st.session_state.setdefault(_KEPT, _Session())
    return kept


def _of_session(name: str) -> CorrectionSet:
    found = _session().sets.get(name)
    if found is None:
        raise UnknownSet(f"There is no correction set “{name}” any more.")
    return found
