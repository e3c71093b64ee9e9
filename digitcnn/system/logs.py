"""The log: one line of JSON for each event.

Set up here and nowhere else. What happened stands under ``"event"``, its particulars beside it; an
error carries its traceback as one string, so that a line stays a line. No drawing is ever logged.
"""

import json
import logging
import sys
import time
from collections import Counter
from typing import Any

from pythonjsonlogger.json import JsonFormatter

_ROOT = "digitcnn"
_FIELDS = "digitcnn_fields"  # of a logging record
_WINDOW_S, _WINDOW_BYTES = 60.0, 900_000
_REPEATS, _KINDS = 20, 1000  # a minute's warnings and errors of the same kind; kinds counted
_TEXT_CHARS = 8_000  # of a text in a line


def set_up(level: str = "INFO") -> None:
    """Writes the package's log to standard error; calling it again only changes the level.

    Args:
        level: the least that is logged, a name of :mod:`logging`.
    """
    log = logging.getLogger(_ROOT)
    if not any(isinstance(handler, _Handler) for handler in log.handlers):
        log.addHandler(_Handler())
    log.setLevel(level)


def event(log: logging.Logger, name: str, level: int = logging.INFO, **fields: Any) -> None:
    """Logs that something happened.

    Args:
        log: a logger of the package.
        name: what happened, in a few fixed words.
        level: of :mod:`logging`.
        fields: particulars: text, numbers, truth values or ``None``.
    """
    log.log(level, name, extra={_FIELDS: fields})


def take_over() -> None:
    """Has every other logger of the process write as this package does: Streamlit's, uvicorn's, …

    They get handlers of their own as they are made; called again, it takes those made since.
    """
    handler = next(
        (item for item in logging.getLogger(_ROOT).handlers if isinstance(item, _Handler)), None
    )
    if handler is None:
        return
    logging.captureWarnings(True)
    logging.lastResort = handler  # of those that have none, and hand nothing on
    logging.getLogger(_ROOT).propagate = False  # The root's handler is the same by now.
    names = [name for name in list(logging.root.manager.loggerDict) if name != _ROOT]
    for log in (logging.root, *map(logging.getLogger, names)):
        printing = [item for item in log.handlers if type(item) is logging.StreamHandler]
        for item in printing:
            log.removeHandler(item)
        if printing or log is logging.root:
            log.addHandler(handler)
    # Each page that opens and closes is an event there.
    for name in ("uvicorn", "uvicorn.error", "websockets"):
        logging.getLogger(name).setLevel(logging.WARNING)


class _Handler(logging.Handler):
    """Writes to what is standard error at that moment, and no more than a disk can take.

    The same event is written a few times a minute and then counted; when the minute is over, a
    line says how often. All lines of a minute together have a limit as well.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(_OneLine())
        self._began, self._bytes = 0.0, 0
        self._times: Counter[tuple[str, str]] = Counter()
        self._left_out: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        if record.created - self._began >= _WINDOW_S:
            self._tell()
            self._began, self._bytes = record.created, 0
            self._times.clear()
        try:
            line = self.format(record)
        except Exception:  # An event that can't be put into words must not end what it is about.
            line = json.dumps({"level": "error", "event": "a log line could not be written"})
        fields = getattr(record, _FIELDS, {})
        kind = (str(record.msg)[:200], str(fields.get("reason", ""))[:200])
        self._times[kind] += 1
        is_repeated = record.levelno >= logging.WARNING and self._times[kind] > _REPEATS
        if is_repeated or self._bytes + len(line) > _WINDOW_BYTES:
            self._left_out[kind[0]] += 1
            if len(self._times) > _KINDS:
                self._times.clear()
            return
        self._bytes += len(line)
        self._write(line)

    def _tell(self) -> None:
        """Logs what was left out in the past minute."""
        for event, times in self._left_out.most_common(20):
            record = logging.LogRecord(_ROOT, logging.WARNING, "", 0, "repeated", None, None)
            setattr(record, _FIELDS, {"of": event, "times": times})
            self._write(self.format(record))
        self._left_out.clear()

    def _write(self, line: str) -> None:
        try:
            sys.stderr.write(line + "\n")
            sys.stderr.flush()
        except (OSError, ValueError):
            pass  # A log that can't be written must not stop the app.


class _OneLine(JsonFormatter):
    """An event as one line; what happened, then its particulars."""

    def __init__(self) -> None:
        super().__init__("%(message)s", json_default=str, json_ensure_ascii=True)

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        log_data |= {
            "time": f"{moment}.{int(record.msecs):03}Z",
            "level": record.levelname.lower(),
            "event": record.getMessage()[:_TEXT_CHARS],
        }
        if not record.name.startswith(_ROOT) and record.name != "root":
            log_data["of"] = record.name
        for name, value in getattr(record, _FIELDS, {}).items():
            log_data[name] = value[:_TEXT_CHARS] if isinstance(value, str) else value
        if record.exc_info:
            log_data["trace"] = self.formatException(record.exc_info)[-_TEXT_CHARS:]
