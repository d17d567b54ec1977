from __future__ import annotations

import errno
import itertools
import socket
from collections.abc import Callable, Sequence

import pytest

from sheetgrader.sandbox import seccomp, syscalls
from sheetgrader.sandbox.seccomp import DENIED_CALLS, HIGHEST_KNOWN_CALL, Instruction, build_program
from sheetgrader.sandbox.syscalls import AARCH64, X86_64, Architecture

RunPython = Callable[..., str]

_ALLOW, _KILL, _FAIL = 0x7FFF_0000, 0x8000_0000, 0x0005_0000
_I386 = 0x4000_0003
_NAMESPACES = (0x0002_0000, 0x0200_0000, 0x0400_0000, 0x0800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000)
#: What a thread of the C library is made with.
_THREAD_FLAGS = 0x003D_0F00
#: These look at their arguments.
_CONDITIONAL = ("clone", "clone3", "socket", "setsockopt", "ioctl")

both = pytest.mark.parametrize("architecture", [X86_64, AARCH64], ids=lambda architecture: architecture.name)


def run(program: Sequence[Instruction], number: int, audit: int, arguments: Sequence[int] = ()) -> int:
    """Run ``program`` as the kernel would, on one system call."""
    words = [number & 0xFFFF_FFFF, audit, 0, 0]
    for argument in itertools.islice(itertools.chain(arguments, itertools.repeat(0)), 6):
        words += [argument & 0xFFFF_FFFF, argument >> 32]
    accumulator = position = 0
    while True:
        code, skip_if_true, skip_if_false, operand = program[position]
        position += 1
        if code == 0x20:
            assert operand % 4 == 0
            accumulator = words[operand // 4]
        elif code == 0x06:
            return operand
        else:
            holds = {0x15: accumulator == operand, 0x35: accumulator >= operand, 0x45: accumulator & operand != 0}[code]
            position += skip_if_true if holds else skip_if_false


def verdict(architecture: Architecture, call: str, *arguments: int) -> int:
    number = architecture.number(call)
    assert number is not None
    return run(build_program(architecture), number, architecture.audit, arguments)


@both
def test_calls_are_refused_by_name_and_the_others_pass(architecture: Architecture) -> None:
    program = build_program(architecture)
    denied = {architecture.number(call) for call in DENIED_CALLS} - {None}
    conditional = {architecture.number(call) for call in _CONDITIONAL}
    for number in set(range(HIGHEST_KNOWN_CALL + 1)) - conditional:
        assert run(program, number, architecture.audit) == (_FAIL | errno.EPERM if number in denied else _ALLOW), number


@both
def test_newer_calls_do_not_exist(architecture: Architecture) -> None:
    x32_read = 0x4000_0000
    for number in (HIGHEST_KNOWN_CALL + 1, 1000, x32_read, 0xFFFF_FFFF):
        assert run(build_program(architecture), number, architecture.audit) == _FAIL | errno.ENOSYS


@both
def test_a_program_for_another_machine_is_killed(architecture: Architecture) -> None:
    other = X86_64 if architecture is AARCH64 else AARCH64
    for audit in (other.audit, _I386, 0):
        assert run(build_program(architecture), 0, audit) == _KILL


@both
def test_threads_and_processes_can_be_made_but_no_namespaces(architecture: Architecture) -> None:
    assert verdict(architecture, "clone", _THREAD_FLAGS) == _ALLOW
    assert verdict(architecture, "clone", 17) == _ALLOW
    for flag in _NAMESPACES:
        assert verdict(architecture, "clone", flag | 17) == _FAIL | errno.EPERM
        assert verdict(architecture, "clone", 0xDEAD_BEEF_0000_0000 | flag) == _FAIL | errno.EPERM
    assert verdict(architecture, "clone3") == _FAIL | errno.ENOSYS


@both
def test_sockets_are_of_known_families_only(architecture: Architecture) -> None:
    allowed = {socket.AF_UNIX, socket.AF_INET, socket.AF_INET6}
    for family in range(50):
        assert verdict(architecture, "socket", family) == (_ALLOW if family in allowed else _FAIL | errno.EOPNOTSUPP), (
            family
        )


@both
def test_a_wish_for_larger_socket_buffers_is_passed_over(architecture: Architecture) -> None:
    done_nothing = _FAIL | 0
    of_tcp = 6
    assert verdict(architecture, "setsockopt", 3, socket.SOL_SOCKET, socket.SO_SNDBUF) == done_nothing
    assert verdict(architecture, "setsockopt", 3, socket.SOL_SOCKET, 32) == done_nothing
    assert verdict(architecture, "setsockopt", 3, socket.SOL_SOCKET, socket.SO_REUSEADDR) == _ALLOW
    assert verdict(architecture, "setsockopt", 3, of_tcp, socket.SO_SNDBUF) == _ALLOW


@both
def test_nothing_can_be_typed_into_a_terminal(architecture: Architecture) -> None:
    get_window_size, type_character, console_paste = 0x5413, 0x5412, 0x541C
    assert verdict(architecture, "ioctl", 0, get_window_size) == _ALLOW
    for request in (type_character, console_paste, 0xFFFF_FFFF_0000_0000 | type_character):
        assert verdict(architecture, "ioctl", 0, request) == _FAIL | errno.EPERM


def test_the_kernel_takes_the_filter_and_keeps_to_it(run_python: RunPython) -> None:
    printed = run_python(
        "import errno, os, socket, threading\nfrom sheetgrader.sandbox import seccomp,"
        " syscalls\nsyscalls.process_control(syscalls.PR_SET_NO_NEW_PRIVS,"
        " 1)\nseccomp.install(seccomp.encode(seccomp.build_program(syscalls.this_architecture())))\ndef"
        " refusal(attempt):\n    try: attempt()\n    except OSError as error: return"
        " errno.errorcode[error.errno]\nprint(refusal(lambda: os.memfd_create('name')), refusal(lambda:"
        " syscalls.unshare(0)), refusal(lambda: syscalls.clone(1 << 28)),\n      refusal(lambda:"
        " socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)), refusal(lambda: socket.socketpair()),\n     "
        " refusal(lambda: os.waitpid(os.posix_spawn('/bin/true', ['true'], {}), 0)))\nthread ="
        " threading.Thread(target=print, args=('thread',))\nthread.start()\nthread.join()\n"
    )
    assert printed.split() == ["EPERM", "EPERM", "EPERM", "ENOTSUP", "None", "None", "thread"]


def test_a_filter_needs_the_promise_not_to_gain_privileges(run_python: RunPython) -> None:
    code = (
        "import os\n"
        "from sheetgrader.sandbox import seccomp, syscalls\n"
        "if os.geteuid() == 0: os.setresuid(65533, 65533, 65533)\n"
        "try: seccomp.install(seccomp.encode(seccomp.build_program(syscalls.this_architecture())))\n"
        "except OSError as error: print(error.errno)"
    )
    assert int(run_python(code)) == errno.EACCES


def test_encoding_is_what_the_kernel_reads() -> None:
    assert seccomp.encode([Instruction(0x15, 1, 2, syscalls.X86_64.audit)]) == b"\x15\x00\x01\x02\x3e\x00\x00\xc0"
