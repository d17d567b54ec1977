"""What a process tree uses, as the host sees it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from sheetgrader.sandbox import process_tree
from sheetgrader.sandbox.limits import private_bytes

#: Tables of sockets, under the names that the counts of sockets in use have.
_QUEUES: Final = {"TCP": "tcp", "TCP6": "tcp6", "UDP": "udp", "UDP6": "udp6"}
#: In a line of such a table: the field with the bytes that wait to be sent and to be read, in hexadecimal.
_QUEUE_FIELD: Final = 4


def memory_bytes(process: int, private_at_fork: int, limit: int) -> int:
    """Return the memory of ``process`` and all below it that belongs to no file, less what it shared with the zygote at
    the fork.

    Every process is first counted with all it has mapped, which is cheap and never too little. Only where that is over
    ``limit`` and the tree has several processes, each page is divided among those that share it; what the tree shares
    with the zygote is then taken off whole, so the sum may be too small by no more than ``private_at_fork``. What
    sockets hold is counted as well.
    """
    tree = [process, *process_tree.descendants(process)]
    used = sum(map(_resident, tree)) - private_at_fork
    if len(tree) > 1 and used > limit:
        with suppress(OSError):
            used = _shared_out(tree, private_at_fork + limit) - private_at_fork
    return max(used, 0) + _in_sockets(process)


def _shared_out(tree: Iterable[int], most: int) -> int:
    """Return the memory of the processes in ``tree``, each page divided among those that share it; it takes time,
    so no more is counted than shows that it is more than ``most``.
    """
    used = 0
    for process in tree:
        used += _proportional(process)
        if used > most:
            break
    return used


def _resident(process: int) -> int:
    with suppress(OSError):
        return private_bytes(Path(f"/proc/{process}/status").read_text())
    return 0


def _proportional(process: int) -> int:
    with suppress(FileNotFoundError, ProcessLookupError):
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        return sum(int(line.split()[1]) << 10 for line in lines if line.startswith(("Pss_Anon:", "Pss_Shmem:")))
    return 0


def _in_sockets(process: int) -> int:
    """Return how much the sockets of the process's network namespace hold at most; no process is charged for it."""
    with suppress(OSError):
        namespace = Path(f"/proc/{process}/ns/net")
        if namespace.samefile("/proc/self/ns/net"):
            # A plain process: these would be the whole machine's.
            return 0
    tables = Path(f"/proc/{process}/net")
    held = 0
    with suppress(OSError):
        # The tables take milliseconds to read even when they are empty.
        counts = [
            line.split() for name in ("sockstat", "sockstat6") for line in (tables / name).read_text().splitlines()
        ]
        for name in [
            _QUEUES[words[0].rstrip(":")]
            for words in counts
            if words[0].rstrip(":") in _QUEUES and words[1:3] != ["inuse", "0"]
        ]:
            for line in (tables / name).read_text().splitlines()[1:]:
                waiting = line.split()[_QUEUE_FIELD].split(":")
                held += sum(int(count, 16) for count in waiting)
        # How much waits in a Unix socket is not told, only that the sender's buffer bounds it, whose size the system
        # call filter keeps as it is, and that the last message may be half as large again.
        count = len((tables / "unix").read_text().splitlines()) - 1
        held += count * 3 * int(Path("/proc/sys/net/core/wmem_default").read_text()) // 2
    return held
