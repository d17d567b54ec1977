from __future__ import annotations

import gc
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sheetgrader.errors import IsolationError, SubmissionError
from sheetgrader.kernels.launcher import SandboxedKernel, Zygote, ZygoteConnection
from sheetgrader.sandbox import control_group
from sheetgrader.sandbox.limits import Isolation, SandboxLimits

from ..kernel_fixtures import process_count

Ask = Callable[..., Any]
NewKernel = Callable[..., SandboxedKernel]

_LIMITS = SandboxLimits()


@pytest.fixture(scope="module")
def plain_zygote() -> Iterator[Zygote]:
    """A zygote whose kernels are plain child processes."""
    with Zygote.start(preload=(), isolation=Isolation.PROCESS) as zygote:
        zygote.wait_ready()
        yield zygote


@pytest.fixture
def plain(plain_zygote: Zygote) -> Iterator[ZygoteConnection]:
    connection = ZygoteConnection(plain_zygote.address)
    yield connection
    connection.close()


def _ends(process: int, *, seconds: float = 20) -> bool:
    """Return whether the process is gone, or a mere entry that nobody has asked about, within ``seconds``."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] in "ZX":
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


def test_a_kernel_has_its_files_and_runs_beside_them(new_kernel: NewKernel, ask: Ask) -> None:
    kernel = new_kernel({"data/numbers.txt": b"1 2 3", "helper.py": b"three = 3", "größe.txt": b"\xff\x00"})
    code = (
        "import os, helper\nanswer = [os.getcwd(), open('data/numbers.txt').read(), helper.three, open('größe.txt',"
        " 'rb').read().hex()]"
    )
    assert ask(kernel, code) == ["/submission/work", "1 2 3", 3, "ff00"]


def test_submitted_files_can_be_changed_by_the_student(new_kernel: NewKernel, ask: Ask) -> None:
    kernel = new_kernel({"notes.txt": b"before"})
    assert ask(kernel, "answer = open('notes.txt', 'w').write('after')") == 5
    assert kernel.read_file("notes.txt", 100) == b"after"


@pytest.mark.parametrize("name", ["../escape", "/etc/passwd", "a/../../b", "", "."])
def test_file_names_that_lead_out_are_refused(new_kernel: NewKernel, name: str) -> None:
    with pytest.raises(SubmissionError, match="inside the submission's folder"):
        new_kernel({name: b""})


def test_files_that_do_not_fit_are_the_submissions_fault(new_kernel: NewKernel) -> None:
    with pytest.raises(SubmissionError, match="do not fit into the work folder of 1 MiB"):
        new_kernel({"large": bytes(2 << 20)}, disk_bytes=1 << 20)


@pytest.mark.parametrize("names", [("a", "a/b"), ("a/b", "a")])
def test_a_file_and_a_folder_of_one_name_are_told_by_it(new_kernel: NewKernel, names: tuple[str, str]) -> None:
    with pytest.raises(SubmissionError, match="a file and a folder of the same name, a"):
        new_kernel(dict.fromkeys(names, b""))


def test_the_environment_is_extended(new_kernel: NewKernel, ask: Ask) -> None:
    kernel = new_kernel(environment={"NBGRADER_EXECUTION": "autograde", "HOME": "/usr"})
    assert ask(kernel, "import os\nanswer = [os.environ['NBGRADER_EXECUTION'], os.environ['HOME']]") == [
        "autograde",
        "/usr",
    ]


def test_work_files_are_read_past_links_pipes_and_floods(kernel: SandboxedKernel, ask: Ask) -> None:
    code = """
