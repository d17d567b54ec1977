"""A child of the zygote on its way from the fork to a locked-in kernel."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, NoReturn

from sheetgrader.boundary.channels import CHANNELS, OUTPUTS
from sheetgrader.errors import IsolationError, SheetgraderError, SubmissionError
from sheetgrader.sandbox import locking, messages, syscalls, work_folder
from sheetgrader.sandbox.limits import Isolation, SandboxLimits, limit_resources
from sheetgrader.sandbox.locking import Ring, Surroundings
from sheetgrader.sandbox.private_root import HOME_FOLDER, SHARED_MEMORY_FOLDER, TEMPORARY_FOLDER

#: The shells that commands of cells are run by: that of most notebooks, and one that is always there.
_SHELLS: Final = ("/bin/bash", "/bin/sh")


def settings(limits: SandboxLimits, environment: Mapping[str, str], folder: str) -> dict[str, Any]:
    """Return what a child reads from its parcel first; ``folder`` is for its files where it gets no file system of its
    own.
    """
    return {"limits": asdict(limits), "environment": dict(environment), "folder": folder}


def run(
    surroundings: Surroundings, connection: socket.socket, descriptors: Sequence[int], *, is_rehearsal: bool
) -> NoReturn:
    """Lock this process in, report to ``connection``, and run the kernel or the script; never return.

    Args:
        surroundings: where this process comes from.
        connection: to the worker that wants the kernel.
        descriptors: the parcel, then the listening sockets of :data:`CHANNELS`, or the pipes of :data:`OUTPUTS` where
            the parcel names a script.
        is_rehearsal: report what is missing of the sandbox, and end.
    """
    try:
        parcel, others = _prepare(surroundings, connection, descriptors)
        limits, environment = SandboxLimits(**parcel.settings["limits"]), parcel.settings["environment"]
        temporary = _lock_in(surroundings, limits, Path(parcel.settings["folder"]))
        _unpack(parcel, limits)
        if is_rehearsal:
            messages.send(connection, {"missing": _missing(surroundings, limits)})
            os._exit(0)
        _set_environment(surroundings, temporary, environment)
        folders = [
            os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            for folder in (".", temporary, SHARED_MEMORY_FOLDER)
            if Path(folder).is_dir()
        ]
        messages.send(connection, {"locked": True}, folders)
        for descriptor in folders:
            os.close(descriptor)
        connection.close()
        script = parcel.settings.get("script")
        if script is None:
            _run_kernel(dict(zip(CHANNELS, others, strict=True)), limits)
        _run_script(script, dict(zip(OUTPUTS, others, strict=True)), limits)
    except SheetgraderError as error:
        _report(connection, {"failed": str(error), "is_submission": not isinstance(error, IsolationError)})
    except OSError as error:
        _report(connection, {"failed": f"a step into the sandbox is refused ({error})"})
    finally:
        os._exit(1)


def _missing(surroundings: Surroundings, limits: SandboxLimits) -> list[str]:
    """Return which effects of the sandbox are missing; a plain process has none to look for."""
    if surroundings.isolation is not Isolation.SANDBOX:
        return []
    return locking.missing_effects(limits, surroundings.without, has_gpu=surroundings.has_gpu)


def _report(connection: socket.socket, content: Mapping[str, Any]) -> None:
    # Where nobody listens any more there is nobody to tell either.
    with suppress(OSError):
        messages.send(connection, content)


def _prepare(
    surroundings: Surroundings, connection: socket.socket, descriptors: Sequence[int]
) -> tuple[work_folder.Parcel, Sequence[int]]:
    """Let go of everything that is the zygote's."""
    syscalls.process_control(syscalls.PR_SET_PDEATHSIG, signal.SIGKILL)
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    parcel, *others = descriptors
    if Ring.CLOSED_DESCRIPTORS not in surroundings.without:
        syscalls.close_all_except([0, 1, 2, connection.fileno(), parcel, *others])
    return work_folder.Parcel(parcel), others


def _lock_in(surroundings: Surroundings, limits: SandboxLimits, folder: Path) -> str:
    """Lock this process in, in its work folder; return its folder for temporary files."""
    if surroundings.isolation is Isolation.SANDBOX:
        locking.lock_in(limits, surroundings)
        return TEMPORARY_FOLDER
    # Keeps the children of its children, so that they can be found.
    syscalls.process_control(syscalls.PR_SET_CHILD_SUBREAPER, 1)
    limit_resources(limits, surroundings.start, has_gpu=surroundings.has_gpu)
    work, temporary = folder / "submission", folder / "temporary"
    work.mkdir()
    temporary.mkdir()
    os.chdir(work)
    return str(temporary)


def _unpack(parcel: work_folder.Parcel, limits: SandboxLimits) -> None:
    try:
        parcel.unpack()
    except (FileExistsError, IsADirectoryError, NotADirectoryError) as error:
        raise SubmissionError(
            f"the submission has a file and a folder of the same name, {error.filename}; rename one of them"
        ) from None
    except OSError as error:
        raise SubmissionError(
            f"the submission's files do not fit into the work folder of {limits.disk_bytes >> 20} MiB"
            f" ({error.strerror})"
        ) from None


def _set_environment(surroundings: Surroundings, temporary: str, environment: Mapping[str, str]) -> None:
    if Ring.CLEAN_ENVIRONMENT not in surroundings.without:
        os.environ.clear()
    os.environ.update(
        {
            "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "HOME": HOME_FOLDER if surroundings.isolation is Isolation.SANDBOX else str(Path.cwd()),
            "TMPDIR": temporary,
            "MPLCONFIGDIR": f"{temporary}/matplotlib",
            "USER": "student",
            "LOGNAME": "student",
            "SHELL": next(filter(os.path.exists, _SHELLS)),
            # A sandbox compiles one program or two: compiled headers would take longer than they save, and much disk.
            "TORCHINDUCTOR_CPP_CACHE_PRECOMPILE_HEADERS": "0",
            # Where there is no network, trying again only takes time.
            "PIP_RETRIES": "0",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            **environment,
        }
    )


def _run_kernel(listening: Mapping[str, int], limits: SandboxLimits) -> NoReturn:
    from sheetgrader.inside import application

    gc.enable()
    application.serve(listening, threads=limits.torch_threads, cores=limits.cores)


def _run_script(script: Mapping[str, Any], outputs: Mapping[str, int], limits: SandboxLimits) -> NoReturn:
    from sheetgrader.inside import script_run

    gc.enable()
    script_run.run(
        script["command"],
        outputs,
        threads=limits.torch_threads,
        cores=limits.cores,
        is_watched=script["is_watched"],
    )
