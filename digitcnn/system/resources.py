"""Free memory and disk of this machine, asked of the system without further packages."""

import contextlib
import os
import shutil
from pathlib import Path

# Measured: the peak of a training with MNIST and synthetic handwriting, TensorFlow included.
TRAINING_MB = 1_000
RUN_MB = 100  # a training with all that its compilers put aside; MNIST

_PROC, _CGROUPS = Path("/proc"), Path("/sys/fs/cgroup")
_NO_LIMIT = 1 << 60  # how the first version of control groups says that there is none


def free_memory_mb() -> float | None:
    """Memory that processes of ours can still get, MB; ``None`` where the system does not say.

    The least of what the machine has, what the control group (of a container, say) may still
    take, and what the limits of this process leave.
    """
    told = [_free_on_machine(), *_free_in_groups(), _free_by_limit()]
    known = [n_bytes for n_bytes in told if n_bytes is not None]
    return min(known) / 1e6 if known else None


def free_disk_mb(folder: Path) -> float | None:
    """Free space where ``folder`` is or would be, MB; ``None`` if it can't be asked."""
    folder = Path(folder).absolute()
    for place in (folder, *folder.parents):
        with contextlib.suppress(OSError):
            return shutil.disk_usage(place).free / 1e6
    return None


def why_not_train(home: Path) -> str:
    """Why no training should be started here, as a sentence; empty if one can be."""
    memory_mb = free_memory_mb()
    if memory_mb is not None and memory_mb < TRAINING_MB:
        return (
            f"Training takes about {TRAINING_MB:,} MB of memory, and {memory_mb:,.0f} MB are free "
            "here. Train on another computer, or give this one more."
        )
    disk_mb = free_disk_mb(home)
    if disk_mb is not None and disk_mb < RUN_MB:
        return (
            f"Training takes about {RUN_MB} MB on the disk, and {disk_mb:,.0f} MB are free in "
            f"{home}. Free some space, or choose another home folder with DIGITCNN_HOME."
        )
    return ""


def _free_on_machine() -> int | None:
    for line in _lines(_PROC / "meminfo"):
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    with contextlib.suppress(AttributeError, ValueError, OSError):
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None


def _free_in_groups() -> list[int]:
    """For each control group of this process, and those around it: its limit less what it uses."""
    free = []
    for line in _lines(_PROC / "self" / "cgroup"):
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            root, names = _CGROUPS, ("memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            root = _CGROUPS / "memory"
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        else:
            continue
        group = root / path.strip().lstrip("/")
        # In a container the path may be the host's, and the container's own group the root.
        for place in dict.fromkeys([group, *group.parents, root]):
            if place == root or root in place.parents:
                free += _free_in_group(place, *names)
    return free


def _free_in_group(group: Path, limit: str, usage: str, cache: str) -> list[int]:
    try:
        most, used = (int(" ".join(_lines(group / name))) for name in (limit, usage))
    except ValueError:
        return []  # No such group, or "max".
    # Files that were read count as used, and are dropped when memory is wanted.
    stats = dict(line.split(maxsplit=1) for line in _lines(group / "memory.stat") if " " in line)
    with contextlib.suppress(ValueError):
        used -= int(stats.get(cache, "0"))
    return [max(0, most - used)] if most < _NO_LIMIT else []


def _free_by_limit() -> int | None:
    try:
        import resource
    except ImportError:
        return None  # Windows
    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    # Each process has this limit for itself; a trainer starts from nothing.
    return None if most == resource.RLIM_INFINITY else most


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return []


def give_way(pid: int, niceness: int) -> None:
    """Gives a process low priority, and makes it the first to be killed if memory runs out.

    Args:
        pid: of the process.
        niceness: of Unix, 0 to 19; higher gives way more.
    """
    with contextlib.suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, pid, niceness)
    # The rest is Linux's alone. Where it groups processes by session, as desktops do, niceness
    # counts within a session only; the session has one of its own.
    for file, value in (("oom_score_adj", "500"), ("autogroup", str(niceness))):
        with contextlib.suppress(OSError):
            (_PROC / str(pid) / file).write_text(value)
