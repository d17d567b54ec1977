"""The zygote: a process that has imported what notebooks use and forks a locked-in child for each kernel.

It runs in two steps. ``enclose`` leaves the host behind: namespaces, private root, an unprivileged user; then it starts
Python afresh inside, as ``serve``, which imports the libraries and answers requests. Each step begins by reading one
message from the control socket; ``serve`` answers there once it is ready. Whichever step fails says so there, in one
sentence.

Workers connect to the listening socket. A connection is for one kernel: it asks for a fork, hears of its progress, and
its end kills the kernel. The zygote itself never sees a submission: what differs from kernel to kernel travels in a
sealed file that the child alone reads.
"""

from __future__ import annotations

import dataclasses
import gc
import itertools
import os
import selectors
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from sheetgrader.errors import IsolationError, SheetgraderError
from sheetgrader.inside import child
from sheetgrader.inside.further_imports import Trial, import_shared
from sheetgrader.sandbox import messages, private_root, process_tree, seccomp, syscalls, work_folder
from sheetgrader.sandbox.limits import Isolation, ProcessSize, SandboxLimits
from sheetgrader.sandbox.locking import Ring, Surroundings
from sheetgrader.sandbox.namespaces import become_unprivileged, leave_namespaces, namespaces
from sheetgrader.sandbox.private_root import RootPlan


def environment(folder: str) -> dict[str, str]:
    """Return all that the zygote has as its environment: nothing of the host's; ``folder`` is for what libraries write.

    A library that has once computed with several threads hangs in a forked process, so there is one; each kernel
    chooses for itself later.
    """
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": folder,
        "TMPDIR": folder,
        "MPLCONFIGDIR": folder,
        **one_thread,
    }


def main(step: str, *descriptors: str) -> NoReturn:
    """Run ``step``, ``enclose`` or ``serve``; the descriptors are those of the control socket, the listening socket and
    the main process.
    """
    control, listening, main_process = map(int, descriptors)
    channel = socket.socket(fileno=control)
    try:
        message = messages.receive(channel)
        if message is not None:
            {"enclose": _enclose, "serve": _serve}[step](channel, listening, main_process, message.content)
    except (SheetgraderError, OSError) as error:
        with suppress(OSError):
            messages.send(channel, {"failed": str(error)})
        os._exit(1)
    os._exit(0)


def _enclose(control: socket.socket, listening: int, main_process: int, settings: dict[str, Any]) -> None:
    plan = RootPlan.from_json(settings["root"])
    # Another user must be able to enter the folders that are made now.
    os.umask(0o022)
    privileged = leave_namespaces(namespaces({Ring(name) for name in settings["without"]}) & ~syscalls.CLONE_NEWUSER)
    process = os.fork()
    if process:
        descriptor = os.pidfd_open(process)
        messages.send(control, {"process": process}, [descriptor])
        syscalls.close_all_except([])
        os._exit(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) & 0xFF)
    syscalls.process_control(syscalls.PR_SET_PDEATHSIG, signal.SIGKILL)
    try:
        private_root.build(plan)
    except OSError as error:
        raise IsolationError(f"the private root folder cannot be made ({error})") from None
    if privileged:
        become_unprivileged()
    else:
        syscalls.drop_capabilities()
    # A change of user switches both off.
    syscalls.process_control(syscalls.PR_SET_DUMPABLE, 1)
    syscalls.process_control(syscalls.PR_SET_PDEATHSIG, signal.SIGKILL)
    syscalls.process_control(syscalls.PR_SET_NO_NEW_PRIVS, 1)
    entry = f"{private_root.PACKAGE_PARENT}/sheetgrader/inside/entry.py"
    descriptors = (control.fileno(), listening, main_process)
    for descriptor in descriptors:
        os.set_inheritable(descriptor, True)  # noqa: FBT003  # positional only
    command = [plan.interpreter, "-I", "-B", entry, "serve", *map(str, descriptors)]
    try:
        os.execve(command[0], command, environment(private_root.TEMPORARY_FOLDER))  # noqa: S606  # no shell is wanted
    except PermissionError:
        source = next(source for source, target in plan.binds if Path(plan.interpreter).is_relative_to(target))
        raise IsolationError(
            f"the sandbox runs as a user without rights, who may not read {source}: `chmod -R a+rX` it"
        ) from None


