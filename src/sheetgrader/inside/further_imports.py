"""Further imports of the zygote's: what a sheet's own notebooks import, as far as kernels can share it.

A library is shared by being imported before the fork. Whether it can be is found out in a child that does nothing else,
library by library: one that starts a thread, says something, or changes what every program sees (signals, plots'
settings) is left out, since a kernel that never asked for it would notice.
"""

from __future__ import annotations

import importlib
import json
import locale
import logging
import os
import signal
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NoReturn

from sheetgrader.sandbox import syscalls

#: What one trial may take.
_TRIAL_SECONDS: Final = 120
#: How often what is left is tried again without what could not be shared, which may have hidden something else.
_MOST_TRIALS: Final = 5


class Trial:
    """A child under way that imports modules and finds out which of them cannot be shared."""

    def __init__(self, names: Iterable[str], left_out: Mapping[str, str], trials_left: int = _MOST_TRIALS) -> None:
        """Start it.

        Args:
            names: the modules, in the order in which they are to be imported.
            left_out: those that earlier trials have found, with the reasons.
            trials_left: how many trials there may be, this one included.
        """
        self.names = tuple(names)
        self.left_out = dict(left_out)
        self._trials_left = trials_left
        self._answer = os.memfd_create("trial")
        self.process = os.fork()
        if self.process == 0:
            _try(self.names, self._answer)
        #: Readable when the child has ended.
        self.descriptor = os.pidfd_open(self.process)

    def finished(self) -> Trial | None:
        """Clear away the child, which has ended; return the next trial, or None where what is left can be shared."""
        os.waitpid(self.process, 0)
        os.close(self.descriptor)
        answer = _read(self._answer)
        if answer is None or (answer["left_out"] and self._trials_left == 1):
            self.left_out |= dict.fromkeys(
                self.names, "importing all of them, one after the other, came to no good end"
            )
            self.names = ()
            return None
        if not answer["left_out"]:
            self.names = tuple(answer["imported"])
            return None
        self.left_out |= answer["left_out"]
        return Trial((name for name in self.names if name not in self.left_out), self.left_out, self._trials_left - 1)


def import_shared(names: Iterable[str]) -> None:
    """Import modules that a trial has found to be fit for it; one that cannot be imported now is passed over."""
    for name in names:
        # Whatever a library raises, those who do not use it must get their kernels.
        with suppress(Exception):
            importlib.import_module(name)


def number_of_threads() -> int:
    """Return how many threads this process has, those that no Python knows of included."""
    return len(list(Path("/proc/self/task").iterdir()))


def _try(names: Iterable[str], answer: int) -> NoReturn:
    """Import ``names`` in this process, which ends with it, and write down which cannot be shared and why."""
    try:
        syscalls.process_control(syscalls.PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(_TRIAL_SECONDS)
        said = os.memfd_create("said")
        for stream in (1, 2):
            os.dup2(said, stream)
        sys.stdout = sys.stderr = os.fdopen(said, "w", buffering=1, encoding="utf-8", errors="replace")
        # Most come with others.
        reasons = {name: _why_not(name, said) for name in names if name not in sys.modules}
        left_out = {name: why for name, why in reasons.items() if why}
        if not left_out:
            _fork_once()
        os.write(answer, json.dumps({"imported": list(reasons), "left_out": left_out}).encode())
    finally:
        os._exit(0)


def _why_not(name: str, said: int) -> str:
    """Import a module, and return what speaks against sharing it; nothing where nothing does."""
    before, threads, length = tuple(_seen_by_all()), number_of_threads(), os.fstat(said).st_size
    try:
        importlib.import_module(name)
    except BaseException as error:  # noqa: BLE001  # whatever it raises
        return f"it cannot be imported by itself ({type(error).__name__})"
    sys.stdout.flush()
    if number_of_threads() > threads:
        return "it starts a thread, which no fork survives"
    if os.fstat(said).st_size > length:
        return "it says something when it is imported"
    after = tuple(_seen_by_all())
    # A library that was not there before has no settings that could have changed.
    changed = [what for (what, old), (_, new) in zip(before, after, strict=True) if old is not None and old != new]
    return f"it changes what every program sees ({', '.join(changed)})" if changed else ""


def _seen_by_all() -> Iterator[tuple[str, Any]]:
    """Yield what every program can see of libraries that others have imported."""
    yield "signals", [signal.getsignal(number) for number in sorted(signal.valid_signals())]
    yield "hooks", (sys.excepthook, sys.displayhook, sys.breakpointhook)
    yield "logging", (logging.root.level, list(logging.root.handlers))
    yield "the language", locale.setlocale(locale.LC_ALL)
    yield "the work folder", os.getcwd()  # noqa: PTH109  # compared, nothing else
    numpy = sys.modules.get("numpy")
    yield "NumPy's settings", numpy and (numpy.geterr(), numpy.get_printoptions())
    matplotlib = sys.modules.get("matplotlib")
    yield "plots' settings", matplotlib and dict(dict.items(matplotlib.rcParams))
    torch = sys.modules.get("torch")
    yield (
        "PyTorch's settings",
        torch and (str(torch.get_default_dtype()), torch.initial_seed(), torch.is_grad_enabled()),
    )


def _fork_once() -> None:
    """Fork, as every kernel will be; a library whose hooks do not bear it ends this process without an answer."""
    process = os.fork()
    if process == 0:
        os._exit(0)
    if os.waitpid(process, 0)[1] != 0:
        raise RuntimeError("a fork does not end as it should")


def _read(answer: int) -> dict[str, Any] | None:
    os.lseek(answer, 0, os.SEEK_SET)
    with os.fdopen(answer, "rb") as file:
        content = file.read()
    return dict(json.loads(content)) if content else None
