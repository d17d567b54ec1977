"""Runs a script by its command line in a freshly forked, locked-in process: as ``python script.py --option`` would, but
with warm imports.
"""

from __future__ import annotations

import atexit
import builtins
import importlib
import os
import sys
import tempfile
import threading
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from sheetgrader.inside import training_record
from sheetgrader.inside.libraries import meet_the_sandbox, seed_libraries, use_threads


def run(command: Sequence[str], outputs: Mapping[str, int], *, threads: int, cores: int, is_watched: bool) -> NoReturn:
    """Run the script ``command[0]`` with the other words as its arguments, then end this process with the script's exit
    status.

    Args:
        command: a path in the current folder, and arguments.
        outputs: descriptors for standard output, standard error and the record of a training.
        threads: how many threads torch and the linear algebra libraries may use.
        cores: how many processor cores there are at most, as far as the script is told.
        is_watched: record what it trains.
    """
    status = 1
    try:
        _take_over_outputs(outputs)
        _forget_the_kernel()
        seed_libraries()
        meet_the_sandbox(cores)
        use_threads(threads)
        recorder = training_record.Recorder.start() if is_watched else None
        status = _run_as_main(command)
        if recorder is not None:
            recorder.write(outputs["record"])
    finally:
        # Whatever happened, this process must not run on as a second zygote.
        os._exit(status)


def _take_over_outputs(outputs: Mapping[str, int]) -> None:
    for number, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(outputs[name], number)
        os.close(outputs[name])
        # Open to the end.
        stream = open(number, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _forget_the_kernel() -> None:
    """Undo what tells libraries and the script that they run in a notebook."""
    for name in ("get_ipython", "display"):
        vars(builtins).pop(name, None)
    # Those of the zygote's own; the script's are run when it ends.
    atexit._clear()
    sys.excepthook, sys.displayhook = sys.__excepthook__, sys.__displayhook__
    tempfile.tempdir = None
    os.environ["MPLBACKEND"] = "agg"
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.switch_backend("agg")


def _run_as_main(command: Sequence[str]) -> int:
    """Run the script as the module ``__main__`` and return its exit status."""
    name, *arguments = command
    path = Path(name)
    sys.argv = [name, *arguments]
    sys.path.insert(0, str(path.absolute().parent))
    importlib.invalidate_caches()
    module = ModuleType("__main__")
    module.__file__ = name
    sys.modules["__main__"] = module
    try:
        # This is what the sandbox is for.
        exec(compile(path.read_bytes(), name, "exec", dont_inherit=True), module.__dict__)  # noqa: S102
    except SystemExit as end:
        status = _status_of(end.code)
    except BaseException as error:  # noqa: BLE001  # told as Python itself would
        _print_error(error, name)
        status = 1
    else:
        status = 0
    return _finish(status)


def _status_of(code: Any) -> int:
    """Return the exit status that ``sys.exit(code)`` stands for."""
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    print(code, file=sys.stderr)
    return 1


def _print_error(error: BaseException, script: str) -> None:
    """Print a traceback that begins in the script; a script that is no Python has no frame in it."""
    frame = error.__traceback__
    while frame is not None and frame.tb_frame.f_code.co_filename != script:
        frame = frame.tb_next
    traceback.print_exception(type(error), error, frame)


def _finish(status: int) -> int:
    """Wait for the script's threads and do what it has left to be done at its end, as Python does."""
    try:
        threading._shutdown()  # type: ignore[attr-defined]  # what the interpreter itself calls
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:  # noqa: BLE001  # the script's own functions may raise anything
        return status or 1
    return status
