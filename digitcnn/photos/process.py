"""Finding digits in a process of its own, for who must not wait nor grow.

A photo of twelve megapixels takes a second of one core and 200 MB: in the web process that would be
a second in which nobody else's strokes are read, and memory that stays. Here it is a process that
ends with the photo; one that takes too long, or too much, is ended.
"""

import io
import json
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np

from digitcnn.errors import DigitcnnError
from digitcnn.photos.found import Found, FoundPage, Part

LIMIT_S = 10.0
LIMIT_MB = 1500  # of address space, most of it never touched
AT_ONCE = 2  # processes of this kind; further photos wait

_ROOT = Path(__file__).resolve().parents[2]
_turn = threading.BoundedSemaphore(AT_ONCE)


class PhotoFailed(DigitcnnError):
    """A picture that could not be read in the time and memory that there is."""


def find(data: bytes, name: str) -> FoundPage:
    """What may be digits in a picture file.

    Args:
        data: the file.
        name: what sentences call it.

    Raises:
        PhotoFailed: it took too long, or more memory than a picture should.
        DigitcnnError: what is wrong with the picture, as :func:`digitcnn.photos.file.find` says.
    """
    if not _turn.acquire(timeout=LIMIT_S):
        raise PhotoFailed("Other pictures are being read just now. Try again in a moment.")
    try:
        answer = _ask(data, name)
    finally:
        _turn.release()
    archive = np.load(io.BytesIO(answer), allow_pickle=False)
    said = json.loads(archive["said"].tobytes())
    if "trouble" in said:
        raise DigitcnnError(said["trouble"])
    rasters = iter(_split(archive["rasters"], said["sides"]))
    lines = [[_from_plain(plain, rasters) for plain in line] for line in said["lines"]]
    return FoundPage(tuple(said["size"]), archive["jpeg"].tobytes(), lines)


def _ask(data: bytes, name: str) -> bytes:
    command = [sys.executable, "-m", "digitcnn.photos.process", name]
    process = subprocess.Popen(
        command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        answer, complaints = process.communicate(data, timeout=LIMIT_S)
    except subprocess.TimeoutExpired as error:
        raise PhotoFailed(
            f"Reading {name} took more than {LIMIT_S:.0f} seconds. Cut out the digits, or scale it "
            "down, and try again."
        ) from error
    finally:
        process.kill()
        process.communicate()
    if process.returncode:
        last = complaints.decode(errors="replace").strip().splitlines()[-1:]
        raise PhotoFailed(f"{name} could not be read. Try it as a PNG or JPEG.") from RuntimeError(
            f"exit code {process.returncode}: {' '.join(last)}"
        )
    return answer


def _split(rasters: np.ndarray, sides: list[int]) -> list[np.ndarray]:
    ends = np.cumsum(np.square(sides)).astype(int)
    parts = np.split(rasters, ends[:-1]) if len(sides) else []
    return [part.reshape(side, side) for part, side in zip(parts, sides, strict=True)]


def _from_plain(plain: dict, rasters) -> Found:
    raster = next(rasters)
    parts = tuple(
        Part(start, end, Found(tuple(box), next(rasters))) for start, end, box in plain["parts"]
    )
    return Found(tuple(plain["box"]), raster, plain["after_space"], parts)


def _to_plain(found: Found, rasters: list[np.ndarray]) -> dict:
    rasters += [found.raster, *(part.found.raster for part in found.parts)]
    parts = [(part.start, part.end, part.found.box) for part in found.parts]
    return {"box": found.box, "after_space": found.after_space, "parts": parts}


def _answer(data: bytes, name: str) -> bytes:
    """What the child says: an ``.npz`` archive with ``said``, ``rasters`` and ``jpeg``."""
    from digitcnn.photos.file import find as find_here

    source = io.BytesIO(data)
    source.name = name
    rasters: list[np.ndarray] = []
    jpeg = b""
    try:
        page = find_here(source)
    except DigitcnnError as error:
        said = {"trouble": str(error)}
    except MemoryError:
        said = {"trouble": f"{name} is too large to be read here. Scale it down and try again."}
    else:
        lines = [[_to_plain(found, rasters) for found in line] for line in page.lines]
        sides = [raster.shape[0] for raster in rasters]
        said, jpeg = {"size": page.size, "lines": lines, "sides": sides}, page.jpeg
    file = io.BytesIO()
    np.savez(
        file,
        said=np.frombuffer(json.dumps(said).encode(), np.uint8),
        rasters=np.concatenate([raster.ravel() for raster in rasters] or [np.zeros(0, np.uint8)]),
        jpeg=np.frombuffer(jpeg, np.uint8),
    )
    return file.getvalue()


def main() -> None:
    """The child: a picture file on standard input, what was found in it on standard output."""
    import os

    with_limit()
    os.nice(5)  # whoever draws meanwhile comes first
    sys.stdout.buffer.write(_answer(sys.stdin.buffer.read(), sys.argv[1]))


def with_limit() -> None:
    """Keeps this process from taking more than ``LIMIT_MB``, where the system can."""
    try:
        import resource
    except ImportError:
        return  # Windows
    limit = LIMIT_MB * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


if __name__ == "__main__":
    main()
