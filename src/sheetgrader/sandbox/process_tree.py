"""Processes and their descendants, as /proc tells of them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Final

#: How often a tree that keeps growing while it is killed is walked again.
_MOST_ROUNDS: Final = 200
_PATIENCE_SECONDS: Final = 0.005


def children(process: int) -> list[int]:
    """Return the children of ``process``; none when it is gone."""
    found: list[int] = []
    # A child belongs to the thread that started it.
    with suppress(OSError):
        for task in Path(f"/proc/{process}/task").iterdir():
            with suppress(OSError):
                found += map(int, (task / "children").read_text().split())
    return found


def descendants(process: int) -> list[int]:
    """Return all processes below ``process``, parents before their children."""
    found = children(process)
    for descendant in found:
        found += children(descendant)
    return found


def kill_descendants(process: int) -> None:
    """Kill all processes below ``process``, which is stopped for it; it must be the reaper of its orphans."""
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGSTOP)
    for _ in range(_MOST_ROUNDS):
        alive = [descendant for descendant in descendants(process) if not _is_dead(descendant)]
        if not alive:
            return
        for descendant in alive:
            with suppress(ProcessLookupError):
                os.kill(descendant, signal.SIGKILL)


def kill_children_except(kept: Collection[int]) -> None:
    """Kill and reap all children of this process but ``kept``, and what becomes its children by that."""
    for _ in range(_MOST_ROUNDS):
        strangers = [child for child in children(os.getpid()) if child not in kept]
        if not strangers:
            return
        for stranger in strangers:
            with suppress(ProcessLookupError, ChildProcessError):
                os.kill(stranger, signal.SIGKILL)
                if not os.waitpid(stranger, os.WNOHANG)[0]:
                    time.sleep(_PATIENCE_SECONDS)


def _is_dead(process: int) -> bool:
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return True
    # The name before it, in brackets, may hold anything.
    return status.rpartition(")")[2].split()[0] in "ZX"
