"""A watch over memory while a kernel runs: the kernel's own, and that of this process, which what the kernel sends makes grow."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from sheetgrader.kernel.sandbox import private_bytes

_SECONDS: Final = 0.2
#: A grader's own work, its imports above all, is no reason to end a kernel.
_LEAST_GROWTH: Final = 1 << 30


class Watched(Protocol):
    """What the watch needs of a kernel."""

    def memory_bytes(self) -> int:
        """Return the private memory of the kernel and everything it started."""

    def kill(self) -> None:
        """Kill the kernel and everything it started."""


class MemoryWatch:
    """Looks at both now and then, in a thread of its own, because a kernel may send while a grader computes.

    ZeroMQ counts waiting messages, not their bytes, and the parts of a message that never ends it does not count at all; so a kernel that fills this
    process is found by its effect.
    """

    def __init__(self, kernel: Watched, memory_bytes: int, *, is_trusted: bool = False, own_bytes: Callable[[], int] | None = None) -> None:
        """Begin.

        Args:
            kernel: the kernel to watch, and to kill.
            memory_bytes: what the kernel may take; this process may grow by as much, or by a gibibyte.
            is_trusted: the kernel runs the course's own code, and is not to blame where this process grows.
            own_bytes: returns the size of this process; only for tests.
        """
        self._kernel = kernel
        self._memory_bytes = memory_bytes
        self._own_bytes = own_bytes or _own_bytes
        self._most_own = math.inf if is_trusted else self._own_bytes() + max(memory_bytes, _LEAST_GROWTH)
        self._over = threading.Event()
        #: Why the kernel was killed, as one sentence; empty while it was not.
        self.finding = ""
        self._thread = threading.Thread(target=self._look, name="memory watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the watch; does nothing the second time."""
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(_SECONDS):
            if self._kernel.memory_bytes() > self._memory_bytes:
                self.finding = f"it took more than {self._memory_bytes >> 20} MiB of memory"
            elif self._own_bytes() > self._most_own:
                self.finding = "it sent more than can be taken"
            if self.finding:
                self._kernel.kill()
                return


def _own_bytes() -> int:
    return private_bytes(Path("/proc/self/status").read_text())
