"""Downloads: from several addresses, with progress, time limits, retries and checksums."""

import logging
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from digitcnn.errors import DigitcnnError
from digitcnn.system import durable

T = TypeVar("T")

Progress = Callable[[int, int], None]
"""Called with bytes so far and bytes in all (0 where the server doesn't say)."""


TEMPORARY = "download-"  # how folders begin in which a download is under way


class DownloadFailed(DigitcnnError):
    """No address delivered the files; the message has the reason for each."""


@dataclass(frozen=True)
class Mirror:
    """A folder on a server.

    Attributes:
        url: address of the folder, with the slash at its end.
        files: pairs of file name and checksum, as in ``"sha256:…"`` or ``"md5:…"``; an empty one
            where none is published, and who fetches the file has to look at what it holds.
    """

    url: str
    files: tuple[tuple[str, str], ...]

    @property
    def host(self) -> str:
        """The server's name, for sentences."""
        return urlsplit(self.url).netloc


@dataclass(frozen=True)
class Patience:
    """How long to wait for a server.

    Attributes:
        silence_s: seconds without a byte before giving up.
        file_s: seconds for one file, however steadily it trickles.
        retries: how often a file is tried again, after 1 s, 2 s, …
    """

    silence_s: float = 20.0
    file_s: float = 600.0
    retries: int = 2


def fetch(
    mirrors: Sequence[Mirror],
    folder: Path,
    accept: Callable[[list[Path]], T],
    progress: Progress | None = None,
    patience: Patience | None = None,
) -> T:
    """The result of ``accept`` for the files of the first mirror that delivers them.

    Args:
        mirrors: where to try, in this order.
        folder: created if missing; the files lie in a temporary folder inside it, which goes in the
            end: ``accept`` moves out of it what is to stay.
        accept: called with the downloaded files, verified, in the mirror's order. An error of the
            package's own sends on to the next mirror.
        progress: called with bytes so far and in all, for each file.
        patience: time limits and retries.

    Raises:
        DownloadFailed: no mirror gave what it should; the message has each one's reason.
        DiskFull, NotWritable: see :func:`digitcnn.system.durable.writing`.
    """
    reasons = []
    for mirror in mirrors:
        with durable.writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder, prefix=TEMPORARY) as temporary:
                try:
                    return accept(_fetched(mirror, Path(temporary), progress, patience))
                except (durable.DiskFull, durable.NotWritable):
                    raise
                except DigitcnnError as error:
                    reasons.append(str(error).rstrip("."))
    raise DownloadFailed("; ".join(reasons))


def _fetched(
    mirror: Mirror, folder: Path, progress: Progress | None, patience: Patience | None
) -> list[Path]:
    """One mirror's files in ``folder``.

    Raises:
        DownloadFailed: no connection, an error or a web page in place of a file, too slow, cut
            short, or a checksum that differs; after the last retry.
    """
    import pooch
    import requests

    # Pooch reports its retries to standard error; the sentences here say it all.
    pooch.get_logger().setLevel(logging.ERROR)
    patience = patience or Patience()
    keeper = pooch.create(
        path=folder,
        base_url=mirror.url,
        registry={name: checksum or None for name, checksum in mirror.files},
        retry_if_failed=patience.retries,
    )
    try:
        return [
            Path(keeper.fetch(name, downloader=_Downloader(progress, patience)))
            for name, _ in mirror.files
        ]
    except requests.exceptions.ConnectionError as error:
        raise DownloadFailed(f"{mirror.host} can't be reached") from error
    except requests.exceptions.HTTPError as error:
        code = "an error" if error.response is None else error.response.status_code
        raise DownloadFailed(f"{mirror.host} answered {code}") from error
    except requests.exceptions.Timeout as error:
        raise DownloadFailed(f"{mirror.host} is too slow") from error
    except requests.exceptions.RequestException as error:
        raise DownloadFailed(f"{mirror.host}: {error}") from error
    except ValueError as error:
        raise DownloadFailed(f"{mirror.host} sent a damaged file") from error


def in_tenths(tell: Callable[[str], None], what: str) -> Progress:
    """A download's progress in words, reported in tenths."""
    told = ""

    def progress(done: int, total: int) -> None:
        nonlocal told
        words = f"Downloading {what}, {10 * done // total}0%" if total else f"Downloading {what}"
        if words != told:
            told = words
            tell(words)

    return progress


class _Downloader:
    """Pooch's downloader, with a limit for servers that trickle.

    Pooch's own has a time limit for silence only, and waits for whole chunks.
    """

    def __init__(self, progress: Progress | None, patience: Patience):
        self._progress = progress
        self._patience = patience

    def __call__(
        self, url: str, output_file: str, _pooch: object, check_only: bool = False
    ) -> None:
        import requests
        from urllib3.exceptions import HTTPError, ReadTimeoutError

        deadline = time.monotonic() + self._patience.file_s
        # Compressed transfer would change the bytes, and so the checksum.
        headers = {"Accept-Encoding": "identity", "User-Agent": "digitcnn"}
        silence_s = self._patience.silence_s
        with (
            requests.get(url, stream=True, timeout=silence_s, headers=headers) as response,
            open(output_file, "wb") as file,
        ):
            response.raise_for_status()
            if "text/html" in response.headers.get("content-type", ""):
                raise requests.exceptions.RequestException(
                    "a web page came in place of the file; does this network want you to log in?"
                )
            total = int(response.headers.get("content-length") or 0)
            done = 0
            try:
                while chunk := response.raw.read1(1 << 16, decode_content=False):
                    file.write(chunk)
                    done += len(chunk)
                    if self._progress:
                        self._progress(done, total)
                    if time.monotonic() > deadline:
                        raise requests.exceptions.Timeout("too slow")
            except ReadTimeoutError as error:
                raise requests.exceptions.Timeout(str(error)) from error
            except HTTPError as error:
                raise requests.exceptions.RequestException("the connection was cut") from error
        if total and done < total:
            raise requests.exceptions.RequestException("the connection was cut")