import os
open("result.txt", "w").write("result")
os.mkdir("folder")
open("folder/deep.txt", "w").write("deep")
os.symlink("/etc/passwd", "link")
os.symlink("result.txt", "near_link")
os.symlink("folder", "folder_link")
os.symlink("/proc/self/root", "magic")
open("large", "w").truncate(1 << 20)
answer = None
"""
    ask(kernel, code)
    kernel.kill()
    assert kernel.read_file("result.txt", 6) == b"result"
    assert kernel.read_file("folder/deep.txt", 100) == b"deep"
    for name in (
        "link",
        "near_link",
        "folder_link/deep.txt",
        "magic/etc/passwd",
        "../tmp",
        "/etc/passwd",
        "missing",
        "bad\0name",
    ):
        with pytest.raises(SubmissionError, match="no such file in the work folder, or a link"):
            kernel.read_file(name, 1000)
    with pytest.raises(SubmissionError, match="no plain file"):
        kernel.read_file("folder", 1000)
    with pytest.raises(SubmissionError, match="more than 1,000 bytes"):
        kernel.read_file("large", 1000)


def test_an_interrupt_stops_what_runs(kernel: SandboxedKernel, ask: Ask) -> None:
    code = (
        "try:\n    open('running', 'w').close()\n    while True: pass\nexcept KeyboardInterrupt:\n    answer ="
        " 'interrupted'"
    )
    client = subprocess.Popen([sys.executable, "-c", _INTERRUPT_WHEN_RUNNING, str(kernel.process_id)])
    try:
        assert ask(kernel, code) == "interrupted"
    finally:
        client.wait()


_INTERRUPT_WHEN_RUNNING = """
import os, signal, sys, time
process = int(sys.argv[1])
while not os.path.exists(f"/proc/{process}/cwd/running"):
    time.sleep(0.02)
os.kill(process, signal.SIGINT)
"""


def test_an_exit_is_told_with_its_status(kernel: SandboxedKernel, ask: Ask) -> None:
    assert kernel.exit_status() is None
    with pytest.raises(AssertionError, match="ended with 7"):
        ask(kernel, "import os\nos._exit(7)")
    assert kernel.exit_status() == 7
    assert kernel.memory_bytes() == 0
    assert process_count(kernel) == 0


def test_a_crash_is_told_as_its_signal(kernel: SandboxedKernel, ask: Ask) -> None:
    with pytest.raises(AssertionError, match="no answer"):
        ask(kernel, "import ctypes\nctypes.string_at(0)")
    assert kernel.exit_status() == -signal.SIGSEGV


def test_a_kernel_cannot_stop_or_kill_itself_out_of_reach(kernel: SandboxedKernel, ask: Ask) -> None:
    code = (
        "import os, signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nos.kill(os.getpid(), signal.SIGSTOP)\nanswer"
        " = 'still here'"
    )
    assert ask(kernel, code) == "still here"
    kernel.kill()
    assert kernel.exit_status() == -signal.SIGKILL


def test_memory_and_processes_of_the_whole_tree_are_counted(kernel: SandboxedKernel, ask: Ask) -> None:
    # What ipykernel itself touches after the fork.
    at_rest = 64 << 20
    assert 0 <= kernel.memory_bytes() < at_rest
    assert process_count(kernel) == 1
    code = """
import os, signal, time
ready, writing = os.pipe()
for _ in range(2):
    if os.fork() == 0:
        kept = bytearray(os.urandom(1 << 20) * 50)
        os.write(writing, b"x")
        time.sleep(600)
answer = [len(os.read(ready, 1)) for _ in range(2)]
"""
    ask(kernel, code)
    assert process_count(kernel) == 3
    assert kernel.memory_bytes() > 100 << 20
    assert (
        ask(
            kernel,
            "import mmap\nshared = mmap.mmap(-1, 200 << 20)\nshared[:] = b'x' * (200 << 20)\nanswer = len(shared)",
        )
        == 200 << 20
    )
    assert kernel.memory_bytes() > 300 << 20


def test_pages_that_processes_share_are_not_held_against_the_student(new_kernel: NewKernel, ask: Ask) -> None:
    kernel = new_kernel(memory_bytes=400 << 20)
    code = """
import os, time
kept = bytearray(os.urandom(1 << 20) * 150)
for _ in range(5):
    if os.fork() == 0:
        time.sleep(600)
answer = len(kept)
"""
    ask(kernel, code)
    assert process_count(kernel) == 6
    assert kernel.memory_bytes() < 400 << 20


_FILL_SOCKETS = """
import socket
kept = []
filled = 0
for _ in range(300):
    kept += socket.socketpair()
    for end in kept[-2:]:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        end.setblocking(False)
        try:
            while True:
                filled += end.send(bytes(65536))
        except BlockingIOError:
            pass
server = socket.create_server(("127.0.0.1", 0))
kept.append(socket.create_connection(server.getsockname()))
kept.append(server.accept()[0])
kept[-2].setblocking(False)
sent = 0
try:
    while True:
        sent += kept[-2].send(bytes(65536))
except BlockingIOError:
    pass
