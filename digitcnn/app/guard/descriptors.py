"""How many files and connections this process may open, and their shares."""

import contextlib
import os

_MOST = 65_536
_OF_A_SESSION = 4  # a connection, and what Streamlit opens for the session behind it
# Of all: for sessions, and for connections that have said nothing yet. The rest is for requests,
# files, processes that read photos, and sessions that have ended but are not yet given back.
_FOR_SESSIONS, _FOR_SILENT = 0.4, 0.2
_CROWDED = 0.7  # in use: no more sessions begin


def sessions() -> int:
    """How many sessions there is room for."""
    return max(1, int(_FOR_SESSIONS * limit() / _OF_A_SESSION))


def silent() -> int:
    """How many silent connections there is room for."""
    return int(_FOR_SILENT * limit())


def are_crowded() -> bool:
    """Whether too many are in use for further sessions."""
    for folder in ("/proc/self/fd", "/dev/fd"):
        with contextlib.suppress(OSError):
            return len(os.listdir(folder)) > _CROWDED * limit()
    return False


def limit() -> int:
    """How many descriptors this process may have."""
    try:
        import resource
    except ImportError:  # Windows
        return _MOST
    now = int(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    return _MOST if now == resource.RLIM_INFINITY else min(now, _MOST)


def raise_limit() -> None:
    """Raises the limit as far as the system allows; many start with 1,024."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = min(most, _MOST) if most != resource.RLIM_INFINITY else _MOST
        if now < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
