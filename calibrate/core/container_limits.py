"""The limits of the control group of this process: containers and batch systems set them.

A process sees a limit of any group above it too; the smallest of them applies. Both versions of
control groups are read: https://docs.kernel.org/admin-guide/cgroup-v2.html and cgroup-v1.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import psutil

_ROOT = Path("/sys/fs/cgroup")
_PROCESS_GROUPS = Path("/proc/self/cgroup")


@dataclass(frozen=True, slots=True)
class ContainerLimits:
    """The limits of a control group.

    Attributes:
        memory: bytes, None without a limit.
        memory_left: bytes of it that are not used, or only for cached files, which the system drops
            when memory is needed; None without a limit.
        cores: cores' worth of time, None without a limit.
    """

    memory: int | None = None
    memory_left: int | None = None
    cores: float | None = None


def container_limits(groups_text: str | None = None, root: Path = _ROOT) -> ContainerLimits:
    """Return the least limits of this process's control groups and all above them.

    Args:
        groups_text: the text of `/proc/self/cgroup`; read if not given.
        root: where control groups are mounted.
    """
    groups = list(_groups(_text(_PROCESS_GROUPS) if groups_text is None else groups_text, root))
    memory = list(_memory(groups))
    return ContainerLimits(
        memory=min((most for most, _ in memory), default=None),
        memory_left=min((max(0, most - used) for most, used in memory), default=None),
        cores=min(_cores(groups), default=None),
    )


def free_memory() -> int:
    """Return the bytes that this process may still take: of the machine, and of its container."""
    free = psutil.virtual_memory().available
    left = container_limits().memory_left
    return free if left is None else min(free, left)


def total_memory() -> int:
    """Return the bytes of memory of the machine, or of the container if that has fewer."""
    total = psutil.virtual_memory().total
    most = container_limits().memory
    return total if most is None else min(total, most)


def _groups(groups_text: str, root: Path) -> Iterator[Path]:
    """Yield the folders of the process's groups, and of those above, that are visible here.

    In a container the path of the process may not be visible: its group is then the root of the
    mount.
    """
    for line in groups_text.splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        mounts = [root / controllers] if controllers else [root, root / "unified"]
        for mount in mounts:
            group = PurePosixPath(path)
            for part in (group, *group.parents):
                yield mount / str(part).lstrip("/")


def _memory(groups: Iterable[Path]) -> Iterator[tuple[int, int]]:
    """Yield limit and use of each group with a limit, in bytes."""
    machine = psutil.virtual_memory().total
    for group in groups:
        for most, used in (
            ("memory.max", "memory.current"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes"),
        ):
            limit = _text(group / most).strip()
            # Version 1 has a huge number for no limit.
            if limit.isdigit() and int(limit) < machine:
                in_use = _text(group / used).strip()
                taken = int(in_use) if in_use.isdigit() else 0
                yield int(limit), max(0, taken - _cached_files(group))


def _cached_files(group: Path) -> int:
    """Return the bytes of the page cache of a group and those below it, without shared memory."""
    entries = dict(line.partition(" ")[::2] for line in _text(group / "memory.stat").splitlines())
    total = "total_" if "total_inactive_file" in entries else ""  # version 1
    sizes = (entries.get(f"{total}{kind}_file", "") for kind in ("inactive", "active"))
    return sum(int(size) for size in sizes if size.isdigit())


def _cores(groups: Iterable[Path]) -> Iterator[float]:
    for group in groups:
        words = _text(group / "cpu.max").split() or [
            _text(group / f"cpu.cfs_{name}_us").strip() for name in ("quota", "period")
        ]
        if len(words) == 2 and all(word.isdigit() for word in words) and int(words[1]):
            yield int(words[0]) / int(words[1])


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return ""
