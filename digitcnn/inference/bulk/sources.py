"""Arguments of a bulk reading → the pictures' paths."""

import glob
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from digitcnn.errors import DigitcnnError

STDIN = "-"

_ENDINGS = {
    ".avif", ".bmp", ".gif", ".heic", ".heif", ".jfif", ".jpeg", ".jpg", ".pbm", ".pdf", ".pgm",
    ".png", ".ppm", ".tga", ".tif", ".tiff", ".webp",
}  # fmt: skip
_LIST = ".txt"


class NothingToRead(DigitcnnError):
    """An argument that names no pictures."""


def pictures(asked: Sequence[str], stdin: Iterable[str] = ()) -> list[Path]:
    """Paths of the pictures, each once, in order; those of a folder and its folders sorted.

    Args:
        asked: files, folders, patterns such as ``"scans/**/*.png"``, lists of paths (a ``.txt``
            with one a line), and ``"-"`` for a list on standard input.
        stdin: its lines.

    Raises:
        NothingToRead: a folder, pattern or list has no pictures.
    """
    found: dict[Path, None] = {}
    for one in asked:
        before = len(found)
        some = False
        for path in _expanded(one, stdin):
            some = True
            found[path] = None
        if len(found) == before and not some:
            raise NothingToRead(f"{_name(one)} names no pictures.")
    return list(found)


def _name(asked: str) -> str:
    return "Standard input" if asked == STDIN else asked


def _expanded(asked: str, stdin: Iterable[str]) -> Iterator[Path]:
    path = Path(asked)
    if asked == STDIN:
        yield from _listed(stdin, Path())
    elif path.is_dir():
        yield from (p for p in sorted(path.rglob("*")) if is_picture(p) and p.is_file())
    elif path.suffix.lower() == _LIST and path.is_file():
        try:
            lines = path.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise NothingToRead(f"{path} is no list of paths, one a line ({error}).") from error
        yield from _listed(lines, path.parent)
    elif not path.exists() and glob.has_magic(asked):
        yield from (Path(p) for p in sorted(glob.glob(asked, recursive=True)) if Path(p).is_file())
    else:
        yield path


def _listed(lines: Iterable[str], folder: Path) -> Iterator[Path]:
    """Paths are those of where the program runs or, failing that, of where the list lies."""
    for line in lines:
        if name := line.strip():
            path = Path(name)
            yield path if path.exists() or not (folder / path).exists() else folder / path


def is_picture(path: Path) -> bool:
    """Whether a file's name is that of a picture."""
    return path.suffix.lower() in _ENDINGS and not path.name.startswith(".")
