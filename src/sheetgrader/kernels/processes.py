"""The trusted side of one sandboxed process, a kernel or a script: ask for it, watch what it uses, interrupt it, end
it.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import threading
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sheetgrader.boundary.channels import CHANNELS, OUTPUTS
from sheetgrader.errors import IsolationError, SubmissionError
from sheetgrader.sandbox import messages, usage, work_folder
from sheetgrader.sandbox.control_group import MemoryGroup
from sheetgrader.sandbox.limits import SandboxLimits
from sheetgrader.sandbox.locking import Ring
from sheetgrader.sandbox.runtime_folder import name_group, remove_folder

#: How long the warm process may take to import its libraries.
IMPORT_SECONDS: Final = 120.0
#: How long the operating system may take to clear a process tree away.
END_SECONDS: Final = 10.0
#: A folder with less room than this is full: what is cut short leaves a page or two.
_LEAST_ROOM_BYTES: Final = 64 << 10


def wait_for_end(process_descriptor: int, seconds: float = END_SECONDS) -> bool:
    """Wait until the process has ended; return whether it has."""
    poll = select.poll()
    poll.register(process_descriptor, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


@dataclass(frozen=True)
class Request:
    """What the zygote is asked to fork."""

    #: The zygote's socket.
    address: str
    #: An empty folder for what the process needs on this side.
    folder: Path
    #: What :func:`~sheetgrader.sandbox.work_folder.pack` made; it is closed.
    parcel: int
    limits: SandboxLimits
    #: Rings to leave out; only for tests.
    without: Collection[Ring] = ()


class SandboxedProcess:
    """A process in its sandbox, with everything it starts."""

    def __init__(self, request: Request, descriptors: Sequence[int]) -> None:
        """Ask for it and wait until it is locked in.

        Args:
            request: what to fork.
            descriptors: what the new process is handed beside its parcel; closed in this one.

        Raises:
            IsolationError: the zygote is gone, or a step into the sandbox failed.
            SubmissionError: the files do not fit into the work folder.
        """
        arrival, limits = _Arrival(), request.limits
        self._folder = request.folder
        self._limits = limits
        self._exit_status: int | None = None
        self._lock = threading.Lock()
        name = f"{request.folder.parent.name}-{request.folder.name}"
        self._group = MemoryGroup.create(name, limits.memory_bytes + limits.folders_bytes)
        self._connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            if self._group is not None:
                name_group(request.folder, self._group.folder)
            self._connection.settimeout(IMPORT_SECONDS)
            self._connection.connect(request.address)
            messages.send(
                self._connection, {"without": [ring.value for ring in request.without]}, [request.parcel, *descriptors]
            )
            arrival.wait(self._connection, self._group)
        except BaseException as error:
            self._connection.close()
            arrival.abandon()
            if self._group is not None:
                self._group.close()
            if isinstance(error, OSError):
                raise IsolationError(
                    f"the warm process that kernels are forked from does not answer ({error}); run the command again"
                ) from None
            raise
        finally:
            for descriptor in (request.parcel, *descriptors):
                os.close(descriptor)
        self._folders = arrival.folders
        #: The memory that it has had from the fork.
        self.private_at_fork = arrival.private
        #: Whether the operating system killed it for its memory; told once it has ended, and only where control groups
        #: can be made.
        self.oom_killed = False
        #: Becomes readable when the process is dead.
        self.pidfd = arrival.process_descriptor
        #: The process as the host sees it.
        self.process_id = arrival.process

    @property
    def is_closed(self) -> bool:
        """Whether :meth:`close` was called."""
        return self.pidfd < 0

    def interrupt(self) -> None:
        """Interrupt what runs, as Ctrl-C would."""
        self._signal(signal.SIGINT)

    def kill(self) -> None:
        """End the process and all it has started, and wait until they are gone."""
        if self.is_closed:
            return
        self._signal(signal.SIGKILL)
        with suppress(OSError):
            # The zygote sees to the rest, where no process namespace does.
            self._connection.shutdown(socket.SHUT_WR)
        wait_for_end(self.pidfd)
        self.exit_status()

    def _signal(self, number: signal.Signals) -> None:
        if not self._is_gone():
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.pidfd, number)

    def _is_gone(self) -> bool:
        return self.is_closed or wait_for_end(self.pidfd, 0)

    def exit_status(self) -> int | None:
        """Return what the process ended with, negative for a signal; None while it lives."""
        with self._lock:
            if self._exit_status is None and self._is_gone():
                self._exit_status = self._hear_of_end()
                self.oom_killed = self._group is not None and self._group.kills() > 0
            return self._exit_status

    def _hear_of_end(self) -> int:
        with suppress(OSError, TimeoutError):
            self._connection.settimeout(END_SECONDS)
            while (message := messages.receive(self._connection)) is not None:
                message.close()
                if "exited" in message.content:
                    return int(message.content["exited"])
        # The zygote has died, and the kernel with it.
        return -signal.SIGKILL

    def memory_bytes(self) -> int:
        """Return the memory of the whole process tree that belongs to no file, less what it had from the fork; 0 when
        it is gone.

        While several processes share pages, each is counted; only where that comes to more than the limit, shared pages
        are counted once.
        """
        used = usage.memory_bytes(self.process_id, self.private_at_fork, self._limits.memory_bytes)
        return 0 if self._is_gone() else used

    @property
    def is_disk_full(self) -> bool:
        """Whether there is no room left in a folder that the process may write to, and whoever writes there is cut
        short.
        """
        return any(map(_is_full, self._folders))

    @property
    def _work_folder(self) -> int:
        return self._folders[0]

    def read_file(self, name: str, limit: int) -> bytes:
        """Return the content of a plain file in the work folder, also after the process's death.

        Raises:
            SubmissionError: there is no such file, it is or leads through a link, it is no plain file, or it has more
                than ``limit`` bytes.
        """
        return work_folder.read_file(self._work_folder, name, limit)

    def read_folder(self, name: str, *arguments: Any) -> work_folder.FolderContent:
        """Return the plain files below a folder of the work folder, also after the process's death; see
        :func:`work_folder.read_folder` for the arguments.
        """
        return work_folder.read_folder(self._work_folder, name, *arguments)

    def close(self) -> None:
        """Kill the process and leave nothing behind; does nothing the second time."""
        if self.is_closed:
            return
        self.kill()
        self._connection.close()
        os.close(self.pidfd)
        for folder in self._folders:
            os.close(folder)
        self.pidfd, self._folders = -1, [-1]
        remove_folder(self._folder)
        if self._group is not None:
            self._group.close()


class SandboxedKernel(SandboxedProcess):
    """A Jupyter kernel in its sandbox."""

    def __init__(self, request: Request) -> None:
        """Ask for it; see :class:`SandboxedProcess`."""
        super().__init__(request, _listen(request.folder))
        #: The Jupyter channels and the address that each listens on.
        self.sockets: Mapping[str, str] = {
            channel: f"ipc://{path}" for channel, path in _socket_paths(request.folder).items()
        }


class SandboxedScript(SandboxedProcess):
    """A script in its sandbox; what it puts out has to be read, or it will wait."""

    def __init__(self, request: Request) -> None:
        """Ask for it; see :class:`SandboxedProcess`."""
        pipes = [os.pipe2(os.O_CLOEXEC) for _ in OUTPUTS]
        readable = {name: read for name, (read, _) in zip(OUTPUTS, pipes, strict=True)}
        try:
            super().__init__(request, [write for _, write in pipes])
        except BaseException:
            for descriptor in readable.values():
                os.close(descriptor)
            raise
        #: What it puts out, by the names of :data:`~sheetgrader.boundary.channels.OUTPUTS`, as descriptors to read.
        self.outputs: Mapping[str, int] = readable

    def close(self) -> None:
        """Kill the script and leave nothing behind; does nothing the second time."""
        if not self.is_closed:
            for descriptor in self.outputs.values():
                os.close(descriptor)
        super().close()


def _is_full(folder: int) -> bool:
    with suppress(OSError):
        found = os.fstatvfs(folder)
        return found.f_bavail * found.f_frsize < _LEAST_ROOM_BYTES or (found.f_files > 0 and found.f_ffree == 0)
    return False


def _listen(folder: Path) -> list[int]:
    """Return a listening socket for each channel."""
    descriptors: list[int] = []
    try:
        for path in _socket_paths(folder).values():
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
                listening.bind(path)
                listening.listen()
                descriptors.append(listening.detach())
    except OSError as error:
        for descriptor in descriptors:
            os.close(descriptor)
        raise IsolationError(f"the sockets of a kernel cannot be made ({error})") from None
    return descriptors


def _socket_paths(folder: Path) -> dict[str, str]:
    # jupyter_client makes such addresses of a path and a port.
    return {channel: f"{folder}/kernel-{port}" for port, channel in enumerate(CHANNELS, start=1)}


class _Arrival:
    """What becomes known of a kernel while it is forked."""

    process_descriptor = -1
    process = 0
    private = 0

    def __init__(self) -> None:
        #: Descriptors of the folders that it may write to, the work folder first.
        self.folders: list[int] = []

    def wait(self, connection: socket.socket, group: MemoryGroup | None) -> None:
        # The zygote and its child both answer, in either order.
        while self.process_descriptor < 0 or not self.folders:
            message = messages.receive(connection)
            if message is None:
                raise IsolationError("the warm process that kernels are forked from is gone; run the command again")
            content = message.content
            if "failed" in content:
                raise (SubmissionError if content.get("is_submission") else IsolationError)(content["failed"])
            if "exited" in content:
                raise IsolationError(
                    f"a kernel ended on its way into the sandbox, with exit status {content['exited']}"
                )
            if "process" in content:
                (self.process_descriptor,), self.private = message.descriptors, content["private"]
                self.process = _process_id(self.process_descriptor)
                if group is not None:
                    # Takes milliseconds, in which the child locks itself in. Where it is refused the worker still
                    # watches the memory.
                    with suppress(OSError):
                        group.add(self.process)
            elif "locked" in content:
                self.folders = list(message.descriptors)

    def abandon(self) -> None:
        for descriptor in (self.process_descriptor, *self.folders):
            if descriptor >= 0:
                os.close(descriptor)


def _process_id(process_descriptor: int) -> int:
    for line in Path(f"/proc/self/fdinfo/{process_descriptor}").read_text().splitlines():
        if line.startswith("Pid:"):
            return int(line.split()[1])
    raise IsolationError("this kernel's /proc does not tell which process a process descriptor stands for")
