"""What a process tree uses, as the host sees it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from sheetgrader.kernel import process_tree
from sheetgrader.kernel.sandbox import private_bytes


def memory_bytes(process: int, private_at_fork: int, limit: int) -> int:
    """Return the memory of ``process`` and all below it that belongs to no file, less what it shared with the zygote at the fork.

    Every process is first counted with all it has mapped, which is cheap and never too little. Only where that is over ``limit`` and the tree has
    several processes, each page is divided among those that share it; what the tree shares with the zygote is then taken off whole, so the sum may
    be too small by no more than ``private_at_fork``.
    """
    tree = [process, *process_tree.descendants(process)]
    used = sum(map(_resident, tree)) - private_at_fork
    if len(tree) > 1 and used > limit:
        with suppress(OSError):
            used = sum(map(_proportional, tree)) - private_at_fork
    return max(used, 0)


def _resident(process: int) -> int:
    with suppress(OSError):
        return private_bytes(Path(f"/proc/{process}/status").read_text())
    return 0


def _proportional(process: int) -> int:
    with suppress(FileNotFoundError, ProcessLookupError):
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        return sum(int(line.split()[1]) << 10 for line in lines if line.startswith(("Pss_Anon:", "Pss_Shmem:")))
    return 0
