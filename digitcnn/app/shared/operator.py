"""Actions reserved for the operator: refused by the server, whatever a page shows or sends."""

import functools
import logging
from collections.abc import Callable
from typing import ParamSpec

from digitcnn.settings import settings
from digitcnn.system import logs

log = logging.getLogger("digitcnn.app")

Arguments = ParamSpec("Arguments")

ACTIONS: list[str] = []
"""Every such action, as module and name."""


def only(action: Callable[Arguments, None]) -> Callable[Arguments, None]:
    """Decorates an action that strangers can't take: in a public app it does nothing."""
    ACTIONS.append(f"{action.__module__}.{action.__qualname__}")

    @functools.wraps(action)
    def held(*arguments: Arguments.args, **options: Arguments.kwargs) -> None:
        if settings().public:
            logs.event(log, "refused", logging.WARNING, reason=f"{action.__name__} in public")
            return
        action(*arguments, **options)

    return held