answer = [filled, sent]
"""


def test_what_sockets_hold_is_counted(new_kernel: NewKernel, ask: Ask) -> None:
    kernel = new_kernel(open_files=1000)
    before = kernel.memory_bytes()
    filled, sent = ask(kernel, _FILL_SOCKETS)
    assert filled > 30 << 20
    assert kernel.memory_bytes() - before > filled
    between = kernel.memory_bytes()
    ask(kernel, "kept.pop().close()\nkept.pop().close()\nanswer = None")
    assert between - kernel.memory_bytes() > sent // 2


@pytest.mark.skipif(not control_group.writable_parents(), reason="this user can make no memory control group")
def test_a_tree_over_the_limit_is_killed_and_named(new_kernel: NewKernel, ask: Ask) -> None:
    kernel = new_kernel(memory_bytes=200 << 20, disk_bytes=1 << 20, shared_memory_bytes=1 << 20)
    code = """
import os
children = []
for _ in range(6):
    child = os.fork()
    if child == 0:
        kept = bytearray(os.urandom(1 << 20) * 100)
        os.read(os.pipe()[0], 1)
    children.append(child)
kept = bytearray(os.urandom(1 << 20) * 100)
answer = os.waitpid(children[0], 0)
"""
    try:
        ask(kernel, code)
    except AssertionError:
        pass
    kernel.kill()
    assert kernel.exit_status() is not None
    assert kernel.oom_killed


def test_a_kernel_that_was_killed_otherwise_was_not_over_its_memory(kernel: SandboxedKernel) -> None:
    kernel.kill()
    assert kernel.exit_status() == -signal.SIGKILL
    assert not kernel.oom_killed


def test_closing_twice_or_after_death_is_harmless(kernel: SandboxedKernel) -> None:
    kernel.kill()
    kernel.kill()
    kernel.close()
    kernel.close()
    kernel.kill()
    assert kernel.exit_status() == -signal.SIGKILL


def test_a_closed_kernel_answers_without_harm(kernel: SandboxedKernel) -> None:
    kernel.close()
    kernel.interrupt()
    assert (kernel.memory_bytes(), process_count(kernel), kernel.exit_status()) == (0, 0, -signal.SIGKILL)


def test_closing_a_connection_ends_its_kernels_and_no_others(zygote: Zygote, kernel: SandboxedKernel) -> None:
    connection = ZygoteConnection(zygote.address)
    others = [connection.fork(files={}, limits=_LIMITS) for _ in range(3)]
    processes = [other.process_id for other in others]
    connection.close()
    assert all(_ends(process) for process in processes)
    assert kernel.exit_status() is None


_HOLD_A_KERNEL = """
import sys, time
from sheetgrader.kernels.launcher import ZygoteConnection
from sheetgrader.sandbox.limits import SandboxLimits
kernel = ZygoteConnection(sys.argv[1]).fork(files={}, limits=SandboxLimits())
print(kernel.process_id, flush=True)
time.sleep(600)
"""


def test_a_workers_death_ends_its_kernels(zygote: Zygote) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD_A_KERNEL, zygote.address], stdout=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stdout is not None
        process = int(worker.stdout.readline())
        assert Path(f"/proc/{process}").exists()
        worker.kill()
    assert _ends(process)


def test_a_kernel_and_its_worker_can_end_at_the_same_moment(
    zygote: Zygote, kernel: SandboxedKernel, new_kernel: NewKernel
) -> None:
    inside = int(Path(f"/proc/{kernel.process_id}/status").read_text().partition("PPid:")[2].split()[0])
    workers = [
        subprocess.Popen([sys.executable, "-c", _HOLD_A_KERNEL, zygote.address], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    processes = [int(worker.stdout.readline()) for worker in workers if worker.stdout is not None]
    # So that the zygote hears of both at once.
    os.kill(inside, signal.SIGSTOP)
    for process, worker in zip(processes, workers, strict=True):
        os.kill(process, signal.SIGKILL)
        worker.kill()
        worker.communicate()
    os.kill(inside, signal.SIGCONT)
    assert all(_ends(process) for process in processes)
    assert new_kernel().exit_status() is None
    assert kernel.exit_status() is None


_START_AND_HOLD_A_KERNEL = """
import os, sys, time
from sheetgrader.kernels.launcher import Zygote, ZygoteConnection
from sheetgrader.sandbox.limits import Isolation, SandboxLimits
zygote = Zygote.start(preload=(), isolation=Isolation(sys.argv[1]))
kernel = ZygoteConnection(zygote.address).fork(files={}, limits=SandboxLimits())
worker = os.fork()
if worker == 0:
    # Outlives the main process, and has copies of all that it had open.
    time.sleep(60)
    os._exit(0)
