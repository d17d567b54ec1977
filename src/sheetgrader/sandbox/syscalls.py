"""Linux system calls that Python's standard library does not offer, for x86_64 and aarch64.

Each function raises :class:`OSError` that names the call. Numbers come from the kernel's own headers
(``asm/unistd_64.h`` and ``asm-generic/unistd.h``), constants from ``linux/sched.h``, ``linux/mount.h``,
``linux/prctl.h``, ``linux/openat2.h`` and ``linux/capability.h``.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import platform
import signal
import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

CLONE_NEWNS: Final = 0x0002_0000
CLONE_NEWCGROUP: Final = 0x0200_0000
CLONE_NEWUTS: Final = 0x0400_0000
CLONE_NEWIPC: Final = 0x0800_0000
CLONE_NEWUSER: Final = 0x1000_0000
CLONE_NEWPID: Final = 0x2000_0000
CLONE_NEWNET: Final = 0x4000_0000

MS_RDONLY: Final = 1
MS_NOSUID: Final = 2
MS_NODEV: Final = 4
MS_NOEXEC: Final = 8
MS_BIND: Final = 4096
MS_REC: Final = 16384
MS_PRIVATE: Final = 1 << 18
MNT_DETACH: Final = 2

#: For mount_setattr.
MOUNT_ATTR_RDONLY: Final = 1
MOUNT_ATTR_NOSUID: Final = 2
MOUNT_ATTR_NODEV: Final = 4
MOUNT_ATTR_NOEXEC: Final = 8

PR_SET_PDEATHSIG: Final = 1
PR_SET_DUMPABLE: Final = 4
PR_GET_SECCOMP: Final = 21
PR_CAPBSET_DROP: Final = 24
PR_SET_SECUREBITS: Final = 28
PR_SET_CHILD_SUBREAPER: Final = 36
PR_SET_NO_NEW_PRIVS: Final = 38
PR_CAP_AMBIENT: Final = 47
_PR_CAP_AMBIENT_CLEAR_ALL: Final = 4

RESOLVE_NO_XDEV: Final = 0x01
RESOLVE_NO_MAGICLINKS: Final = 0x02
RESOLVE_NO_SYMLINKS: Final = 0x04
RESOLVE_BENEATH: Final = 0x08

_AT_FDCWD: Final = -100
_AT_RECURSIVE: Final = 0x8000
_CAPABILITY_VERSION_3: Final = 0x2008_0522
_HIGHEST_DESCRIPTOR: Final = 0xFFFF_FFFF
#: Root gets no capabilities by exec or setuid, ambient ones cannot be raised, and none of this can be undone
#: (linux/securebits.h).
_SECUREBITS: Final = 0b1110_1111 & ~0b1_0000

#: The number of each call on x86_64 and on aarch64; None where that machine never had it.
NUMBERS: Final[dict[str, tuple[int | None, int | None]]] = {
    "_sysctl": (156, None),
    "acct": (163, 89),
    "add_key": (248, 217),
    "adjtimex": (159, 171),
    "bpf": (321, 280),
    "capset": (126, 91),
    "chroot": (161, 51),
    "clock_adjtime": (305, 266),
    "clock_settime": (227, 112),
    "clone": (56, 220),
    "clone3": (435, 435),
    "close_range": (436, 436),
    "create_module": (174, None),
    "delete_module": (176, 106),
    "fanotify_init": (300, 262),
    "fanotify_mark": (301, 263),
    "finit_module": (313, 273),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "fspick": (433, 433),
    "init_module": (175, 105),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "ioctl": (16, 29),
    "ioperm": (173, None),
    "iopl": (172, None),
    "kcmp": (312, 272),
    "kexec_file_load": (320, 294),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "landlock_add_rule": (445, 445),
    "landlock_create_ruleset": (444, 444),
    "landlock_restrict_self": (446, 446),
    "listmount": (458, 458),
    "lookup_dcookie": (212, 18),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "migrate_pages": (256, 238),
    "mknod": (133, None),
    "mknodat": (259, 33),
    "modify_ldt": (154, None),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "move_pages": (279, 239),
    "mq_open": (240, 180),
    "msgget": (68, 186),
    "name_to_handle_at": (303, 264),
    "nfsservctl": (180, 42),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "openat2": (437, 437),
    "perf_event_open": (298, 241),
    "personality": (135, 92),
    "pidfd_getfd": (438, 438),
    "pivot_root": (155, 41),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "reboot": (169, 142),
    "remap_file_pages": (216, 234),
    "request_key": (249, 218),
    "seccomp": (317, 277),
    "semget": (64, 190),
    "setdomainname": (171, 162),
    "sethostname": (170, 161),
    "setns": (308, 268),
    "setsockopt": (54, 208),
    "settimeofday": (164, 170),
    "shmget": (29, 194),
    "socket": (41, 198),
    "statmount": (457, 457),
    "swapoff": (168, 225),
    "swapon": (167, 224),
    "sysfs": (139, None),
    "syslog": (103, 116),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "uselib": (134, None),
    "userfaultfd": (323, 282),
    "ustat": (136, None),
    "vhangup": (153, 58),
    "vmsplice": (278, 75),
}


@dataclass(frozen=True)
class Architecture:
    """A machine whose system calls are known."""

    #: As :func:`platform.machine` names it.
    name: str
    #: What a seccomp filter is told of the machine (linux/audit.h).
    audit: int
    column: int

    def number(self, call: str) -> int | None:
        """Return the number of ``call``, or None where this machine never had it."""
        return NUMBERS[call][self.column]


X86_64: Final = Architecture("x86_64", 0xC000_003E, 0)
AARCH64: Final = Architecture("aarch64", 0xC000_00B7, 1)


def this_architecture() -> Architecture:
    """Return the architecture of this machine.

    Raises:
        OSError: sheetgrader does not know it.
    """
    for architecture in (X86_64, AARCH64):
        if architecture.name == platform.machine():
            return architecture
    raise OSError(
        "the sandbox is written for x86_64 and aarch64, and this machine is"
        f" {platform.machine() or 'of an unknown kind'}"
    )


_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def _checked(result: int, call: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{call}: {os.strerror(number)}")
    return result


def call(name: str, *arguments: int | bytes | ctypes.Array[Any] | None, about: str = "") -> int:
    """Make the system call ``name``; ``about`` goes into the error's text."""
    number = this_architecture().number(name)
    words = [ctypes.c_long(word) if isinstance(word, int) else word for word in arguments]
    return _checked(_libc.syscall(ctypes.c_long(number or -1), *words), f"{name} {about}".strip())


