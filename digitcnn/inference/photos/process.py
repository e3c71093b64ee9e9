"""Finding digits in a process of its own, for a caller that must neither wait nor grow.

A photo of twelve megapixels takes a second of one core and 200 MB: in the web process that would be
a second in which nobody else's strokes are read, and memory that stays. Here it is a process that
ends with the photo; one that takes too long, or too much, is ended.
"""

import io
import json
import math
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitcnn.errors import DigitcnnError
from digitcnn.inference.photos.found import Found, FoundPage, Part, View
from digitcnn.system import extras

LIMIT_S = 10.0  # of the processor's time: a busy machine is not the picture's fault
PATIENCE_S = 40.0  # until it is given up however little it got
LIMIT_MB = 1500  # of address space, most of it never touched
AT_ONCE = 2  # processes of this kind; further photos wait

_ROOT = Path(__file__).resolve().parents[3]
_turn = threading.BoundedSemaphore(AT_ONCE)


class PhotoFailed(DigitcnnError):
    """A picture that could not be read in the time and memory that there is."""


def find(
    data: bytes,
    name: str,
    view: View = View(),  # noqa: B008 (it can't be changed)
) -> FoundPage:
    """What may be digits in a picture file; where there are none, the page's trouble says why.

    Args:
        data: the file.
        name: what sentences call it.
        view: which page of it, turned how, and which part.

    Raises:
        MissingExtra: OpenCV is not installed.
        PhotoFailed: it took too long, or more memory than a picture should.
        DigitcnnError: what is wrong with the picture, as
            :func:`digitcnn.inference.photos.file.find_or_show` says.
    """
    extras.require("photos", "Reading pictures")
    if not _turn.acquire(timeout=PATIENCE_S):
        raise PhotoFailed("Other pictures are being read just now. Try again in a moment.")
    try:
        answer = _ask(data, name, view)
    finally:
        _turn.release()
    return unpacked(answer, view)


def unpacked(answer: bytes, view: View) -> FoundPage:
    """What was found, of a child's answer: the other half of :func:`packed`.

    Args:
        answer: an ``.npz`` archive.
        view: how the picture was looked at.

    Raises:
        DigitcnnError: what the child says is wrong with the picture.
    """
    archive = np.load(io.BytesIO(answer), allow_pickle=False)
    said = json.loads(archive["said"].tobytes())
    if "trouble" in said:
        raise DigitcnnError(said["trouble"])
    pictures = _split(archive["pictures"], said["shapes"])
    lines = [[_from_plain(plain, pictures) for plain in line] for line in said["lines"]]
    wholes = tuple(_from_plain(plain, pictures) for plain in said["wholes"])
    return FoundPage(
        tuple(said["size"]),
        archive["jpeg"].tobytes(),
        lines,
        wholes,
        said["is_compact"],
        said["why"],
        view,
        said["n_pages"],
        said["was_flattened"],
        said["tilt"],
    )


