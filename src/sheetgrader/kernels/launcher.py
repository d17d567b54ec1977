"""The trusted side of the zygote: start it, ask it for kernels, watch and end them."""

from __future__ import annotations

import itertools
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Self, TypeVar

from sheetgrader.errors import IsolationError
from sheetgrader.inside import child, zygote
from sheetgrader.kernels.processes import (
    END_SECONDS,
    IMPORT_SECONDS,
    Request,
    SandboxedKernel,
    SandboxedProcess,
    SandboxedScript,
    wait_for_end,
)
from sheetgrader.sandbox import messages, work_folder
from sheetgrader.sandbox.capabilities import examine, missing_rings
from sheetgrader.sandbox.limits import Isolation, SandboxLimits
from sheetgrader.sandbox.locking import Ring
from sheetgrader.sandbox.private_root import DEVICES, library_folders, plan_root
from sheetgrader.sandbox.runtime_folder import RuntimeFolder, remove_folder

__all__ = ["DEFAULT_PRELOAD", "SandboxedKernel", "SandboxedScript", "SharedImports", "Zygote", "ZygoteConnection"]

#: What notebooks import most; those that are not installed are passed over.
DEFAULT_PRELOAD: Final = ("numpy", "matplotlib.pyplot", "torch")

_ENTRY: Final = Path(__file__).parents[1] / "inside" / "entry.py"
_BACKLOG: Final = 128
_LONGEST_LOG: Final = 500
#: Names that fit into one message with all that stands around them.
_MOST_NAMES_BYTES: Final = 60_000
_NO_ENVIRONMENT: Final[Mapping[str, str]] = MappingProxyType({})
_Process = TypeVar("_Process", SandboxedKernel, SandboxedScript)


@dataclass(frozen=True)
class SharedImports:
    """Modules that are imported before kernels are forked."""

    #: In the order in which they are imported; what comes with them is not named.
    modules: tuple[str, ...]
    #: Modules that cannot be shared, with the reasons.
    left_out: dict[str, str]