def _serve(control: socket.socket, listening: int, main_process: int, settings: dict[str, Any]) -> None:
    from sheetgrader.inside import application

    sys.path.extend(settings["libraries"])
    # Imports make millions of objects that stay; and once kernels are forked, a collection would touch, and so copy,
    # every page with an object.
    gc.disable()
    further = _Further(control, is_awaited=settings["awaits_more"])
    application.warm(itertools.chain(settings["preload"], further.modules()))
    import_shared(further.shared)
    application.check_single_thread()
    gc.collect()
    gc.freeze()
    surroundings = Surroundings(
        isolation=Isolation(settings["isolation"]),
        user=os.getuid(),
        group=os.getgid(),
        readable=tuple(settings["readable"]),
        call_filter=seccomp.encode(seccomp.build_program(syscalls.this_architecture())),
        start=ProcessSize.of_this_process(),
        devices=tuple(settings["devices"]),
        without=frozenset(map(Ring, settings["without"])),
    )
    server = _Server(surroundings, control, socket.socket(fileno=listening), main_process)
    server.rehearse()
    messages.send(control, {"ready": True})
    server.run()


class _Further:
    """What is to be imported beside what was known at the start; the main process finds out meanwhile."""

    def __init__(self, control: socket.socket, *, is_awaited: bool) -> None:
        self._control = control
        self._is_awaited = is_awaited
        #: What an earlier process has found fit for being shared.
        self.shared: Sequence[str] = ()

    def modules(self) -> Iterator[str]:
        """Yield the names of the modules that a course asks for."""
        if not self._is_awaited:
            return
        message = messages.receive(self._control)
        if message is None:
            # It has ended, and nobody waits for kernels.
            os._exit(0)
        self.shared = message.content["shared"]
        yield from message.content["preload"]


@dataclass
class _Kernel:
    connection: socket.socket
    process: int
    descriptor: int
    is_wanted: bool = True


