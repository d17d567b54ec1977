"""A watch over a kernel's memory while it runs, where the operating system does not bound that of a whole
process tree.
"""

from __future__ import annotations

import threading
from typing import Final, Protocol

_SECONDS: Final = 0.2


class Watched(Protocol):
    """What the watch needs of a kernel."""

    def memory_bytes(self) -> int:
        """Return the private memory of the kernel and everything it started."""

    def kill(self) -> None:
        """Kill the kernel and everything it started."""


class MemoryWatch:
    """Looks now and then, in a thread of its own, because a kernel may take memory while a grader computes."""

    def __init__(self, kernel: Watched, memory_bytes: int) -> None:
        """Begin to watch ``kernel``, and kill it when it has taken more than ``memory_bytes``."""
        self._kernel = kernel
        self._memory_bytes = memory_bytes
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
                self._kernel.kill()
                return
