"""The log: one line of JSON for each event, at the level that it is set up with.

Set up here and nowhere else. What happened stands under ``"event"``, its particulars beside it; an
error carries its traceback as one string, so that a line stays a line. No drawing is ever logged.
"""

import json
import logging
import sys
import time
from typing import Any

_ROOT = "digitcnn"
_FIELDS = "digitcnn_fields"  # of a logging record


def set_up(level: str = "INFO") -> None:
    """Has the package's log written to standard error; doing it again changes at most the level.

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


class _Handler(logging.Handler):
    """Writes to what is standard error at that moment."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(_OneLine())

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()
        except (OSError, ValueError):
            pass  # A log that can't be written is no reason to stop reading digits.


class _OneLine(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        entry = {
            "time": f"{moment}.{int(record.msecs):03}Z",
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, _FIELDS, {}),
        }
        if record.exc_info:
            entry["trace"] = self.formatException(record.exc_info)
        return json.dumps(entry, default=str)