class Zygote:
    """The warm process that all kernels are forked from; started once, by the main process.

    It ends when it is closed, and with the main process in any case. A context manager.
    """

    def __init__(
        self, process: subprocess.Popen[bytes], control: socket.socket, folder: RuntimeFolder, isolation: Isolation
    ) -> None:
        self._process = process
        self._control = control
        self._folder = folder
        self._first_inside = -1
        self._is_ready = False
        self._isolation = isolation
        #: The modules that its kernels are to share.
        self.shared: frozenset[str] = frozenset()
        self._shares = 0
        #: Path of the socket that :class:`ZygoteConnection` connects to.
        self.address = str(_address(folder))

    @classmethod
    def start(
        cls,
        *,
        preload: Sequence[str] = DEFAULT_PRELOAD,
        isolation: Isolation = Isolation.SANDBOX,
        devices: Sequence[str] = (),
        awaits_more: bool = False,
        _without: Collection[Ring] = (),
    ) -> Zygote:
        """Start the zygote and return at once; it imports its libraries meanwhile.

        Args:
            preload: modules to import; those that are not installed are passed over.
            isolation: how its kernels are kept apart from the machine.
            devices: device nodes that its kernels may use, those of GPUs; see
                :func:`~sheetgrader.sandbox.private_root.gpu_devices`.
            awaits_more: :meth:`preload_more` will name further modules, and it does not get ready before.
            _without: rings to leave out; only for tests that show what a ring is good for.

        Raises:
            IsolationError: the process cannot be started at all.
        """
        control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        folder: RuntimeFolder | None = None
        try:
            with theirs:
                folder = RuntimeFolder()
                for content in _settings(preload, isolation, devices, _without, awaits_more=awaits_more):
                    messages.send(control, content)
                return cls(_launch(folder, isolation, theirs), control, folder, isolation)
        except OSError as error:
            control.close()
            if folder is not None:
                folder.close()
            raise IsolationError(f"the warm process that kernels are forked from cannot be started: {error}") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def preload_more(self, names: Sequence[str], *, shared: Sequence[str] = ()) -> None:
        """Name the modules to import beside those it was started with; called once, where it awaits that.

        Args:
            names: modules that the course asks for.
            shared: modules that :meth:`found_out` has once given.
        """
        self.shared = frozenset(shared)
        # Where it has ended already, wait_ready says why.
        with suppress(OSError):
            messages.send(self._control, {"preload": list(names), "shared": list(shared)})

    def share(self, names: Sequence[str]) -> int:
        """Have it find out which of these modules kernels can share, and import them for those that are still to be
        forked; it goes on forking meanwhile.

        Args:
            names: modules of installed libraries, in the order in which they were imported.

        Returns:
            The number by which :meth:`found_out` tells what came of it.

        Raises:
            IsolationError: see :meth:`wait_ready`.
        """
        self.wait_ready()
        self._shares += 1
        self.shared |= frozenset(names)
        lengths = itertools.accumulate(len(name) for name in names)
        sent = [name for name, length in zip(names, lengths, strict=True) if length <= _MOST_NAMES_BYTES]
        self._control.settimeout(None)
        with suppress(OSError):
            messages.send(self._control, {"number": self._shares, "share": sent})
        return self._shares

    def found_out(self, number: int, seconds: float) -> SharedImports | None:
        """Return what :meth:`share` has come to; None where that is not known within ``seconds``."""
        deadline = time.monotonic() + seconds
        while True:
            self._control.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                message = messages.receive(self._control)
            except (OSError, ValueError):
                return None
            if message is None:
                return None
            if message.content.get("number") == number:
                return SharedImports(tuple(message.content["shared"]), dict(message.content["left_out"]))

    def wait_ready(self, seconds: float = IMPORT_SECONDS) -> None:
        """Wait until kernels can be forked.

        Raises:
            IsolationError: this machine cannot give the isolation asked for, or the imports failed or took longer than
                ``seconds``.
        """
        deadline = time.monotonic() + seconds
        while not self._is_ready:
            self._control.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                message = messages.receive(self._control)
            except TimeoutError:
                raise IsolationError(
                    f"the warm process that kernels are forked from was not ready within {seconds:g} seconds"
                ) from None
            if message is None:
                raise IsolationError(
                    f"the warm process that kernels are forked from ended while it started{self._last_words()}"
                )
            self._heed(message)
            if "failed" in message.content:
                raise IsolationError(self._explain(message.content["failed"]))

    def _heed(self, message: messages.Message) -> None:
        if message.descriptors:
            (self._first_inside,) = message.descriptors
        self._is_ready = "ready" in message.content

    def _explain(self, failure: str) -> str:
        if self._isolation is not Isolation.SANDBOX:
            return f"the warm process that kernels are forked from could not start: {failure}"
        missing = ", ".join(missing_rings(examine()))
        lack = f" (it lacks: {missing})" if missing else ""
        return (
            f"the sandbox cannot be set up on this machine: {failure}{lack}; `sheetgrader doctor` tells what it lacks"
            " and how to get it"
        )

    def _last_words(self) -> str:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(END_SECONDS)
        lines = _log_path(self._folder).read_text(errors="replace").split("\n")
        text = next((line.strip()[:_LONGEST_LOG] for line in reversed(lines) if line.strip()), "and it wrote nothing")
        return f" (exit status {self._process.returncode}): {text}"

    def close(self) -> None:
        """End the zygote with all its kernels, and leave nothing behind; does nothing the second time."""
        if self._control.fileno() < 0:
            return
        self._control.settimeout(0)
        with suppress(OSError):
            while (message := messages.receive(self._control)) is not None:
                self._heed(message)
        self._control.close()
        if self._first_inside >= 0:
            # With the first process of its namespace everything in it ends.
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._first_inside, signal.SIGKILL)
            wait_for_end(self._first_inside)
            os.close(self._first_inside)
        elif not self._is_ready:
            self._process.kill()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._folder.close()


def _settings(
    preload: Sequence[str],
    isolation: Isolation,
    devices: Sequence[str],
    without: Collection[Ring],
    *,
    awaits_more: bool,
) -> list[Mapping[str, Any]]:
    """Return what the zygote's steps are to be told, one after the other."""
    names = [ring.value for ring in without]
    serve = {"isolation": isolation.value, "preload": list(preload), "awaits_more": awaits_more, "without": names}
    if isolation is Isolation.PROCESS:
        return [
            {**serve, "libraries": list(map(str, library_folders())), "readable": [], "devices": [*DEVICES, *devices]}
        ]
    root = plan_root(devices, everything=Ring.PRIVATE_ROOT in without)
    return [
        {"root": asdict(root), "without": names},
        {**serve, "libraries": root.libraries, "readable": root.readable, "devices": root.devices},
    ]