def _ask(data: bytes, name: str, view: View) -> bytes:
    command = [sys.executable, "-m", "digitcnn.inference.photos.process", name]
    command += [json.dumps(asdict(view)), str(LIMIT_S)]
    process = subprocess.Popen(
        command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        answer, complaints = process.communicate(data, timeout=PATIENCE_S)
    except subprocess.TimeoutExpired as error:
        raise PhotoFailed(
            f"{name} could not be read within {PATIENCE_S:.0f} seconds. Try again in a moment; if "
            "that does not help, cut out the digits, or scale it down."
        ) from error
    finally:
        process.kill()
        process.communicate()
    if process.returncode:
        if process.returncode == -getattr(signal, "SIGXCPU", 0):
            raise PhotoFailed(
                f"Reading {name} took more than {LIMIT_S:.0f} seconds. Cut out the digits, or "
                "scale it down, and try again."
            )
        last = complaints.decode(errors="replace").strip().splitlines()[-1:]
        raise PhotoFailed(f"{name} could not be read. Try it as a PNG or JPEG.") from RuntimeError(
            f"exit code {process.returncode}: {' '.join(last)}"
        )
    return answer


def _split(pixels: NDArray[np.uint8], shapes: list[list[int]]) -> Iterator[np.ndarray]:
    start = 0
    for height, width in shapes:
        yield pixels[start : start + height * width].reshape(height, width)
        start += height * width


def _from_plain(plain: dict[str, Any], pictures: Iterator[np.ndarray]) -> Found:
    raster, seen = next(pictures), next(pictures)
    parts = tuple(
        Part(start, end, _from_plain(part, pictures), lost)
        for start, end, part, lost in plain["parts"]
    )
    box, extent = tuple(plain["box"]), tuple(plain["extent"])
    sign = plain.get("sign", "")
    may_be_sign = plain.get("may_be_sign", False)
    return Found(box, raster, seen, plain["after_space"], parts, sign, extent, may_be_sign)


def _to_plain(found: Found, pictures: list[np.ndarray]) -> dict[str, Any]:
    pictures += [found.raster, found.seen]
    parts = [
        (part.start, part.end, _to_plain(part.found, pictures), part.lost) for part in found.parts
    ]
    plain = {
        "box": found.box, "after_space": found.after_space, "parts": parts, "extent": found.extent,
    }  # fmt: skip
    if found.sign:
        plain["sign"] = found.sign
    if found.may_be_sign:
        plain["may_be_sign"] = True
    return plain


def packed(find: Callable[[], FoundPage], name: str) -> bytes:
    """What a child says: an ``.npz`` archive with ``said``, ``pictures`` and ``jpeg``.

    Args:
        find: gives what may be digits in the picture, or raises what is wrong with it.
        name: what sentences call the picture.
    """
    pictures: list[np.ndarray] = []
    jpeg = b""
    said: dict[str, Any]
    try:
        page = find()
    except DigitcnnError as error:
        said = {"trouble": str(error)}
    except MemoryError:
        said = {"trouble": f"{name} is too large to be read here. Scale it down and try again."}
    else:
        lines = [[_to_plain(found, pictures) for found in line] for line in page.lines]
        wholes = [_to_plain(found, pictures) for found in page.wholes]
        said = {
            "size": page.size,
            "lines": lines,
            "wholes": wholes,
            "is_compact": page.is_compact,
            "why": page.trouble,
            "n_pages": page.n_pages,
            "was_flattened": page.was_flattened,
            "tilt": page.tilt,
            "shapes": [picture.shape for picture in pictures],
        }
        jpeg = page.jpeg
    file = io.BytesIO()
    np.savez(
        file,
        said=np.frombuffer(json.dumps(said).encode(), np.uint8),
        pictures=np.concatenate([np.zeros(0, np.uint8), *(p.ravel() for p in pictures)]),
        jpeg=np.frombuffer(jpeg, np.uint8),
    )
    return file.getvalue()


def main() -> None:
    """The child: a picture file on standard input, what was found in it on standard output."""
    name, plain, limit_s = sys.argv[1], json.loads(sys.argv[2]), float(sys.argv[3])
    keep_modest()
    _end_after(limit_s)
    from digitcnn.inference.photos.file import find_or_show

    view = View(plain["page"], plain["turn"], tuple(plain["crop"]))
    source = io.BytesIO(sys.stdin.buffer.read())
    source.name = name
    sys.stdout.buffer.write(packed(lambda: find_or_show(source, view), name))


def _end_after(limit_s: float) -> None:
    """Has the system end this process once it has computed for so long."""
    try:
        import resource
    except ImportError:
        return  # Windows: there its caller's patience has to do.
    seconds = math.ceil(limit_s)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def keep_modest() -> None:
    """Keeps this process from taking more than ``LIMIT_MB``, and lets whoever draws come first."""
    try:
        import resource
    except ImportError:
        return  # Windows
    limit = LIMIT_MB * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    os.nice(5)


if __name__ == "__main__":
    main()
