"""What this machine can isolate: each ring of the sandbox tried in a process that is thrown away, never guessed from
versions.

:func:`examine` is for the trusted side; it runs :func:`main` in a fresh interpreter, because only a process with one
thread can try these things.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from sheetgrader.errors import IsolationError
from sheetgrader.sandbox import control_group, landlock, locking, namespaces, private_root, seccomp, syscalls

_ENTRY: Final = Path(__file__).parents[1] / "inside" / "entry.py"
_SECONDS: Final = 30
_NEWER_KERNEL: Final = "Linux 5.14 or newer is needed."
#: What a container is started with, so that sandboxes can be made in it; the kept container files use no others.
CONTAINER_FLAGS: Final = ("--security-opt seccomp=unconfined", "--security-opt apparmor=unconfined")
#: In the name of its kernel WSL 1 has a capital letter, WSL 2 a small one.
_WSL_1: Final = "Microsoft"


@dataclass(frozen=True)
class Capability:
    """Whether this machine gives one ring of the sandbox."""

    name: str
    works: bool
    #: One sentence: what it gives, or why it does not work.
    detail: str
    #: What to install or change where it does not work.
    remedy: str
    #: Without it nothing is graded in a sandbox; the others are second lines of defence.
    is_required: bool


def examine() -> tuple[Capability, ...]:
    """Try every ring on this machine.

    Raises:
        IsolationError: the trials themselves could not be run.
    """
    command = [
        sys.executable,
        "-I",
        "-S",
        "-B",
        str(_ENTRY),
        "capabilities",
        json.dumps(asdict(private_root.plan_root())),
    ]
    try:
        done = subprocess.run(  # noqa: S603  # this very interpreter
            command,
            capture_output=True,
            timeout=_SECONDS,
            check=True,
            stdin=subprocess.DEVNULL,
            env={"LANG": "C.UTF-8"},
        )
        return tuple(Capability(**capability) for capability in json.loads(done.stdout))
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise IsolationError(f"what this machine can isolate cannot be tried out: {error}") from None


def namespace_advice(release: str) -> str:
    """Return how user namespaces are to be had where the kernel calls itself ``release``."""
    if _WSL_1 in release:
        return (
            "This is WSL 1, which is no Linux: `wsl --set-version NAME 2`, typed in Windows, makes it WSL 2; `wsl"
            " --list` shows the name."
        )
    return (
        "Allow user namespaces: `sysctl kernel.unprivileged_userns_clone=1` (Debian), `sysctl"
        " kernel.apparmor_restrict_unprivileged_userns=0` (Ubuntu), `sysctl user.max_user_namespaces=15000` (Red Hat);"
        f" in a container, run it with `{' '.join(CONTAINER_FLAGS)}`, or with `--privileged`."
    )


def safe_level(capabilities: Iterable[Capability]) -> bool:
    """Return whether the sandbox can be made: all rings work that it cannot do without."""
    return not missing_rings(capabilities)


def missing_rings(capabilities: Iterable[Capability]) -> list[str]:
    """Return the names of the rings that do not work and that the sandbox cannot do without."""
    return [capability.name for capability in capabilities if capability.is_required and not capability.works]


def main(plan: str) -> None:
    """Try every ring and write what was found to standard output as JSON; ``plan`` is a private root as JSON."""
    root = private_root.RootPlan.from_json(json.loads(plan))
    namespaces_are_had = namespace_advice(os.uname().release)
    found = [
        _try("user namespaces", _try_user_namespaces, namespaces_are_had),
        _try("private root folder", lambda: _try_private_root(root), namespaces_are_had),
        _try("process namespace", _try_process_namespace, namespaces_are_had),
        _try("network namespace", _try_network_namespace, namespaces_are_had),
        _try("system call filter", _try_filter, "Use a kernel with CONFIG_SECCOMP_FILTER."),
        _try("process descriptors", _try_process_descriptors, _NEWER_KERNEL),
        _try("closing descriptors", _try_closing, _NEWER_KERNEL),
        _try("safe opening of files", _try_opening, _NEWER_KERNEL),
        _try(
            "Landlock",
            _try_landlock,
            "Use a kernel with CONFIG_SECURITY_LANDLOCK that has landlock in its `lsm=` list.",
            is_required=False,
        ),
        _try(
            "memory control group",
            _try_control_group,
            "Run as root, or have a control group with the memory controller delegated to you; until then memory is"
            " watched from outside.",
            is_required=False,
        ),
    ]
    sys.stdout.write(json.dumps([asdict(capability) for capability in found]))


def _try(name: str, trial: Callable[[], str], remedy: str, *, is_required: bool = True) -> Capability:
    """Run ``trial`` in a child process; it returns one sentence, or raises."""
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        works, detail = True, ""
        try:
            detail = trial()
        except Exception as error:  # noqa: BLE001  # whatever goes wrong, this ring is not to be had
            works, detail = False, f"It does not work: {error}."
        finally:
            os.write(writing, json.dumps([works, detail]).encode())
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(process, 0)
    works, detail = json.loads(answer) if answer else (False, "It ends the process that tries it.")
    return Capability(name, works, detail, "" if works else remedy, is_required)


def _enter(flags: int) -> None:
    """Enter namespaces as a kernel does: from an unprivileged user."""
    if os.geteuid() == 0:
        namespaces.become_unprivileged()
    user, group = os.geteuid(), os.getegid()
    syscalls.unshare(flags | syscalls.CLONE_NEWUSER)
    syscalls.map_user(locking.SANDBOX_USER, user, group)


def _try_user_namespaces() -> str:
    _enter(syscalls.CLONE_NEWNS)
    # Some machines let the namespace be made and then refuse to let it be used.
    syscalls.mount(None, "/", flags=syscalls.MS_REC | syscalls.MS_PRIVATE)
    syscalls.mount("trial", tempfile.gettempdir(), "tmpfs", syscalls.MS_NOSUID | syscalls.MS_NODEV, "size=64k")
    return "An ordinary user can make namespaces and mount in them."


def _try_private_root(plan: private_root.RootPlan) -> str:
    namespaces.leave_namespaces(namespaces.namespaces() & ~syscalls.CLONE_NEWUSER)

    def inside() -> None:
        private_root.build(plan)
        if not Path(plan.interpreter).exists():
            raise OSError(errno.ENOENT, f"Python is not where it was put, {plan.interpreter}")

    _in_child(inside)
    return "Student code sees its libraries and none of the machine's other files."


def _try_process_namespace() -> str:
    _enter(syscalls.CLONE_NEWNS | syscalls.CLONE_NEWPID)

    def inside() -> None:
        if os.getpid() != 1:
            raise OSError(errno.EPROTO, "the new process namespace has no effect")
        syscalls.mount("proc", "/proc", "proc", syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOEXEC)

    try:
        _in_child(inside)
    except PermissionError:
        return "Student code sees no other processes; it gets no /proc, because this container hides parts of its own."
    return "Student code sees no other processes, and everything it starts ends with it."


def _try_network_namespace() -> str:
    _enter(syscalls.CLONE_NEWNET)
    syscalls.raise_loopback()
    return "Student code has no network."


def _try_filter() -> str:
    syscalls.process_control(syscalls.PR_SET_NO_NEW_PRIVS, 1)
    seccomp.install(seccomp.encode(seccomp.build_program(syscalls.this_architecture())))
    try:
        os.memfd_create("trial")
    except PermissionError:
        return "System calls that no student needs are refused."
    raise OSError(errno.ENOSYS, "the filter has no effect")


def _try_process_descriptors() -> str:
    descriptor = os.pidfd_open(os.getpid())
    signal.pidfd_send_signal(descriptor, 0)
    Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    return "Processes are told apart for sure, and what they start is found."


def _try_closing() -> str:
    reading, _ = os.pipe()
    syscalls.call("close_range", reading, reading, 0)
    try:
        os.fstat(reading)
    except OSError:
        return "A kernel inherits nothing that is open."
    raise OSError(errno.ENOSYS, "closing has no effect")


def _try_opening() -> str:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "file").touch()
        Path(folder, "link").symlink_to("file")
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        os.close(syscalls.open_beneath(descriptor, "file"))
        with suppress(OSError):
            syscalls.open_beneath(descriptor, "link")
            raise RuntimeError("links are followed all the same")
    return "Files that student code leaves behind can be read past its links."


def _try_landlock() -> str:
    syscalls.process_control(syscalls.PR_SET_NO_NEW_PRIVS, 1)
    landlock.restrict((), (), ())
    with suppress(PermissionError):
        os.listdir("/")  # noqa: PTH208  # any look at any folder
        raise RuntimeError("the rules have no effect")
    return f"Version {landlock.version()}: a second lock on files, and on signals and sockets where it knows them."


def _try_control_group() -> str:
    group = control_group.MemoryGroup.create(f"sheetgrader-trial-{os.getpid()}", 64 << 20)
    if group is None:
        raise OSError(errno.EACCES, "this user can make no memory control group")
    group.close()
    return "The memory of a kernel with all it starts is bounded exactly."


def _in_child(inside: Callable[[], None]) -> None:
    """Run ``inside`` in a forked child, where a new process namespace begins; raise what it raised."""
    process = os.fork()
    if process == 0:
        status = 0
        try:
            inside()
        except OSError as error:
            status = error.errno or errno.EPERM
        finally:
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    if status:
        raise OSError(status, os.strerror(status))
