"""The same pictures read by a Ray cluster, with the same code and the same rows.

Ray Data hands the paths out; each reader is an actor that holds a network. The run goes along as
bytes, so that no machine needs a home folder; digitcnn itself must be installed on each.
"""

import contextlib
import json
import logging
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from digitcnn.errors import DigitcnnError
from digitcnn.inference.bulk.read import Row, read_chunk
from digitcnn.inference.bulk.sources import is_picture
from digitcnn.inference.recognizer import Recognizer
from digitcnn.runs.run import open_run
from digitcnn.system import extras

HERE = ""  # the address that means a cluster of this machine alone

_BATCH = 64  # pictures that an actor is handed at a time
_SPARE = 4  # of so many CPUs one is left to Ray: where actors hold all, it waits indefinitely


class ClusterFailed(DigitcnnError):
    """A cluster that can't be reached, or that gave up."""


def is_address(asked: str) -> bool:
    """Whether something to read is an address such as ``s3://bucket/scans``, not a path."""
    return "://" in asked


def listed(address: str) -> list[str]:
    """Addresses of the pictures below an address, sorted.

    Args:
        address: of a folder or file, as pyarrow knows it: ``file:///…``, ``s3://…``, ``gs://…``.

    Raises:
        MissingExtra: pyarrow is not installed.
        ClusterFailed: nothing can be listed there.
    """
    extras.require("scale", "Reading from an address")
    from pyarrow import ArrowException
    from pyarrow.fs import FileSelector, FileSystem, FileType

    try:
        system, root = FileSystem.from_uri(address)
        if system.get_file_info(root).type == FileType.File:
            return [address]
        found = system.get_file_info(FileSelector(root, recursive=True))
    except (ArrowException, OSError, ValueError) as error:
        raise ClusterFailed(f"{address} can't be listed: {error}") from error
    stem = address.rstrip("/")
    paths = sorted(
        info.path for info in found if info.type == FileType.File and is_picture(Path(info.path))
    )
    if not paths:
        raise ClusterFailed(f"{address} has no pictures.")
    return [f"{stem}/{path[len(root) :].lstrip('/')}" for path in paths]


def rows(
    paths: Sequence[str], run_folder: Path, backend: str, address: str = HERE
) -> Iterator[list[Row]]:
    """The rows of each picture, in the order of the paths, as they are ready.

    Args:
        paths: of picture files that every machine of the cluster can see; or addresses.
        run_folder: of the run that reads.
        backend: see :class:`digitcnn.inference.recognizer.Recognizer`.
        address: of the cluster, such as ``ray://host:10001`` or ``auto``; :data:`HERE` starts one
            on this machine, and ends it.

    Raises:
        MissingExtra: Ray is not installed.
        DamagedRun, UnreadableModel: the run can't be used.
        ClusterFailed: the cluster can't be reached, or gave up.
    """
    extras.require("scale", "Reading on a cluster")
    Recognizer(open_run(run_folder), backend)  # Said here, not by each actor.
    files = {path.name: path.read_bytes() for path in run_folder.iterdir() if path.is_file()}
    with joined(address):
        yield from _read(paths, files, backend)


@contextlib.contextmanager
def joined(address: str = HERE) -> Iterator[None]:
    """A Ray cluster, for as long as the block runs.

    Args:
        address: see :func:`rows`.

    Raises:
        ClusterFailed: it can't be reached, or gives up within the block.
    """
    # Read when Ray is imported: no statistics are sent, and what it says is not for our users.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    import ray

    for name in ("ray", "ray.data"):
        logging.getLogger(name).setLevel(logging.ERROR)

    try:
        if address == HERE:
            ray.init(include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
        else:
            ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
        yield
    except (ConnectionError, RuntimeError, ray.exceptions.RayError) as error:
        last = [line for line in str(error).splitlines() if line.strip()][-1:]
        raise ClusterFailed(f"The Ray cluster gave up: {''.join(last)}") from error
    finally:
        ray.shutdown()


def _read(paths: Sequence[str], files: dict[str, bytes], backend: str) -> Iterator[list[Row]]:
    import ray

    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.execution_options.preserve_order = True
    resources: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]  # theirs
    n_cpus = int(resources.get("CPU", 1))
    read = ray.data.from_items([{"path": str(path)} for path in paths])
    batches = read.map_batches(
        _Reader,
        fn_constructor_args=(files, backend),
        batch_size=_BATCH,
        num_cpus=1,
        compute=ray.data.ActorPoolStrategy(size=max(1, n_cpus - max(1, n_cpus // _SPARE))),
    )
    for found in batches.iter_rows():
        yield [_row(values) for values in json.loads(found["rows"])]


def _row(values: dict[str, Any]) -> Row:
    return Row(**{**values, "probabilities": tuple(values["probabilities"])})


class _Reader:
    """An actor: a network that reads batches of pictures."""

    def __init__(self, files: dict[str, bytes], backend: str):
        self._folder = tempfile.TemporaryDirectory(prefix="digitcnn-")
        folder = Path(self._folder.name) / "run"
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_bytes(content)
        self._recognizer = Recognizer(open_run(folder), backend)

    def __call__(self, batch: dict[str, np.ndarray]) -> dict[str, Any]:
        paths = [str(path) for path in batch["path"]]
        with tempfile.TemporaryDirectory(dir=self._folder.name) as folder:
            here = [_fetched(path, Path(folder), i) for i, path in enumerate(paths)]
            found = read_chunk(self._recognizer, here)
        told = [
            json.dumps([{**row.to_dict(), "path": path} for row in rows])
            for path, rows in zip(paths, found, strict=True)
        ]
        return {"rows": told}


def _fetched(path: str, folder: Path, number: int) -> Path:
    """Where a picture lies on this machine; what has an address is copied here."""
    if not is_address(path):
        return Path(path)
    from pyarrow.fs import FileSystem

    target = folder / str(number) / Path(path).name
    target.parent.mkdir()
    system: FileSystem
    system, inside = FileSystem.from_uri(path)
    with system.open_input_stream(inside) as stream:
        target.write_bytes(stream.read())
    return target
