"""How many picture files per second are read: by one process, all cores, a Ray cluster."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from digitcnn.data import handwriting
from digitcnn.inference.bulk import cluster, read
from digitcnn.inference.bulk.read import Row
from digitcnn.runs.run import Run

_MADE = 1_000  # different digits; of more files, each is a copy of one of these
_A_FOLDER = 1_000  # files

Tell = Callable[[str], None]


def measure(
    run: Run,
    backend: str,
    numbers: Sequence[int],
    with_ray: bool,
    tell: Tell = lambda words: None,
) -> dict[str, Any]:
    """Digits a second, for each number of files and each way of reading them.

    Starting the processes and the cluster is counted: it is what fewer files pay.

    Args:
        run: reads.
        backend: see :class:`digitcnn.inference.recognizer.Recognizer`.
        numbers: of files of 28 × 28 pixels.
        with_ray: whether a cluster of this machine is tried as well.
        tell: called with a sentence before each.

    Returns:
        ``cores``, and ``ways``: for each way a list of ``files``, ``seconds``, ``per_second`` and
        ``right``, the part of the digits that are read as they were written.

    Raises:
        MissingExtra, ClusterFailed: see :func:`digitcnn.inference.bulk.cluster.rows`.
        DamagedRun, UnreadableModel: the run can't be used.
    """
    ways: dict[str, Callable[[list[Path]], Iterator[list[Row]]]] = {
        "one process": lambda paths: read.rows(paths, run.folder, backend, 1),
        "all cores": lambda paths: read.rows(paths, run.folder, backend, read.cores()),
    }
    if with_ray:
        ways["ray"] = lambda paths: cluster.rows(list(map(str, paths)), run.folder, backend)
    found: dict[str, list[dict[str, float]]] = {name: [] for name in ways}
    with tempfile.TemporaryDirectory(prefix="digitcnn-bulk-") as folder:
        paths, labels = _files(Path(folder), max(numbers))
        for n in numbers:
            for name, rows in ways.items():
                tell(f"{n:,} files, {name}")
                start = time.perf_counter()
                said = [one[0].label for one in rows(paths[:n])]
                seconds = time.perf_counter() - start
                right = sum(label == labels[i % _MADE] for i, label in enumerate(said)) / n
                found[name].append(
                    {"files": n, "seconds": seconds, "per_second": n / seconds, "right": right}
                )
    return {"run": run.id, "cores": read.cores(), "ways": found}


def _files(folder: Path, n: int) -> tuple[list[Path], list[int]]:
    """``n`` PNG files, and the labels of the digits that they are copies of."""
    digits = handwriting.digits(min(n, _MADE), handwriting.TEST_SEED)
    paths: list[Path] = []
    for i in range(n):
        path = folder / str(i // _A_FOLDER) / f"{i}.png"
        path.parent.mkdir(exist_ok=True)
        if i < _MADE:
            Image.fromarray(digits.images[i]).save(path)
        else:
            path.write_bytes(paths[i % _MADE].read_bytes())
        paths.append(path)
    return paths, [int(label) for label in digits.labels]
