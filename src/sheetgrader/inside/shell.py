"""The interactive shell of a sandboxed kernel."""

# mypy: allow-untyped-calls
# IPython annotates few of its functions.

from __future__ import annotations

import codecs
import inspect
import os
import subprocess
import sys
from typing import Any

from ipykernel import zmqshell
from ipykernel.compiler import XCachingCompiler
from IPython.core.ultratb import AutoFormattedTB

_PIECE_BYTES = 1 << 16


class KnownCellsCompiler(XCachingCompiler):
    """A stock compiler that says which module a cell belongs to.

    Whoever formats a traceback asks :mod:`inspect` for it, which looks through all the modules there are, once for
    every error, unless it knows.
    """

    def cache(self, *arguments: Any, **keywords: Any) -> str:
        """Keep a cell's source for tracebacks, and return the name of the file that it pretends to be."""
        name = str(super().cache(*arguments, **keywords))
        inspect.modulesbyfile[name] = "__main__"
        return name


class _TracebackFormatter(AutoFormattedTB):
    """A stock formatter that formats an error once, although the shell asks twice: to show it, and for its history."""

    _formatted: tuple[Any, Any, list[str]] | None = None

    def structured_traceback(
        self, etype: type, evalue: Any, etb: Any = None, *arguments: Any, **keywords: Any
    ) -> list[str]:
        """Return the lines that describe an error."""
        if self._formatted is not None and self._formatted[0] is evalue and self._formatted[1] is etb:
            return self._formatted[2]
        lines: list[str] = super().structured_traceback(etype, evalue, etb, *arguments, **keywords)
        self._formatted = (evalue, etb, lines)
        return lines


class ZMQInteractiveShell(zmqshell.ZMQInteractiveShell):
    """A stock interactive shell whose ``!commands`` need no pseudo-terminal, because a sandbox has none.

    It has the stock shell's name, by which libraries know that they run in a notebook.
    """

    __module__ = zmqshell.__name__

    def init_traceback_handlers(self, custom_exceptions: Any) -> None:
        """Choose who formats errors."""
        super().init_traceback_handlers(custom_exceptions)
        self.InteractiveTB = _TracebackFormatter(mode=self.xmode, theme_name=self.colors, tb_offset=1)

    def mend_streams(self) -> None:
        """Put the kernel's own streams back where a cell left something that nothing can be written to: None, or a
        file that is closed. With such a one the kernel could not say any more how a cell ended.
        """
        for name in ("stdout", "stderr"):
            stream = getattr(sys, name, None)
            usable = callable(getattr(stream, "write", None)) and callable(getattr(stream, "flush", None))
            if not usable or getattr(stream, "closed", False) is True:
                setattr(sys, name, getattr(self.kernel, f"_{name}"))

    def _get_exc_info(self, *arguments: Any) -> Any:
        # Asked for before a traceback is written, and no frame of it, as an override of what writes it would be.
        self.mend_streams()
        return super()._get_exc_info(*arguments)

    def system_piped(self, cmd: str) -> None:
        """Run ``cmd`` in a system shell and print what it prints, with a terminal's line ends; its exit status becomes
        ``_exit_code``.

        Raises:
            OSError: ``cmd`` asks to be run in the background.
        """
        if cmd.rstrip().endswith("&"):
            raise OSError("Background processes not supported.")
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        process: subprocess.Popen[bytes] = subprocess.Popen(  # noqa: S602  # a system shell is what was asked for
            self.var_expand(cmd, depth=1),
            shell=True,
            executable=os.environ.get("SHELL"),
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