def unshare(flags: int) -> None:
    """Move this process into new namespaces."""
    call("unshare", flags)


def clone(flags: int) -> int:
    """Fork into new namespaces in one step; return the child's process id, 0 in the child.

    Only for a process with one thread. Python's own hooks run as :func:`os.fork` runs them, so that interpreter and
    libraries know that they forked.
    """
    # PyDLL keeps the interpreter lock during the call, as os.fork does.
    python, raw = ctypes.pythonapi, ctypes.PyDLL(None, use_errno=True).syscall
    raw.restype = ctypes.c_long
    # aarch64 orders the later arguments differently; they are all zero: share nothing, copy the stack.
    words = [
        ctypes.c_long(word) for word in (this_architecture().number("clone") or -1, flags | signal.SIGCHLD, 0, 0, 0, 0)
    ]
    python.PyOS_BeforeFork()
    process = raw(*words)
    if process == 0:
        python.PyOS_AfterFork_Child()
    else:
        python.PyOS_AfterFork_Parent()
    return _checked(process, "clone")


def mount(source: str | None, target: str, kind: str | None = None, flags: int = 0, options: str | None = None) -> None:
    """Mount ``source`` on ``target``."""
    words = [None if text is None else text.encode() for text in (source, target, kind, options)]
    call("mount", words[0], words[1], words[2], flags, words[3], about=f"{source or kind} on {target}")


def unmount(target: str) -> None:
    """Take the mount on ``target`` out of sight at once; it ends when nothing uses it any more."""
    call("umount2", target.encode(), MNT_DETACH, about=target)


def pivot_root(new_root: str, put_old: str) -> None:
    """Make ``new_root`` the root folder of this mount namespace."""
    call("pivot_root", new_root.encode(), put_old.encode(), about=new_root)


def set_mount_attributes(target: str, attributes: int, *, recursive: bool) -> None:
    """Add ``attributes`` to the mount on ``target``, with ``recursive`` to all mounts below it too."""
    arguments = struct.pack("=QQQQ", attributes, 0, 0, 0)
    call(
        "mount_setattr",
        _AT_FDCWD,
        target.encode(),
        _AT_RECURSIVE if recursive else 0,
        arguments,
        len(arguments),
        about=target,
    )


def process_control(option: int, *arguments: int) -> int:
    """Make the call ``prctl``."""
    words = [ctypes.c_ulong(word) for word in (*arguments, 0, 0, 0, 0)[:4]]
    return _checked(_libc.prctl(ctypes.c_int(option), *words), f"prctl {option}")


def close_all_except(kept: Iterable[int]) -> None:
    """Close every file descriptor of this process but ``kept``."""
    first = 0
    for descriptor in sorted(set(kept)):
        if descriptor > first:
            call("close_range", first, descriptor - 1, 0)
        first = descriptor + 1
    call("close_range", first, _HIGHEST_DESCRIPTOR, 0)


def open_beneath(folder: int, name: str) -> int:
    """Open the file ``name`` for reading, only where the whole path lies in ``folder``, on the same mount, and passes
    no link of any kind.

    A named pipe or device does not block. Return the descriptor.
    """
    resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV
    how = struct.pack("=QQQ", os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY, 0, resolve)
    return call("openat2", folder, os.fsencode(name), how, len(how), about=name)


def drop_capabilities() -> None:
    """Give up every capability for good, also for programs that this process starts."""
    process_control(PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    capability = 0
    while True:
        try:
            process_control(PR_CAPBSET_DROP, capability)
        except OSError:
            # The first number that the kernel does not know; without the privilege to drop, none can be regained
            # either.
            break
        capability += 1
    try:
        process_control(PR_SET_SECUREBITS, _SECUREBITS)
    except PermissionError:
        # Already without the privilege: nothing to lock.
        pass
    header = struct.pack("=II", _CAPABILITY_VERSION_3, 0)
    call("capset", header, bytes(24))


def map_user(inside: int, outside_user: int, outside_group: int) -> None:
    """In a new user namespace: call the user and group outside ``inside``."""
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{inside} {outside_user} 1")
    Path("/proc/self/gid_map").write_text(f"{inside} {outside_group} 1")


def raise_loopback() -> None:
    """Switch the loopback device of a new network namespace on."""
    set_interface_flags, up_and_running = 0x8914, 0x1 | 0x40
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, set_interface_flags, struct.pack("16sH22x", b"lo", up_and_running))


def set_host_name(name: str) -> None:
    """Name this UTS namespace."""
    socket.sethostname(name)
