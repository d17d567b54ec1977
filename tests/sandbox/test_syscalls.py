from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from sheetgrader.sandbox import syscalls
from sheetgrader.sandbox.syscalls import AARCH64, NUMBERS, X86_64, Architecture

RunPython = Callable[..., str]

_HEADERS = {
    X86_64.name: (Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"), Path("/usr/include/asm/unistd_64.h")),
    # The machine of aarch64 has the numbers of the generic one.
    AARCH64.name: (Path("/usr/include/asm-generic/unistd.h"),),
}


@pytest.mark.parametrize("architecture", [X86_64, AARCH64], ids=lambda architecture: architecture.name)
def test_numbers_are_those_of_the_kernel_headers(architecture: Architecture) -> None:
    header = next((path for path in _HEADERS[architecture.name] if path.exists()), None)
    if header is None:
        pytest.skip("the kernel's headers are not installed")
    listed = {
        name: int(number) for name, number in re.findall(r"#define\s+__NR(?:3264)?_(\w+)\s+(\d+)", header.read_text())
    }
    newest = max(listed.values())
    ours = {name: architecture.number(name) for name in NUMBERS}
    assert {name: number for name, number in ours.items() if number is None or number <= newest} == {
        name: listed.get(name) for name, number in ours.items() if number is None or number <= newest
    }


def test_an_unknown_machine_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    with pytest.raises(OSError, match="riscv64"):
        syscalls.this_architecture()


def test_errors_name_the_call() -> None:
    with pytest.raises(OSError, match="umount2 /nowhere"):
        syscalls.unmount("/nowhere")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "secret").write_text("secret")
    inside = tmp_path / "inside"
    (inside / "deeper").mkdir(parents=True)
    (inside / "plain").write_text("plain")
    (inside / "deeper" / "plain").write_text("deeper")
    (inside / "link").symlink_to("plain")
    (inside / "way_out").symlink_to("..")
    (inside / "magic").symlink_to("/proc/self/cwd")
    os.mkfifo(inside / "pipe")
    return inside


def _open(folder: Path, name: str) -> int:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        return syscalls.open_beneath(descriptor, name)
    finally:
        os.close(descriptor)


@pytest.mark.parametrize(
    ("name", "content"), [("plain", b"plain"), ("deeper/plain", b"deeper"), ("deeper/../plain", b"plain")]
)
def test_opens_files_beneath_a_folder(folder: Path, name: str, content: bytes) -> None:
    with os.fdopen(_open(folder, name), "rb") as file:
        assert file.read() == content


@pytest.mark.parametrize("name", ["link", "way_out/secret", "../secret", "/etc/passwd", "magic/plain", "missing"])
def test_opens_nothing_through_links_or_above_the_folder(folder: Path, name: str) -> None:
    with pytest.raises(OSError, match="openat2"):
        _open(folder, name)


def test_opening_does_not_wait_for_the_other_end_of_a_pipe(folder: Path) -> None:
    os.close(_open(folder, "pipe"))


def test_nothing_stays_open_but_what_is_kept(run_python: RunPython) -> None:
    printed = run_python(
        "import os\n"
        "from sheetgrader.sandbox import syscalls\n"
        "opened = [os.open('/dev/null', os.O_RDONLY) for _ in range(20)]\n"
        "kept = [0, 1, 2, opened[3], opened[17]]\n"
        "syscalls.close_all_except(kept)\n"
        "still_open = []\n"
        "for descriptor in range(200):\n"
        "    try: os.fstat(descriptor)\n"
        "    except OSError: continue\n"
        "    still_open.append(descriptor)\n"
        "print(still_open == kept)"
    )
    assert printed == "True"


def test_a_cloned_child_is_in_new_namespaces_and_knows_that_it_forked(run_python: RunPython) -> None:
    printed = run_python(
        "import os\n"
        "from sheetgrader.sandbox import syscalls\n"
        "os.register_at_fork(after_in_child=lambda: print('hook', flush=True))\n"
        "process = syscalls.clone(syscalls.CLONE_NEWUSER | syscalls.CLONE_NEWPID)\n"
        "if process == 0:\n"
        "    print(os.getpid(), flush=True)\n"
        "    os._exit(7)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))"
    )
    assert printed.split() == ["hook", "1", "7"]
