"""Failing downloads of MNIST, from a local server."""

import hashlib
import socketserver
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import TracebackType

import numpy as np

from digitcnn.benchmarks.robustness.faults.bench import Trial
from digitcnn.data import mnist
from digitcnn.data.digits import DataSetUnavailable
from digitcnn.system import npz
from digitcnn.system.download import Mirror, Patience

_KINDS = ("cut", "slow", "corrupted", "redirected")
_PATIENCE = Patience(silence_s=0.5, file_s=1.5, retries=0)


def download_fails(folder: Path, number: int, rng: np.random.Generator) -> Iterator[Trial]:
    """Cut, slow, corrupted or redirected to a page, at any byte; each kind that many times.

    Alone it gives a sentence and leaves nothing; followed by a good mirror it gives the data set.
    """
    arrays = _little_mnist(rng)
    folder.mkdir(exist_ok=True)
    archive = folder / "archive.npz"
    npz.write(archive, arrays, compressed=False)
    data = archive.read_bytes()
    checksums = {name: _raw_md5(array) for name, array in arrays.items()}
    known = (("mnist.npz", f"sha256:{hashlib.sha256(data).hexdigest()}"),)
    with _Server(data) as server:
        for turn in range(number * len(_KINDS)):
            kind, home = _KINDS[turn % len(_KINDS)], folder / f"home{turn}"
            server.at = int(rng.integers(len(data)))
            bad = Mirror(f"{server.address}{kind}/", known)
            good = Mirror(f"{server.address}good/", known)
            trial = Trial(note=kind)
            try:
                mnist.download(home, None, (bad,), _PATIENCE, checksums)
                trial.lost.append(f"A download that was {kind} at byte {server.at} was taken.")
            except DataSetUnavailable as error:
                if "--mnist PATH" not in str(error):
                    trial.lost.append(f"No word of what to do: {error}")
            left = [path.name for path in (home / "data").iterdir()]
            if left:
                trial.lost.append(f"It left {', '.join(left)}.")
            path = mnist.download(home, None, (bad, good), _PATIENCE, checksums)
            if path.read_bytes() != data:
                trial.lost.append("The second mirror's file is another.")
            yield trial


def _little_mnist(rng: np.random.Generator) -> dict[str, np.ndarray]:
    return {
        "x_train": rng.integers(0, 256, (60, 28, 28), np.uint8),
        "y_train": rng.integers(0, 10, 60, np.uint8),
        "x_test": rng.integers(0, 256, (10, 28, 28), np.uint8),
        "y_test": rng.integers(0, 10, 10, np.uint8),
    }


def _raw_md5(array: np.ndarray) -> str:
    """MD5 of the IDX file that holds ``array``: the form in which its authors published it."""
    header = bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
    return hashlib.md5(header + array.tobytes(), usedforsecurity=False).hexdigest()


class _Server(socketserver.ThreadingTCPServer):
    """Serves one file well below ``/good/``, and badly below each kind's name."""

    allow_reuse_address, daemon_threads = True, True

    def __init__(self, data: bytes):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.data, self.at = data, 0
        self.address = f"http://127.0.0.1:{self.server_address[1]}/"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.shutdown()
        super().__exit__(kind, error, traceback)


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def log_message(self, *words: object) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        kind = self.path.split("/")[1]
        data, at = self.server.data, self.server.at
        if kind == "redirected":
            self.send_response(302)
            self.send_header("Location", "/login/")
            self.end_headers()
            return
        if kind == "login":
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(b"<h1>Welcome! Please log in.</h1>")
            return
        if kind == "corrupted":
            data = data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        try:
            if kind == "cut":
                self.wfile.write(data[:at])
            elif kind == "slow":
                self.wfile.write(data[:at])
                time.sleep(4 * _PATIENCE.silence_s)
            else:
                self.wfile.write(data)
        except OSError:
            pass  # The other side had enough.
        self.close_connection = True
