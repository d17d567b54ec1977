from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sheetgrader.inside import child, zygote
from sheetgrader.kernels.launcher import SandboxedKernel, Zygote
from sheetgrader.sandbox import messages, work_folder
from sheetgrader.sandbox.limits import SandboxLimits

Ask = Callable[..., Any]
NewKernel = Callable[..., SandboxedKernel]

#: Counts a text in all memory of its own process; the text is put together so that the question does not hold it.
_SEARCH = """
needle = bytes.fromhex({half!r}) + bytes.fromhex({other_half!r})
answer = 0
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
    for line in maps:
        addresses, permissions = line.split()[:2]
        if "r" not in permissions or line.rstrip().endswith(("[vvar]", "[vsyscall]", "[vvar_vclock]")):
            continue
        start, end = (int(address, 16) for address in addresses.split("-"))
        try:
            memory.seek(start)
            while start < end:
                piece = memory.read(min(1 << 22, end - start))
                answer += piece.count(needle)
                start += len(piece) or end
        except OSError:
            pass
    del piece
answer -= 1  # the needle itself
"""


def _search(needle: bytes) -> str:
    middle = len(needle) // 2
    return _SEARCH.format(half=needle[:middle].hex(), other_half=needle[middle:].hex())


def test_a_submission_leaves_no_trace_in_later_kernels(new_kernel: NewKernel, ask: Ask) -> None:
    canary = secrets.token_hex(20).encode()
    first = new_kernel(
        {"answer.txt": canary * 50, f"{canary.decode()}.py": b""}, environment={"CANARY": canary.decode()}
    )
    assert ask(first, f"text = {canary.decode()!r} * 3\n" + _search(canary)) > 2
    for _ in range(2):
        assert ask(new_kernel(), _search(canary)) == 0
    first.close()
    assert ask(new_kernel(), _search(canary)) == 0


def test_slow_modules_that_no_kernel_needs_are_left_out(kernel: SandboxedKernel, ask: Ask) -> None:
    wanted = (
        "[name for name in ('rfc3987_syntax', 'debugpy', 'nbgrader', 'pytest', 'sheetgrader.grading') if name in"
        " __import__('sys').modules]"
    )
    assert ask(kernel, f"answer = {wanted}") == []


def test_libraries_are_there_before_the_first_kernel(kernel: SandboxedKernel, ask: Ask) -> None:
    assert ask(
        kernel, "import sys\nanswer = [name in sys.modules for name in ('numpy', 'matplotlib.pyplot', 'torch')]"
    ) == [True, True, True]


def test_kernels_use_as_many_threads_as_they_may(new_kernel: NewKernel, ask: Ask) -> None:
    code = """
import os, torch
product = torch.ones(300, 300) @ torch.ones(300, 300)
answer = [torch.get_num_threads(), os.environ["OMP_NUM_THREADS"], product.sum().item()]
"""
    assert ask(new_kernel(torch_threads=1), code) == [1, "1", 300.0**3]
    assert ask(new_kernel(torch_threads=2), code) == [2, "2", 300.0**3]


def test_two_kernels_at_once_do_not_see_each_other(new_kernel: NewKernel, ask: Ask) -> None:
    kernels = [new_kernel({"name": str(number).encode()}) for number in range(4)]
    for kernel in kernels:
        ask(kernel, "open('/tmp/mine', 'w').close()\nopen('/dev/shm/mine', 'w').close()\nanswer = None")
    code = (
        "import os\nanswer = [open('name').read(), os.listdir('/tmp'), os.listdir('/dev/shm'), [n for n in"
        " os.listdir('/proc') if n.isdigit()]]"
    )
    for number, kernel in enumerate(kernels):
        name, temporary, shared, processes = ask(kernel, code)
        assert (name, shared, processes) == (str(number), ["mine"], ["1"])
        assert "mine" in temporary


def test_garbage_and_half_a_request_harm_nobody(
    zygote: Zygote, kernel: SandboxedKernel, new_kernel: NewKernel, ask: Ask
) -> None:
    def connect() -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        connection.settimeout(20)
        connection.connect(zygote.address)
        return connection

    for packet in (b"\xff\xfe", b"[1, 2]", b"null"):
        with connect() as connection:
            connection.send(packet)
            assert messages.receive(connection) is None
    with connect() as connection:
        messages.send(connection, {})
        answer = messages.receive(connection)
        assert answer is not None
        assert "failed" in answer.content
    with connect() as connection:
        # A parcel, but no sockets to listen on.
        parcel = work_folder.pack(child.settings(SandboxLimits(), {}, "/nowhere"), {})
        messages.send(connection, {"without": []}, [parcel])
        os.close(parcel)
        answers = []
        while (answer := messages.receive(connection)) is not None:
            answers.append(answer.content)
            answer.close()
        assert {"exited": 1} in answers
    assert ask(kernel, "answer = 'alive'") == "alive"
    assert ask(new_kernel(), "answer = 'alive'") == "alive"


def test_the_zygote_starts_with_nothing_of_the_hosts_environment() -> None:
    assert not set(zygote.environment("/folder").values()) & set(os.environ.values()) - {
        "C.UTF-8",
        "1",
        os.environ.get("PATH"),
    }


_WITH_A_LIBRARY_OF_THE_USERS = """
import site, sys
from sheetgrader.errors import IsolationError
from sheetgrader.kernels.launcher import Zygote, ZygoteConnection
from sheetgrader.sandbox.limits import SandboxLimits
sys.path.append(site.getusersitepackages())
with Zygote.start(preload=("not_installed_anywhere", sys.argv[1])) as zygote:
    try:
        zygote.wait_ready()
        print("ready")
    except IsolationError as error:
        print(error)
"""


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import threading, time\nthreading.Thread(target=time.sleep, args=(600,), daemon=True).start()", "preload"),
        ("value = 1", "ready"),
    ],
    ids=["starts a thread", "harmless"],
)
def test_a_library_that_starts_threads_is_refused_in_one_sentence(tmp_path: Path, source: str, expected: str) -> None:
    libraries = tmp_path / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    libraries.mkdir(parents=True)
    (libraries / "users_library.py").write_text(source)
    done = subprocess.run(
        [sys.executable, "-c", _WITH_A_LIBRARY_OF_THE_USERS, "users_library"],
        env={**os.environ, "PYTHONUSERBASE": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert expected in done.stdout
    assert len(done.stdout.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr
