"""The system call filter: what no student's code needs and what could harm is refused by the kernel itself.

:func:`build_program` is a pure function that writes the filter in classic BPF; :func:`install` puts it on this process
and all it will ever start. The filter refuses by name and lets the rest through, because libraries use calls that
nobody lists; calls newer than the filter knows do not exist for the student. What is still let through is bounded by
the other rings.
"""

from __future__ import annotations

import ctypes
import errno
import socket
import struct
from typing import Final, NamedTuple

from sheetgrader.sandbox import syscalls
from sheetgrader.sandbox.syscalls import Architecture

#: The highest number that the list below was checked against, ``removexattrat``; the same on both machines.
HIGHEST_KNOWN_CALL: Final = 466

#: Refused with "operation not permitted".
DENIED_CALLS: Final = (
    # Other processes' memory and descriptors.
    *("ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "process_mrelease", "kcmp", "pidfd_getfd"),
    # Mounts and namespaces.
    *(
        "mount",
        "umount2",
        "pivot_root",
        "chroot",
        "open_tree",
        "move_mount",
        "fsopen",
        "fsconfig",
        "fsmount",
        "fspick",
        "mount_setattr",
    ),
    *("statmount", "listmount", "unshare", "setns", "open_by_handle_at", "name_to_handle_at"),
    # Parts of the kernel with a history of holes.
    *(
        "keyctl",
        "add_key",
        "request_key",
        "bpf",
        "perf_event_open",
        "userfaultfd",
        "io_uring_setup",
        "io_uring_enter",
        "io_uring_register",
    ),
    *(
        "vmsplice",
        "remap_file_pages",
        "modify_ldt",
        "personality",
        "lookup_dcookie",
        "uselib",
        "sysfs",
        "ustat",
        "nfsservctl",
        "_sysctl",
    ),
    *("fanotify_init", "fanotify_mark"),
    # The machine itself.
    *(
        "kexec_load",
        "kexec_file_load",
        "init_module",
        "finit_module",
        "delete_module",
        "create_module",
        "reboot",
        "swapon",
        "swapoff",
        "acct",
    ),
    *(
        "sethostname",
        "setdomainname",
        "iopl",
        "ioperm",
        "settimeofday",
        "clock_settime",
        "adjtimex",
        "clock_adjtime",
        "quotactl",
        "quotactl_fd",
    ),
    *("vhangup", "syslog", "migrate_pages", "move_pages"),
    # Memory that no limit on a process counts.
    *("memfd_create", "memfd_secret", "shmget", "semget", "msgget", "mq_open"),
    # Device nodes, and named pipes in folders that the trusted side reads.
    *("mknod", "mknodat"),
)

_NAMESPACE_FLAGS: Final = (
    syscalls.CLONE_NEWNS
    | syscalls.CLONE_NEWCGROUP
    | syscalls.CLONE_NEWUTS
    | syscalls.CLONE_NEWIPC
    | syscalls.CLONE_NEWUSER
    | syscalls.CLONE_NEWPID
    | syscalls.CLONE_NEWNET
)
_ALLOWED_FAMILIES: Final = (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6)
#: Options that let more wait in a socket than the machine's default: nobody is charged for that memory.
_BUFFER_OPTIONS: Final = (socket.SO_SNDBUF, 32)  # the second, SO_SNDBUFFORCE, has no name in Python
#: Typing into a terminal: TIOCSTI and TIOCLINUX.
_TERMINAL_INPUT: Final = (0x5412, 0x541C)

# linux/seccomp.h
_ALLOW: Final = 0x7FFF_0000
_KILL_PROCESS: Final = 0x8000_0000
_FAIL: Final = 0x0005_0000
_SET_MODE_FILTER: Final = 1
# linux/bpf_common.h: what an instruction does.
_LOAD_WORD: Final = 0x20
_JUMP_IF_EQUAL: Final = 0x15
_JUMP_IF_AT_LEAST: Final = 0x35
_JUMP_IF_ANY_BIT: Final = 0x45
_RETURN: Final = 0x06
# struct seccomp_data: number, architecture, instruction pointer, six arguments of 8 bytes, little-endian on both
# machines.
_NUMBER_AT: Final = 0
_ARCHITECTURE_AT: Final = 4


class Instruction(NamedTuple):
    """One instruction of classic BPF (linux/filter.h)."""

    code: int
    skip_if_true: int
    skip_if_false: int
    operand: int


def build_program(architecture: Architecture) -> list[Instruction]:
    """Return the filter for a machine of ``architecture``."""
    program = [
        Instruction(_LOAD_WORD, 0, 0, _ARCHITECTURE_AT),
        # A 32-bit program on a 64-bit machine has other numbers for its calls.
        *_unless_equal(architecture.audit, [_result(_KILL_PROCESS)]),
        Instruction(_LOAD_WORD, 0, 0, _NUMBER_AT),
        # Newer calls, and on x86_64 those of the x32 machine, which have a high bit set.
        Instruction(_JUMP_IF_AT_LEAST, 0, 1, HIGHEST_KNOWN_CALL + 1),
        _result(_FAIL | errno.ENOSYS),
        # Its flags lie in memory, out of the filter's sight; the C library then uses clone.
        *_if_call(architecture, "clone3", [_result(_FAIL | errno.ENOSYS)]),
    ]
    for call in DENIED_CALLS:
        program += _if_call(architecture, call, [_result(_FAIL | errno.EPERM)])
    program += _if_call(
        architecture,
        "clone",
        [
            _load_argument(0),
            Instruction(_JUMP_IF_ANY_BIT, 0, 1, _NAMESPACE_FLAGS),
            _result(_FAIL | errno.EPERM),
            _result(_ALLOW),
        ],
    )
    families: list[Instruction] = []
    for family in _ALLOWED_FAMILIES:
        families += _if_equal(family, [_result(_ALLOW)])
    # The ZeroMQ library aborts the process at the more natural "family not supported".
    program += _if_call(architecture, "socket", [_load_argument(0), *families, _result(_FAIL | errno.EOPNOTSUPP)])
    options: list[Instruction] = []
    for option in _BUFFER_OPTIONS:
        # Done nothing, and said that all went well: a size is a wish only.
        options += _if_equal(option, [_result(_FAIL | 0)])
    of_sockets = _if_equal(socket.SOL_SOCKET, [_load_argument(2), *options, _result(_ALLOW)])
    program += _if_call(architecture, "setsockopt", [_load_argument(1), *of_sockets, _result(_ALLOW)])
    requests: list[Instruction] = []
    for request in _TERMINAL_INPUT:
        requests += _if_equal(request, [_result(_FAIL | errno.EPERM)])
    program += _if_call(architecture, "ioctl", [_load_argument(1), *requests, _result(_ALLOW)])
    return [*program, _result(_ALLOW)]


def _result(action: int) -> Instruction:
    return Instruction(_RETURN, 0, 0, action)


def _load_argument(index: int) -> Instruction:
    # The low half: the kernel too reads only 32 bits of the arguments that are checked here.
    return Instruction(_LOAD_WORD, 0, 0, 16 + 8 * index)


def _if_equal(operand: int, block: list[Instruction]) -> list[Instruction]:
    return [Instruction(_JUMP_IF_EQUAL, 0, len(block), operand), *block]


def _unless_equal(operand: int, block: list[Instruction]) -> list[Instruction]:
    return [Instruction(_JUMP_IF_EQUAL, len(block), 0, operand), *block]


def _if_call(architecture: Architecture, call: str, block: list[Instruction]) -> list[Instruction]:
    number = architecture.number(call)
    # A block ends in a return, so the loaded number is still there for what follows it.
    return [] if number is None else _if_equal(number, block)


def encode(program: list[Instruction]) -> bytes:
    """Return ``program`` as the kernel reads it: an array of ``struct sock_filter``."""
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


def install(program: bytes) -> None:
    """Filter this thread's system calls from now on, and those of all it starts; needs no_new_privs.

    Raises:
        OSError: the kernel refuses the filter.
    """
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("=HxxxxxxQ", len(program) // 8, ctypes.addressof(code))
    syscalls.call("seccomp", _SET_MODE_FILTER, 0, header)
