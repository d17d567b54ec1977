"""A rehearsal in the zygote: typical cells, run in a throwaway child to learn what else they import."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Mapping
from typing import Any, Final, Protocol

from sheetgrader.boundary.channels import CHANNELS

#: Cells that make IPython import what it imports only when it needs it.
_CELLS: Final = (
    "print(1)\n1",
    "display(1)",
    "1 / 0",
    "def f(:",
    "import warnings; warnings.warn('warning')",
    "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([0, 1])\nplt.show()",
    "%%time\npass",
    "await __import__('asyncio').sleep(0)",
    "!true",
    "len?",
)


class Connectable(Protocol):
    """A kernel that is built and not yet connected."""

    shell: Any

    def connect(self, listening: Mapping[str, int]) -> None:
        """Open the sockets and start the threads."""


class Rehearsal:
    """Typical cells under way in a throwaway child."""

    def __init__(self, app: Connectable) -> None:
        """Start the child."""
        self._read, write = os.pipe()
        self._child = os.fork()
        if self._child == 0:
            try:
                os.close(self._read)
                _run(app, write)
            finally:
                os._exit(0)
        os.close(write)

    def missing_modules(self) -> list[str]:
        """Wait for the end, and return the names of the modules that the cells had to import themselves."""
        with os.fdopen(self._read) as pipe:
            names = pipe.read().split()
        os.waitpid(self._child, 0)
        return names


def _run(app: Connectable, write: int) -> None:
    known = set(sys.modules)
    sockets = {channel: socket.socket(socket.AF_UNIX) for channel in CHANNELS}
    for listener in sockets.values():
        # The empty address is one of the kernel's choosing, which leaves nothing in any folder.
        listener.bind("")
        listener.listen()
    app.connect({channel: listener.fileno() for channel, listener in sockets.items()})
    for cell in _CELLS:
        app.shell.run_cell(cell)
    os.write(write, "\n".join(set(sys.modules) - known).encode())
