"""The sandbox: how a freshly forked child locks itself in, before any student code runs.

The order binds: mounts need privileges that are then dropped, Landlock and the system call filter need that no more can
be gained, and all of it must happen while the process has one thread, because most of it concerns the calling thread
alone.
"""

from __future__ import annotations

import enum
import errno
import os
import resource
import socket
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sheetgrader.sandbox import landlock, seccomp, syscalls
from sheetgrader.sandbox.limits import Isolation, ProcessSize, SandboxLimits, limit_resources
from sheetgrader.sandbox.private_root import (
    DEVICES,
    HOME_FOLDER,
    SHARED_MEMORY_FOLDER,
    TEMPORARY_FOLDER,
    WORK_FOLDER,
    WRITABLE_FOLDERS,
)

#: The user that student code runs as, as the sandbox sees it.
SANDBOX_USER: Final = 1000

#: Files and folders that one writable file system may hold, for each of its bytes: a file takes a page, and some kernel
#: memory besides.
_BYTES_PER_FILE: Final = 16 << 10
_FEWEST_FILES: Final = 1024


class Ring(enum.Enum):
    """One layer of the sandbox. All are on; tests leave one out to show what it is good for."""

    PRIVATE_ROOT = "private root folder"
    PROCESS_NAMESPACE = "process namespace"
    NETWORK_NAMESPACE = "network namespace"
    IPC_NAMESPACE = "namespace of shared memory and message queues"
    READ_ONLY_PROC = "read-only /proc"
    NO_NESTED_NAMESPACES = "no further user namespaces"
    DISK_LIMITS = "limits on disk space"
    RESOURCE_LIMITS = "limits on resources"
    NO_CAPABILITIES = "no capabilities"
    LANDLOCK = "Landlock"
    SECCOMP = "system call filter"
    CLEAN_ENVIRONMENT = "clean environment"
    CLOSED_DESCRIPTORS = "closed file descriptors"


#: Rings that the zygote is in too, so that they cannot be left out of one kernel alone.
OF_THE_ZYGOTE: Final = frozenset({Ring.PRIVATE_ROOT, Ring.NETWORK_NAMESPACE, Ring.IPC_NAMESPACE})


@dataclass(frozen=True)
class Surroundings:
    """What a child must know of the process that forked it."""

    isolation: Isolation
    #: Who the process is outside its user namespace.
    user: int
    group: int
    #: What the sandbox may read, as it sees it.
    readable: tuple[str, ...]
    #: The system call filter, ready for the kernel.
    call_filter: bytes
    start: ProcessSize
    #: Device nodes that it may use.
    devices: tuple[str, ...] = DEVICES
    #: Rings to leave out; only for tests.
    without: frozenset[Ring] = frozenset()

    @property
    def has_gpu(self) -> bool:
        """Whether device nodes beside the harmless ones are passed in."""
        return self.devices != DEVICES


def lock_in(limits: SandboxLimits, surroundings: Surroundings) -> None:
    """Lock this process in for good: a child of :func:`~sheetgrader.sandbox.namespaces.namespaces`, single-threaded, in
    the private root.

    Raises:
        OSError: a step is refused; then the process must end.
    """
    without = surroundings.without
    syscalls.map_user(SANDBOX_USER, surroundings.user, surroundings.group)
    # CUDA names its threads through /proc. What else is there to write belongs to the machine's root user, whom nobody
    # in here is.
    _mount_processes({*without, Ring.READ_ONLY_PROC} if surroundings.has_gpu else without)
    _mount_writable_folders(limits, without)
    if Ring.NETWORK_NAMESPACE not in without:
        syscalls.raise_loopback()
    syscalls.set_host_name("sandbox")
    if Ring.RESOURCE_LIMITS not in without:
        limit_resources(limits, surroundings.start, has_gpu=surroundings.has_gpu)
        resource.setrlimit(resource.RLIMIT_NPROC, (limits.processes, limits.processes))
    syscalls.process_control(syscalls.PR_SET_NO_NEW_PRIVS, 1)
    if Ring.NO_CAPABILITIES not in without:
        syscalls.drop_capabilities()
    if Ring.LANDLOCK not in without and landlock.version():
        landlock.restrict(surroundings.readable, WRITABLE_FOLDERS, surroundings.devices)
    if Ring.SECCOMP not in without:
        seccomp.install(surroundings.call_filter)
    os.chdir(WORK_FOLDER)