print(zygote._process.pid, kernel.process_id, worker, os.path.dirname(zygote.address), flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("isolation", Isolation)
def test_the_main_processs_death_ends_everything(isolation: Isolation) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _START_AND_HOLD_A_KERNEL, isolation.value], stdout=subprocess.PIPE, text=True
    ) as main:
        assert main.stdout is not None
        *processes, folder = main.stdout.readline().split()
        zygote_process, kernel_process, worker = map(int, processes)
        main.kill()
        try:
            assert _ends(zygote_process)
            assert _ends(kernel_process)
            groups = [link.readlink() for link in Path(folder).glob("kernel-*/group")]
            assert [group.exists() for group in groups] == [True] * len(groups)
            assert bool(groups) == bool(control_group.writable_parents())
        finally:
            os.kill(worker, signal.SIGKILL)
    assert _ends(worker)
    # The next run clears it away.
    Zygote.start(preload=()).close()
    assert not Path(folder).exists()
    assert [group for group in groups if group.exists()] == []


def test_the_zygotes_death_ends_its_kernels_and_is_told() -> None:
    with Zygote.start(preload=()) as zygote:
        connection = ZygoteConnection(zygote.address)
        kernel = connection.fork(files={}, limits=_LIMITS)
        inside = Path(f"/proc/{kernel.process_id}/status").read_text().partition("PPid:")[2].split()[0]
        os.kill(int(inside), signal.SIGKILL)
        assert select.select([kernel.pidfd], [], [], 20)[0]
        assert kernel.exit_status() == -signal.SIGKILL
        with pytest.raises(IsolationError, match="run the command again"):
            connection.fork(files={}, limits=_LIMITS)
        connection.close()


def test_a_zygote_that_dies_while_it_starts_is_told() -> None:
    with Zygote.start() as zygote:
        zygote._process.kill()
        with pytest.raises(IsolationError, match=r"ended while it started \(exit status -9\)"):
            zygote.wait_ready()


def test_a_strict_file_mode_mask_is_no_hindrance() -> None:
    before = os.umask(0o077)
    try:
        with Zygote.start(preload=()) as zygote:
            zygote.wait_ready()
    finally:
        os.umask(before)


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user reads its own files in the sandbox too")
def test_an_environment_that_others_cannot_read_is_named_with_the_way_out() -> None:
    code = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from sheetgrader.sandbox import syscalls\n"
        "from sheetgrader.kernels.launcher import Zygote\n"
        "from sheetgrader.errors import IsolationError\n"
        # A copy of the folder that the interpreter stands in, for this process alone.
        "syscalls.unshare(syscalls.CLONE_NEWNS)\n"
        "syscalls.mount(None, '/', flags=syscalls.MS_REC | syscalls.MS_PRIVATE)\n"
        "programs = str(Path(sys.executable).parent)\n"
        "links = [(path.name, os.readlink(path)) for path in Path(programs).iterdir() if path.is_symlink()]\n"
        "syscalls.mount('unreadable', programs, 'tmpfs', options='mode=700')\n"
        "for name, target in links: os.symlink(target, f'{programs}/{name}')\n"
        "with Zygote.start(preload=()) as zygote:\n"
        "    try: zygote.wait_ready()\n"
        "    except IsolationError as error: print(error)"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert f"may not read {Path(sys.prefix).resolve()}: `chmod -R a+rX` it" in printed
    assert len(printed.splitlines()) == 1


def test_starting_returns_at_once_and_workers_may_come_early() -> None:
    with Zygote.start(preload=()) as zygote:
        # No wait_ready: the kernel comes when the imports are done.
        kernel = ZygoteConnection(zygote.address).fork(files={"a": b"b"}, limits=_LIMITS)
        assert kernel.read_file("a", 1) == b"b"
        kernel.close()
        zygote.wait_ready()
        zygote.wait_ready()


def test_a_zygote_can_be_closed_before_it_is_ready_and_twice() -> None:
    zygote = Zygote.start()
    zygote.close()
    zygote.close()
    assert not Path(zygote.address).parent.exists()


def test_waiting_has_an_end() -> None:
    with Zygote.start() as zygote, pytest.raises(IsolationError, match="not ready within"):
        zygote.wait_ready(0.01)