def _launch(folder: RuntimeFolder, isolation: Isolation, control: socket.socket) -> subprocess.Popen[bytes]:
    """Start the zygote's first step."""
    # The first of two steps does without installed libraries, and so starts sooner.
    step = ["-S", str(_ENTRY), "enclose"] if isolation is Isolation.SANDBOX else [str(_ENTRY), "serve"]
    home = folder.path / "home"
    home.mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening, _log_path(folder).open("wb") as log:
        listening.bind(str(_address(folder)))
        listening.listen(_BACKLOG)
        main_process = os.pidfd_open(os.getpid())
        descriptors = (control.fileno(), listening.fileno(), main_process)
        try:
            return subprocess.Popen(  # noqa: S603  # this very interpreter
                [sys.executable, "-I", "-B", *step, *map(str, descriptors)],
                pass_fds=descriptors,
                env=zygote.environment(str(home)),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                # Ctrl-C at the terminal is for the main process to handle.
                start_new_session=True,
            )
        finally:
            os.close(main_process)


def _address(folder: RuntimeFolder) -> Path:
    return folder.path / "zygote"


def _log_path(folder: RuntimeFolder) -> Path:
    return folder.path / "log"


class ZygoteConnection:
    """A worker's way to the zygote; closing it, or the worker's death, kills the kernels and scripts it asked for."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._processes: list[SandboxedProcess] = []

    def fork(
        self,
        *,
        files: Mapping[str, bytes],
        limits: SandboxLimits,
        environment: Mapping[str, str] = _NO_ENVIRONMENT,
        _without: Collection[Ring] = (),
    ) -> SandboxedKernel:
        """Return a new kernel, locked in; waits for the zygote to be ready.

        Args:
            files: what stands in its work folder, by relative path.
            limits: what it may use.
            environment: variables beside the few that every kernel has.
            _without: rings to leave out; only for tests that show what a ring is good for.

        Raises:
            IsolationError: the zygote is gone, or a step into the sandbox failed.
            SubmissionError: the files do not fit into the work folder.
        """
        return self._start(SandboxedKernel, files, limits, environment, _without)

    def run_script(
        self,
        command: Sequence[str],
        *,
        files: Mapping[str, bytes],
        limits: SandboxLimits,
        environment: Mapping[str, str] = _NO_ENVIRONMENT,
        is_watched: bool = False,
    ) -> SandboxedScript:
        """Return a new process, locked in, that runs a Python script as ``python <command>`` would; waits for the
        zygote to be ready.

        Args:
            command: the script's path in the work folder, and its arguments.
            files: what stands in its work folder, by relative path.
            limits: what it may use.
            environment: variables beside the few that every script has.
            is_watched: have what it trains recorded; see :mod:`sheetgrader.inside.training_record`.

        Raises:
            IsolationError: the zygote is gone, or a step into the sandbox failed.
            SubmissionError: the files do not fit into the work folder.
        """
        return self._start(
            SandboxedScript, files, limits, environment, script={"command": list(command), "is_watched": is_watched}
        )

    def _start(
        self,
        kind: type[_Process],
        files: Mapping[str, bytes],
        limits: SandboxLimits,
        environment: Mapping[str, str],
        without: Collection[Ring] = (),
        script: Mapping[str, Any] | None = None,
    ) -> _Process:
        folder = Path(tempfile.mkdtemp(prefix="kernel-", dir=Path(self._address).parent))
        try:
            parcel = work_folder.pack({**child.settings(limits, environment, str(folder)), "script": script}, files)
            process = kind(Request(self._address, folder, parcel, limits, without))
        except BaseException:
            remove_folder(folder)
            raise
        self._processes = [*(other for other in self._processes if not other.is_closed), process]
        return process

    def close(self) -> None:
        """Kill and close the kernels and scripts that are left; does nothing the second time."""
        for process in self._processes:
            process.close()
        self._processes = []
