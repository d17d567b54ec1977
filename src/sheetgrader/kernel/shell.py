"""The interactive shell of a sandboxed kernel."""

# mypy: allow-untyped-calls
# IPython annotates few of its functions.

from __future__ import annotations

import codecs
import os
import subprocess
from typing import Any

from ipykernel.zmqshell import ZMQInteractiveShell

_PIECE_BYTES = 1 << 16


class SandboxedShell(ZMQInteractiveShell):
    """A stock interactive shell whose ``!commands`` need no pseudo-terminal, because a sandbox has none."""

    def system_piped(self, cmd: str) -> None:
        """Run ``cmd`` in a system shell and print what it prints, with a terminal's line ends; its exit status becomes ``_exit_code``.

        Raises:
            OSError: ``cmd`` asks to be run in the background.
        """
        if cmd.rstrip().endswith("&"):
            raise OSError("Background processes not supported.")
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        process: subprocess.Popen[bytes] = subprocess.Popen(  # noqa: S602  # a system shell is what was asked for
            self.var_expand(cmd, depth=1),
            shell=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert process.stdout is not None  # noqa: S101  # it is a pipe
        with process:
            try:
                while piece := os.read(process.stdout.fileno(), _PIECE_BYTES):
                    print(decode(piece).replace("\n", "\r\n"), end="", flush=True)
            except KeyboardInterrupt:
                process.terminate()
                raise
        status: Any = process.returncode
        # A shell reports a command that a signal ended as 128 and the signal's number.
        self.user_ns["_exit_code"] = 128 - status if status > 128 else status

    system = system_piped
