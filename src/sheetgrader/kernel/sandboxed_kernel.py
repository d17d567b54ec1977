"""The trusted side of one kernel: ask for it, watch what it uses, interrupt it, end it."""

from __future__ import annotations

import os
import select
import signal
import socket
import threading
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from sheetgrader.errors import IsolationError, SubmissionError
from sheetgrader.kernel import child, messages, process_tree, usage, work_folder
from sheetgrader.kernel.control_group import MemoryGroup
from sheetgrader.kernel.private_root import WRITABLE_FOLDERS
from sheetgrader.kernel.runtime_folder import name_group, remove_folder
from sheetgrader.kernel.sandbox import Ring, SandboxLimits

#: How long the warm process may take to import its libraries.
IMPORT_SECONDS: Final = 120.0
#: How long the operating system may take to clear a process tree away.
END_SECONDS: Final = 10.0


def wait_for_end(process_descriptor: int, seconds: float = END_SECONDS) -> bool:
    """Wait until the process has ended; return whether it has."""
    poll = select.poll()
    poll.register(process_descriptor, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


class SandboxedKernel:
    """A kernel in its sandbox, with everything it starts."""

    def __init__(self, connection: socket.socket, folder: Path, group: MemoryGroup | None, arrival: _Arrival, limits: SandboxLimits) -> None:
        self._connection = connection
        self._folder = folder
        self._group = group
        self._work_folder = arrival.work_folder
        self._private_at_fork = arrival.private
        self._limits = limits
        self._exit_status: int | None = None
        self._lock = threading.Lock()
        #: The Jupyter channels and the address that each listens on.
        self.sockets: Mapping[str, str] = {channel: f"ipc://{path}" for channel, path in _socket_paths(folder).items()}
        #: Whether the operating system killed it for its memory; told once it has ended, and only where control groups can be made.
        self.oom_killed = False
        #: Becomes readable when the kernel is dead.
        self.pidfd = arrival.process_descriptor
        #: The kernel's first process, as the host sees it.
        self.process_id = arrival.process

    @property
    def is_closed(self) -> bool:
        """Whether :meth:`close` was called."""
        return self.pidfd < 0

    def interrupt(self) -> None:
        """Interrupt what the kernel runs, as Ctrl-C would."""
        self._signal(signal.SIGINT)

    def kill(self) -> None:
        """End the kernel and all it has started, and wait until they are gone."""
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
        """Return what the kernel ended with, negative for a signal; None while it lives."""
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
        """Return the memory of the whole process tree that belongs to no file, less what the kernel had from the fork; 0 when it is gone.

        While several processes share pages, each is counted; only where that comes to more than the limit, shared pages are counted once.
        """
        used = usage.memory_bytes(self.process_id, self._private_at_fork, self._limits.memory_bytes)
        return 0 if self._is_gone() else used

    def process_count(self) -> int:
        """Return how many processes the kernel consists of, itself included; 0 when it is gone."""
        count = 1 + len(process_tree.descendants(self.process_id))
        return 0 if self._is_gone() else count

    def read_file(self, name: str, limit: int) -> bytes:
        """Return the content of a plain file in the work folder, also after the kernel's death.

        Raises:
            SubmissionError: there is no such file, it is or leads through a link, it is no plain file, or it has more than ``limit`` bytes.
        """
        return work_folder.read_file(self._work_folder, name, limit)

    def close(self) -> None:
        """Kill the kernel and leave nothing behind; does nothing the second time."""
        if self.is_closed:
            return
        self.kill()
        self._connection.close()
        os.close(self.pidfd)
        os.close(self._work_folder)
        self.pidfd = self._work_folder = -1
        remove_folder(self._folder)
        if self._group is not None:
            self._group.close()


def fork(address: str, folder: Path, parcel: int, limits: SandboxLimits, *, without: Collection[Ring]) -> SandboxedKernel:
    """Ask the zygote at ``address`` for a kernel, and wait until it is locked in.

    Args:
        address: the zygote's socket.
        folder: an empty folder for the kernel's sockets.
        parcel: what :func:`~sheetgrader.kernel.work_folder.pack` made; it is closed.
        limits: what the kernel may use.
        without: rings to leave out; only for tests.

    Raises:
        IsolationError: the zygote is gone, or a step into the sandbox failed.
        SubmissionError: the files do not fit into the work folder.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    arrival = _Arrival()
    group = MemoryGroup.create(f"{folder.parent.name}-{folder.name}", limits.memory_bytes + len(WRITABLE_FOLDERS) * limits.disk_bytes)
    try:
        if group is not None:
            name_group(folder, group.folder)
        connection.settimeout(IMPORT_SECONDS)
        connection.connect(address)
        _request(connection, parcel, folder, without)
        arrival.wait(connection, group)
        return SandboxedKernel(connection, folder, group, arrival, limits)
    except BaseException as error:
        connection.close()
        arrival.abandon()
        if group is not None:
            group.close()
        if isinstance(error, OSError):
            raise IsolationError(f"the warm process that kernels are forked from does not answer ({error}); run the command again") from None
        raise
    finally:
        os.close(parcel)


def _request(connection: socket.socket, parcel: int, folder: Path, without: Collection[Ring]) -> None:
    descriptors: list[int] = []
    try:
        for path in _socket_paths(folder).values():
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
                listening.bind(path)
                listening.listen()
                descriptors.append(listening.detach())
        messages.send(connection, {"without": [ring.value for ring in without]}, [parcel, *descriptors])
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def _socket_paths(folder: Path) -> dict[str, str]:
    # jupyter_client makes such addresses of a path and a port.
    return {channel: f"{folder}/kernel-{port}" for port, channel in enumerate(child.CHANNELS, start=1)}


class _Arrival:
    """What becomes known of a kernel while it is forked."""

    process_descriptor = -1
    process = 0
    work_folder = -1
    private = 0

    def wait(self, connection: socket.socket, group: MemoryGroup | None) -> None:
        # The zygote and its child both answer, in either order.
        while self.process_descriptor < 0 or self.work_folder < 0:
            message = messages.receive(connection)
            if message is None:
                raise IsolationError("the warm process that kernels are forked from is gone; run the command again")
            content = message.content
            if "failed" in content:
                raise (SubmissionError if content.get("is_submission") else IsolationError)(content["failed"])
            if "exited" in content:
                raise IsolationError(f"a kernel ended on its way into the sandbox, with exit status {content['exited']}")
            if "process" in content:
                (self.process_descriptor,), self.private = message.descriptors, content["private"]
                self.process = _process_id(self.process_descriptor)
                if group is not None:
                    # Takes milliseconds, in which the child locks itself in. Where it is refused the worker still watches the memory.
                    with suppress(OSError):
                        group.add(self.process)
            elif "locked" in content:
                (self.work_folder,) = message.descriptors

    def abandon(self) -> None:
        for descriptor in (self.process_descriptor, self.work_folder):
            if descriptor >= 0:
                os.close(descriptor)


def _process_id(process_descriptor: int) -> int:
    for line in Path(f"/proc/self/fdinfo/{process_descriptor}").read_text().splitlines():
        if line.startswith("Pid:"):
            return int(line.split()[1])
    raise IsolationError("this kernel's /proc does not tell which process a process descriptor stands for")