class _Server:
    """Forks a kernel for each connection, and sees each to its end."""

    def __init__(
        self, surroundings: Surroundings, control: socket.socket, listening: socket.socket, main_process: int
    ) -> None:
        self._surroundings = surroundings
        self._control = control
        self._listening = listening
        self._main_process = main_process
        self._selector = selectors.DefaultSelector()
        self._kernels: dict[socket.socket, _Kernel] = {}
        self._trial: Trial | None = None
        #: What the main process wants to have shared; the first is under trial.
        self._asked: list[dict[str, Any]] = []
        self._is_sandbox = surroundings.isolation is Isolation.SANDBOX
        if not self._is_sandbox:
            # What a kernel leaves behind when it ends becomes this process's to clear away.
            syscalls.process_control(syscalls.PR_SET_CHILD_SUBREAPER, 1)

    def rehearse(self) -> None:
        """Let one child lock itself in and report what it can still do; the first fork is also by far the slowest.

        Raises:
            IsolationError: a step fails or has no effect.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours:
            with theirs:
                settings = child.settings(SandboxLimits(), {}, os.environ["HOME"])
                process = self._fork(
                    theirs, messages.Message({"without": []}, (work_folder.pack(settings, {}),)), is_rehearsal=True
                )
            answer = messages.receive(ours)
            os.waitpid(process, 0)
        content = answer.content if answer else {"failed": "a rehearsal of the sandbox ended without a word"}
        if answer:
            answer.close()
        if "failed" in content:
            raise IsolationError(content["failed"])
        if content["missing"]:
            raise IsolationError(f"the sandbox does not hold: {', '.join(content['missing'])}")

    def run(self) -> None:
        """Serve until the main process closes the control socket or dies."""
        for source in (self._control, self._main_process, self._listening):
            self._selector.register(source, selectors.EVENT_READ)
        while True:
            for key, _ in self._selector.select():
                # A kernel and its connection can end together: burying the one closes the other, whose number may then
                # be another's already.
                if self._selector.get_map().get(key.fd) is not key:
                    continue
                if key.fileobj is self._control and self._heed():
                    continue
                if key.fileobj is self._control or key.fileobj == self._main_process:
                    for kernel in list(self._kernels.values()):
                        self._kill(kernel)
                    return
                if isinstance(key.data, Trial):
                    self._end_trial(key.data)
                    continue
                if key.fileobj is self._listening:
                    connection, _ = self._listening.accept()
                    self._selector.register(connection, selectors.EVENT_READ)
                elif isinstance(key.data, _Kernel):
                    self._bury(key.data)
                else:
                    self._listen(key.fileobj)  # type: ignore[arg-type]  # what remains are connections

    def _heed(self) -> bool:
        """Do what the main process asks for; return whether it is still there."""
        message = messages.receive(self._control)
        if message is None:
            return False
        self._asked.append(message.content)
        if self._trial is None:
            self._try(Trial(self._asked[0]["share"], {}))
        return True

    def _try(self, trial: Trial) -> None:
        self._trial = trial
        self._selector.register(trial.descriptor, selectors.EVENT_READ, trial)

    def _end_trial(self, trial: Trial) -> None:
        """Go on with the next trial, or import what can be shared: what is forked from now on has it."""
        self._selector.unregister(trial.descriptor)
        self._trial = None
        following = trial.finished()
        if following is not None:
            self._try(following)
            return
        import_shared(trial.names)
        gc.collect()
        gc.freeze()
        self._surroundings = dataclasses.replace(self._surroundings, start=ProcessSize.of_this_process())
        asked = self._asked.pop(0)
        with suppress(OSError):
            messages.send(self._control, {"number": asked["number"], "shared": trial.names, "left_out": trial.left_out})
        if self._asked:
            self._try(Trial(self._asked[0]["share"], {}))

    def _listen(self, connection: socket.socket) -> None:
        try:
            message = messages.receive(connection)
        except ValueError:
            # Nothing a worker of this program would say.
            message = None
        kernel = self._kernels.get(connection)
        if message is None:
            self._selector.unregister(connection)
            if kernel is None:
                connection.close()
            else:
                kernel.is_wanted = False
                self._kill(kernel)
        elif kernel is None:
            self._start(connection, message)
        else:
            message.close()

    def _start(self, connection: socket.socket, request: messages.Message) -> None:
        try:
            process = self._fork(connection, request)
        except (OSError, KeyError, ValueError) as error:
            self._selector.unregister(connection)
            with suppress(OSError), connection:
                messages.send(connection, {"failed": f"the warm process cannot fork ({error})"})
            return
        kernel = _Kernel(connection, process, os.pidfd_open(process))
        self._kernels[connection] = kernel
        self._selector.register(kernel.descriptor, selectors.EVENT_READ, kernel)
        # Where the worker is gone already, its connection's end is read next.
        with suppress(OSError):
            messages.send(
                connection, {"process": process, "private": self._surroundings.start.private}, [kernel.descriptor]
            )

    def _fork(self, connection: socket.socket, request: messages.Message, *, is_rehearsal: bool = False) -> int:
        """Fork; what came with the request goes to the child."""
        surroundings = self._surroundings
        try:
            if request.content["without"]:
                left_out = map(Ring, request.content["without"])
                surroundings = dataclasses.replace(surroundings, without=surroundings.without.union(left_out))
            process = syscalls.clone(namespaces(surroundings.without)) if self._is_sandbox else os.fork()
            if process == 0:
                child.run(surroundings, connection, request.descriptors, is_rehearsal=is_rehearsal)
        finally:
            request.close()
        return process

    def _kill(self, kernel: _Kernel) -> None:
        if not self._is_sandbox:
            process_tree.kill_descendants(kernel.process)
        # The first process of a process namespace takes all others with it.
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(kernel.descriptor, signal.SIGKILL)

    def _bury(self, kernel: _Kernel) -> None:
        """Clear away what a kernel that has ended leaves behind, and tell its worker."""
        _, status = os.waitpid(kernel.process, 0)
        del self._kernels[kernel.connection]
        if not self._is_sandbox:
            ours = {other.process for other in self._kernels.values()}
            process_tree.kill_children_except(ours | ({self._trial.process} if self._trial else set()))
        self._selector.unregister(kernel.descriptor)
        os.close(kernel.descriptor)
        if kernel.is_wanted:
            self._selector.unregister(kernel.connection)
        with suppress(OSError), kernel.connection:
            messages.send(kernel.connection, {"exited": os.waitstatus_to_exitcode(status)})