def test_sockets_stand_in_a_folder_of_this_user_alone(zygote: Zygote, kernel: SandboxedKernel) -> None:
    folder = Path(zygote.address).parent
    assert folder.stat().st_mode & 0o777 == 0o700
    for address in kernel.sockets.values():
        assert Path(address.removeprefix("ipc://")).is_socket()
        assert Path(address.removeprefix("ipc://")).is_relative_to(folder)
    assert list(kernel.sockets) == ["shell", "iopub", "stdin", "control", "hb"]


def _open_descriptors(process: int | str = "self") -> int:
    return len(list(Path(f"/proc/{process}/fd").iterdir()))


def test_a_hundred_kernels_leave_nothing_behind() -> None:
    with Zygote.start(preload=()) as zygote:
        zygote.wait_ready()
        connection = ZygoteConnection(zygote.address)
        first = connection.fork(files={"file": b"content"}, limits=_LIMITS)
        inside = int(Path(f"/proc/{first.process_id}/status").read_text().partition("PPid:")[2].split()[0])
        first.close()
        folder = Path(zygote.address).parent
        groups = [parent for parent, _ in control_group.writable_parents()]

        def census() -> tuple[Any, ...]:
            gc.collect()
            return (
                _open_descriptors(),
                _open_descriptors(inside),
                sorted(path.name for path in folder.iterdir()),
                len(Path("/proc/self/mountinfo").read_text().splitlines()),
                len(Path(f"/proc/{inside}/mountinfo").read_text().splitlines()),
                Path(f"/proc/{inside}/task/{inside}/children").read_text(),
                [group for parent in groups for group in parent.glob(f"{folder.name}*")],
            )

        before = census()
        for _ in range(100):
            connection.fork(files={"file": b"content"}, limits=_LIMITS).close()
        assert census() == before
        connection.close()
    assert not folder.exists()


def test_a_plain_process_works_beside_its_files_within_limits(plain: ZygoteConnection, ask: Ask) -> None:
    kernel = plain.fork(files={"a/b.txt": b"hello"}, limits=SandboxLimits(memory_bytes=256 << 20))
    assert ask(kernel, "import os\nanswer = open('a/b.txt').read()") == "hello"
    assert ask(kernel, "import os\nanswer = os.environ['HOME'] == os.getcwd() != '/submission/work'") is True
    assert (
        ask(kernel, "try:\n    answer = len(bytearray(400 << 20))\nexcept MemoryError:\n    answer = 'refused'")
        == "refused"
    )
    ask(kernel, "open('result', 'w').write('result')\nanswer = None")
    assert kernel.read_file("result", 100) == b"result"
    kernel.kill()
    assert kernel.read_file("result", 100) == b"result"
    work = Path(kernel.sockets["shell"].removeprefix("ipc://")).parent
    assert work.exists()
    kernel.close()
    assert not work.exists()


@pytest.mark.parametrize("ending", ["kill", "own exit"])
def test_a_plain_process_takes_its_descendants_with_it(plain: ZygoteConnection, ask: Ask, ending: str) -> None:
    kernel = plain.fork(files={}, limits=_LIMITS)
    code = """
import os, signal, time
reading, writing = os.pipe()
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            os.write(writing, f"{os.getpid()} ".encode())
            time.sleep(600)
        os._exit(0)
found = ""
while found.count(" ") < 3:
    found += os.read(reading, 100).decode()
answer = [int(process) for process in found.split()]
"""
    daemons = ask(kernel, code)
    assert len(daemons) == 3
    if ending == "kill":
        kernel.kill()
    else:
        with pytest.raises(AssertionError, match="ended with 0"):
            ask(kernel, "import os\nos._exit(0)")
    assert kernel.exit_status() == (-signal.SIGKILL if ending == "kill" else 0)
    assert [daemon for daemon in daemons if not _ends(daemon, seconds=0.5)] == []


def test_folders_without_permissions_are_removed_too(plain: ZygoteConnection, ask: Ask) -> None:
    kernel = plain.fork(files={}, limits=_LIMITS)
    ask(
        kernel,
        "import os\nos.makedirs('a/b')\nopen('a/b/c', 'w').close()\nos.chmod('a/b', 0)\nos.chmod('a', 0)\nanswer ="
        " None",
    )
    folder = Path(kernel.sockets["shell"].removeprefix("ipc://")).parent
    kernel.close()
    assert not folder.exists()
