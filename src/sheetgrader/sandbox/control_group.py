"""An exact bound on the memory of one kernel's whole process tree, where this user may make control groups.

Elsewhere whoever watches the kernel has to ask :meth:`~sheetgrader.kernels.launcher.SandboxedKernel.memory_bytes` now
and then. Both versions of control groups are known (the kernel's ``admin-guide/cgroup-v1/memory.rst`` and
``admin-guide/cgroup-v2.rst``).
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

#: A group can be removed a moment after the last process in it has ended.
_MOST_ATTEMPTS: Final = 100
_PATIENCE_SECONDS: Final = 0.01


@dataclass(frozen=True)
class Version:
    """How one version of control groups names its files."""

    limit: str
    #: The same for memory that was swapped out, and what it is set to beside the limit's own number.
    swap_limit: str
    swap_bytes: int | None
    #: Counts processes killed at the limit, as the line ``oom_kill``.
    events: str


FIRST: Final = Version("memory.limit_in_bytes", "memory.memsw.limit_in_bytes", None, "memory.oom_control")
SECOND: Final = Version("memory.max", "memory.swap.max", 0, "memory.events")


class MemoryGroup:
    """A control group for one kernel."""

    def __init__(self, folder: Path, version: Version) -> None:
        #: The folder that stands for the group.
        self.folder = folder
        self._version = version

    @classmethod
    def create(cls, name: str, limit: int, parents: list[tuple[Path, Version]] | None = None) -> MemoryGroup | None:
        """Return a new group of at most ``limit`` bytes; None where this user may not make one."""
        for parent, version in writable_parents() if parents is None else parents:
            group = cls(parent / name, version)
            try:
                group.folder.mkdir()
                group.limit(limit)
            except OSError:
                group.close()
            else:
                return group
        return None

    def limit(self, limit: int) -> None:
        """Bound the memory of the processes that will be added.

        Raises:
            OSError: this user may not.
        """
        (self.folder / self._version.limit).write_text(str(limit))
        with suppress(OSError):
            # Missing where the machine does not count what it swaps out.
            (self.folder / self._version.swap_limit).write_text(
                str(limit if self._version.swap_bytes is None else self._version.swap_bytes)
            )
        with suppress(OSError):
            # All of the kernel ends at once, not one process of it that happens to be large; known to the second
            # version only.
            (self.folder / "memory.oom.group").write_text("1")

    def add(self, process: int) -> None:
        """Put ``process`` into the group, with all it will start.

        Raises:
            OSError: this user may not.
        """
        (self.folder / "cgroup.procs").write_text(str(process))

    def kills(self) -> int:
        """Return how many processes were killed at the limit."""
        with suppress(OSError):
            for line in (self.folder / self._version.events).read_text().splitlines():
                key, _, value = line.partition(" ")
                if key == "oom_kill":
                    return int(value)
        return 0

    def close(self) -> None:
        """Remove the group, whose processes have ended."""
        remove(self.folder)


def remove(folder: Path) -> None:
    """Remove the group that ``folder`` stands for, whose processes have ended; one that is gone already is fine."""
    for _ in range(_MOST_ATTEMPTS):
        try:
            folder.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            time.sleep(_PATIENCE_SECONDS)
        else:
            return


def writable_parents() -> list[tuple[Path, Version]]:
    """Return the folders in which this process may make memory control groups."""
    found = []
    mounts = [_Mount.parse(line) for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if "memory" in controllers.split(","):
            found += [
                (folder, FIRST)
                for mount in mounts
                if mount.kind == "cgroup" and "memory" in mount.options
                for folder in [mount.find(path)]
            ]
        elif not controllers:
            own = [mount.find(path) for mount in mounts if mount.kind == "cgroup2"]
            # A group with processes of its own cannot divide its memory; the one above it can.
            found += [(folder, SECOND) for place in own for folder in (place, place.parent) if _divides_memory(folder)]
    return [(folder, version) for folder, version in found if os.access(folder, os.W_OK)]


def _divides_memory(folder: Path) -> bool:
    with suppress(OSError):
        return "memory" in (folder / "cgroup.subtree_control").read_text().split()
    return False


@dataclass(frozen=True)
class _Mount:
    #: What part of the file system is mounted, and where.
    root: str
    target: Path
    kind: str
    options: list[str]

    @classmethod
    def parse(cls, line: str) -> _Mount:
        before, _, after = line.partition(" - ")
        fields, (kind, _, options) = before.split(), after.split()[:3]
        return cls(fields[3], Path(fields[4]), kind, options.split(","))

    def find(self, path: str) -> Path:
        """Return where the group ``path`` lies."""
        return self.target / path.removeprefix(self.root).lstrip("/")
