"""What the commands share: common options and terminal output."""

import contextlib
import io
import json
import math
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from digitcnn.settings import settings

if TYPE_CHECKING:
    from rich.console import JustifyMethod

_WIDTH = 10_000  # cells
_TRAILING = re.compile(r" *((?:\x1b\[0?m)?) *$")

Decorated = TypeVar("Decorated", bound=Callable[..., Any] | click.Command)
"""A command or function that an option decorator returns with its type unchanged."""


def home_option(command: Decorated) -> Decorated:
    """Adds ``--home``; the command gets a :class:`pathlib.Path`."""
    return click.option(
        "--home",
        type=click.Path(file_okay=False, path_type=Path),
        default=lambda: settings().home,
        show_default="$DIGITCNN_HOME, or ~/.digitcnn",
        help="Folder of the runs.",
    )(command)


def json_option(command: Decorated) -> Decorated:
    """Adds ``--json``; the command gets ``as_json``."""
    return click.option(
        "--json", "as_json", is_flag=True, help="Print the figures as JSON instead."
    )(command)


def mnist_option(command: Decorated) -> Decorated:
    """Adds ``--mnist``; the command gets a :class:`pathlib.Path` or ``None``."""
    return click.option(
        "--mnist",
        type=click.Path(dir_okay=False, path_type=Path),
        help="MNIST as one .npz file. By default the one that $DIGITCNN_MNIST names, Keras's copy, "
        "or a download (11 MB).",
    )(command)


def recipe_option(
    names: Iterable[str], default: str, what_for: str
) -> Callable[[Decorated], Decorated]:
    """Adds ``--recipe``, one of ``names``; the command gets ``recipe_name``."""
    return click.option(
        "--recipe",
        "recipe_name",
        type=click.Choice(list(names)),
        default=default,
        show_default=True,
        help=what_for,
    )


def output_option(ending: str) -> Callable[[Decorated], Decorated]:
    """Adds ``-o``, the file to write; the command gets a path, or ``None`` for the default."""
    return click.option(
        "-o",
        "--output",
        type=click.Path(dir_okay=False, path_type=Path),
        help=f"File to write; by default RUN{ending} in this folder.",
    )


def ray_option(what: str) -> Callable[[Decorated], Decorated]:
    """Adds ``--ray``; the command gets ``cluster``: an address, "" for this machine, ``None``."""
    return click.option(
        "--ray",
        "cluster",
        is_flag=False,
        flag_value="",
        default=None,
        metavar="[ADDRESS]",
        help=f"{what} on a Ray cluster: the one at ADDRESS, such as ray://host:10001. Without "
        "ADDRESS (--ray must then come last), one is started on this machine.",
    )


def print_json(value: Any) -> None:
    """Prints ``value`` as JSON; NaN and infinity become null."""
    click.echo(json.dumps(_plain(value), indent=2))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def table(header: Sequence[Any], rows: Sequence[Sequence[Any]], right: str = "") -> str:
    """A text table with aligned columns.

    Args:
        header: the columns' names.
        rows: their cells; each is shown by :func:`str`.
        right: alignment of each column, ``"r"`` or ``"l"``; left by default.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    made = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for name, side in zip(header, right.ljust(len(header), "l"), strict=True):
        flush: JustifyMethod = "right" if side == "r" else "left"
        made.add_column(Text(str(name)), justify=flush, no_wrap=True)
    for row in rows:
        made.add_row(*(Text(str(cell)) for cell in row))
    # As wide as needed: piped output must not be cut to some terminal's width.
    text = io.StringIO()
    Console(file=text, force_terminal=True, color_system="standard", width=_WIDTH).print(made)
    return "\n".join(_TRAILING.sub(r"\1", line) for line in text.getvalue().splitlines())


@contextlib.contextmanager
def counting(what: str) -> Iterator[Callable[[float], None]]:
    """Shows progress on a terminal; yields a function that takes the share done, 0 to 1."""
    is_shown = sys.stderr.isatty()

    def tell(share: float) -> None:
        if is_shown:
            click.echo(f"\r{what}: {share:.0%}", nl=False, err=True)

    yield tell
    if is_shown:
        click.echo(f"\r{' ' * (len(what) + 6)}\r", nl=False, err=True)


@contextlib.contextmanager
def native_messages_to(path: str | Path) -> Iterator[None]:
    """Sends what C++ libraries write to the terminal to ``path``; Python's output still shows.

    TensorFlow and LiteRT print lines at start that no setting silences. If standard error is not a
    terminal, as in the log of the app's trainer, nothing is changed.
    """
    if not sys.stderr.isatty():
        yield
        return
    python_stderr = sys.stderr
    python_stderr.flush()
    terminal, file = os.dup(2), os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    os.dup2(file, 2)
    os.close(file)
    sys.stderr = os.fdopen(os.dup(terminal), "w", buffering=1, encoding=python_stderr.encoding)
    try:
        yield
    finally:
        sys.stderr.close()
        sys.stderr = python_stderr
        os.dup2(terminal, 2)
        os.close(terminal)