def _mount_processes(without: Collection[Ring]) -> None:
    if Ring.PROCESS_NAMESPACE not in without:
        try:
            syscalls.mount("proc", "/proc", "proc", syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOEXEC)
        except PermissionError:
            # In a container that hides parts of /proc the kernel refuses a fresh one, and the container's shows other
            # processes: better none.
            syscalls.mount(
                "proc",
                "/proc",
                "tmpfs",
                syscalls.MS_RDONLY | syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOEXEC,
                "size=4k",
            )
            return
    if Ring.NO_NESTED_NAMESPACES not in without:
        Path("/proc/sys/user/max_user_namespaces").write_text("0")
    if Ring.READ_ONLY_PROC not in without:
        syscalls.set_mount_attributes("/proc", syscalls.MOUNT_ATTR_RDONLY, recursive=False)


def _mount_writable_folders(limits: SandboxLimits, without: Collection[Ring]) -> None:
    for name, folder in (
        ("submission", HOME_FOLDER),
        ("temporary", TEMPORARY_FOLDER),
        ("shared", SHARED_MEMORY_FOLDER),
    ):
        options = f"uid={SANDBOX_USER},gid={SANDBOX_USER},mode=700"
        if Ring.DISK_LIMITS not in without:
            size = _size_of(folder, limits)
            options += f",size={size},nr_inodes={max(_FEWEST_FILES, size // _BYTES_PER_FILE)}"
        syscalls.mount(name, folder, "tmpfs", syscalls.MS_NOSUID | syscalls.MS_NODEV, options)
    Path(WORK_FOLDER).mkdir()


def _size_of(folder: str, limits: SandboxLimits) -> int:
    return limits.shared_memory_bytes if folder == SHARED_MEMORY_FOLDER else limits.disk_bytes


def missing_effects(limits: SandboxLimits, without: Collection[Ring] = (), *, has_gpu: bool = False) -> list[str]:
    """Return what a locked-in process can still do though it should not: each step is believed only by its effect.

    To be called in a locked-in child; empty when all is well. What a child lets go of by itself, its environment and
    open files, is not looked at.
    """
    found = []
    if Ring.PROCESS_NAMESPACE not in without and os.getpid() != 1:
        found.append("it sees other processes")
    if Ring.PRIVATE_ROOT not in without and not os.statvfs("/usr").f_flag & os.ST_RDONLY:
        found.append("it sees the machine's own files")
    if Ring.SECCOMP not in without and not _is_refused(lambda: _open_socket(socket.AF_NETLINK), errno.EOPNOTSUPP):
        found.append("the system call filter has no effect")
    if Ring.NO_CAPABILITIES not in without and not _is_refused(
        lambda: _open_socket(socket.AF_INET, socket.IPPROTO_ICMP), errno.EPERM
    ):
        found.append("it holds capabilities")
    if Ring.NETWORK_NAMESPACE not in without and not _is_refused(_reach_the_network, errno.ENETUNREACH):
        found.append("it reaches a network")
    if Ring.IPC_NAMESPACE not in without and len(_lines_of("/proc/sysvipc/shm")) > 1:
        found.append("it sees other programs' shared memory")
    if Ring.READ_ONLY_PROC not in without and not has_gpu and os.access("/proc/self/oom_score_adj", os.W_OK):
        found.append("it can write to /proc")
    if Ring.NO_NESTED_NAMESPACES not in without and _lines_of("/proc/sys/user/max_user_namespaces") not in ([], ["0"]):
        found.append("it can make user namespaces")
    if Ring.DISK_LIMITS not in without and any(_room_in(each) > _size_of(each, limits) for each in WRITABLE_FOLDERS):
        found.append("its disk has no limit")
    if Ring.RESOURCE_LIMITS not in without and resource.getrlimit(resource.RLIMIT_NPROC)[1] != limits.processes:
        found.append("its processes have no limit")
    # Any look at it.
    if Ring.LANDLOCK not in without and landlock.version() and not _is_refused(lambda: os.listdir("/"), errno.EACCES):  # noqa: PTH208
        found.append("Landlock has no effect")
    return found


def _is_refused(attempt: Callable[[], object], error: int) -> bool:
    try:
        attempt()
    except OSError as refusal:
        return refusal.errno == error
    return False


def _lines_of(path: str) -> list[str]:
    """Return the lines of a file of the kernel's, none where there is no such file: some containers hide /proc."""
    try:
        return Path(path).read_text(encoding="ascii").splitlines()
    except OSError:
        return []


def _room_in(folder: str) -> int:
    found = os.statvfs(folder)
    return found.f_blocks * found.f_frsize - found.f_frsize  # a limit is rounded up to whole pages


def _reach_the_network() -> None:
    # Nothing is sent: where there is no network there is no way to an address, not even to one that nobody has.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect(("192.0.2.1", 9))


def _open_socket(family: int, protocol: int = 0) -> None:
    with socket.socket(family, socket.SOCK_RAW, protocol):
        pass
