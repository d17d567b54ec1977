from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sheetgrader.errors import SheetgraderError
from sheetgrader.report.page_process import PageError, PageLimits, PageProcess
from sheetgrader.sandbox import landlock

_ROOT = Path(__file__).parents[2]
_MAKER = "tests.report.page_maker"
_LIMITS = PageLimits(cpu_seconds=1, seconds=30, memory_bytes=256 << 20, page_bytes=1 << 20)


@pytest.fixture(scope="module", autouse=True)
def maker_can_be_imported() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(_ROOT))
        yield


@pytest.fixture(scope="module")
def process(maker_can_be_imported) -> Iterator[PageProcess]:
    with PageProcess(_MAKER, _LIMITS) as started:
        yield started


def test_a_page_is_what_the_module_makes_of_its_content(process: PageProcess) -> None:
    assert process.make(b"content") == b"content"


def test_a_page_finds_nothing_of_those_before_it(process: PageProcess) -> None:
    assert process.make(b"remember a secret") == b"a secret; remember a secret"
    assert process.make(b"content") == b"content"


def test_a_page_finds_what_the_course_itself_has_warmed_up() -> None:
    with PageProcess(_MAKER) as process:
        process.warm(b"remember the sheet")
        assert process.make(b"content") == b"the sheet; content"
        process.close()
        assert process.make(b"content") == b"the sheet; content"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("count", "it took more than 1 seconds of the processor"),
        ("hoard", "it took more than 256 MiB of memory"),
        (f"flood {2 << 20}", "it came to more than 1 MiB"),
        ("raise what a stranger wrote", "it failed with LookupError"),
        ("end SIGSEGV", "broke the process that makes pages"),
        ("end SIGKILL", "broke the process that makes pages"),
    ],
)
def test_a_page_that_breaks_costs_itself_alone(process: PageProcess, content: str, reason: str) -> None:
    with pytest.raises(PageError, match=reason) as told:
        process.make(content.encode())
    assert "stranger" not in str(told.value)
    assert process.make(b"the next one") == b"the next one"


def test_a_page_that_only_waits_is_ended_by_the_clock() -> None:
    with PageProcess(_MAKER, PageLimits(seconds=2)) as process:
        with pytest.raises(PageError, match="it took more than 2 seconds"):
            process.make(b"sleep")
        assert process.make(b"the next one") == b"the next one"


def test_a_warm_process_that_was_killed_is_started_again(process: PageProcess) -> None:
    process.make(b"content")
    # Other tests' helpers may be children of this process as well.
    (warm,) = [child for child in _children() if b"page_server" in Path(f"/proc/{child}/cmdline").read_bytes()]
    os.kill(warm, signal.SIGKILL)
    os.waitid(os.P_PID, warm, os.WEXITED | os.WNOWAIT)
    assert process.make(b"content") == b"content"


def test_a_page_writes_no_file(process: PageProcess, tmp_path: Path) -> None:
    with pytest.raises(PageError, match="it failed with"):
        process.make(f"write {tmp_path / 'file'}".encode())
    assert not (tmp_path / "file").exists() or not (tmp_path / "file").read_bytes()


@pytest.mark.skipif(os.geteuid() == 0, reason="no limit on processes holds for root")
def test_a_page_starts_no_process(process: PageProcess) -> None:
    with pytest.raises(PageError, match="it failed with BlockingIOError"):
        process.make(b"fork")


@pytest.mark.skipif(not landlock.version(), reason="this kernel has no Landlock")
def test_a_page_reads_no_file_but_libraries(process: PageProcess, tmp_path: Path) -> None:
    (tmp_path / "gradebook").write_text("points")
    for path in (tmp_path / "gradebook", Path("/proc/self/environ"), Path("/etc/passwd")):
        with pytest.raises(PageError, match="it failed with PermissionError"):
            process.make(f"read {path}".encode())
    assert b"def main" in process.make(f"read {_ROOT / 'src/sheetgrader/report/page_server.py'}".encode())


def test_a_page_reaches_no_network(process: PageProcess) -> None:
    if not _gives_a_network_of_its_own():
        pytest.skip("this machine refuses namespaces")
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(PageError, match="it failed with OSError"):
        process.make(f"connect {server.getsockname()[1]}".encode())


def test_a_maker_that_cannot_be_imported_is_one_sentence() -> None:
    with PageProcess("tests.report.no_such_module") as process, pytest.raises(SheetgraderError) as told:
        process.make(b"content")
    assert str(told.value).startswith("the process that makes pages did not start: ModuleNotFoundError")


def test_ctrl_c_ends_it_at_once_and_leaves_no_process() -> None:
    code = (
        "import sys\n"
        "from sheetgrader.report.page_process import PageProcess\n"
        f"with PageProcess({_MAKER!r}) as process:\n"
        "    process.make(b'content')\n"
        "    print('ready', flush=True)\n"
        "    process.make(b'sleep')\n"
    )
    started = subprocess.Popen(
        [sys.executable, "-c", code], cwd=_ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert started.stdout.readline() == "ready\n"
    time.sleep(0.5)
    of_it = [child for parent in _children(started.pid) for child in (parent, *_children(parent))]
    assert len(of_it) == 2
    started.send_signal(signal.SIGINT)
    started.communicate(timeout=10)
    until = time.monotonic() + 10
    while any(Path(f"/proc/{child}").exists() for child in of_it):
        assert time.monotonic() < until
        time.sleep(0.01)


def _children(process: int | None = None) -> list[int]:
    task = Path(f"/proc/{process or os.getpid()}/task")
    return [int(child) for thread in task.iterdir() for child in (thread / "children").read_text().split()]


def _gives_a_network_of_its_own() -> bool:
    code = (
        "import os; from sheetgrader.sandbox import syscalls;"
        "syscalls.unshare(syscalls.CLONE_NEWNET | (syscalls.CLONE_NEWUSER if os.geteuid() else 0))"
    )
    return subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0
