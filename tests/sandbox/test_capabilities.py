from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sheetgrader.sandbox.capabilities import Capability, examine, missing_rings, safe_level

AsOrdinaryUser = Callable[..., str]

_ORDINARY_USER = Path(__file__).with_name("ordinary_user.py")

#: Makes this process one on a machine that has no user namespaces, for all that it can tell.
_WITHOUT_NAMESPACES = """
import errno
from sheetgrader.sandbox import seccomp, syscalls
machine = syscalls.this_architecture()
refuse = seccomp.Instruction(0x06, 0, 0, 0x00050000 | errno.EPERM)
filtered = [seccomp.Instruction(0x20, 0, 0, 0)]
for call in ("unshare", "mount", "pivot_root"):
    filtered += [seccomp.Instruction(0x15, 0, 1, machine.number(call)), refuse]
filtered.append(seccomp.Instruction(0x06, 0, 0, 0x7FFF0000))
syscalls.process_control(syscalls.PR_SET_NO_NEW_PRIVS, 1)
seccomp.install(seccomp.encode(filtered))
"""


@pytest.fixture
def as_ordinary_user() -> Iterator[AsOrdinaryUser]:
    """Run this Python, given its arguments, as a user without any privilege, and get back what it printed."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)

        def run(*arguments: str, masked_proc: bool = False) -> str:
            # Who is no root is an ordinary user already.
            become = (
                [sys.executable, str(_ORDINARY_USER), *["--masked-proc"] * masked_proc] if os.geteuid() == 0 else []
            )
            done = subprocess.run(
                [*become, sys.executable, *arguments],
                env={**os.environ, "HOME": folder, "TMPDIR": folder, "PYTHONDONTWRITEBYTECODE": "1"},
                cwd=Path(__file__).parents[2],
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stdout + done.stderr
            return done.stdout.strip()

        yield run


@pytest.fixture(scope="module")
def found() -> tuple[Capability, ...]:
    return examine()


def test_every_ring_is_told_in_a_sentence(found: tuple[Capability, ...]) -> None:
    assert [capability.name for capability in found] == [
        "user namespaces",
        "private root folder",
        "process namespace",
        "network namespace",
        "system call filter",
        "process descriptors",
        "closing descriptors",
        "safe opening of files",
        "Landlock",
        "memory control group",
    ]
    for capability in found:
        assert capability.detail.endswith(".")
        assert bool(capability.remedy) != capability.works


def test_trying_leaves_nothing_behind(found: tuple[Capability, ...]) -> None:
    before = ({path.name for path in Path(tempfile.gettempdir()).iterdir()}, Path("/proc/self/mountinfo").read_text())
    examine()
    after = ({path.name for path in Path(tempfile.gettempdir()).iterdir()}, Path("/proc/self/mountinfo").read_text())
    # Other programs use the folder too.
    assert [name for name in after[0] - before[0] if name.startswith("tmp")] == []
    assert after[1] == before[1]


def test_the_machine_that_runs_these_tests_is_safe(found: tuple[Capability, ...]) -> None:
    assert missing_rings(found) == []
    assert safe_level(found)


def test_only_required_rings_decide(found: tuple[Capability, ...]) -> None:
    for position, capability in enumerate(found):
        broken = [*found[:position], replace(capability, works=False), *found[position + 1 :]]
        assert safe_level(broken) == (not capability.is_required)
        assert missing_rings(broken) == ([capability.name] if capability.is_required else [])
    assert {capability.name for capability in found if not capability.is_required} == {
        "Landlock",
        "memory control group",
    }


def test_a_machine_without_namespaces_is_found_out(as_ordinary_user: AsOrdinaryUser) -> None:
    printed = as_ordinary_user(
        "-c",
        _WITHOUT_NAMESPACES
        + "from sheetgrader.sandbox.capabilities import examine, missing_rings\nprint(*missing_rings(examine()),"
        " sep='\\n')",
    )
    assert printed.splitlines() == ["user namespaces", "private root folder", "process namespace", "network namespace"]


def test_nothing_starts_on_a_machine_without_namespaces_and_one_sentence_says_why(
    as_ordinary_user: AsOrdinaryUser,
) -> None:
    printed = as_ordinary_user(
        "-c",
        _WITHOUT_NAMESPACES + "from sheetgrader.errors import IsolationError\n"
        "from sheetgrader.kernels.launcher import Zygote\n"
        "with Zygote.start() as zygote:\n"
        "    try: zygote.wait_ready()\n"
        "    except IsolationError as error: print(error)",
    )
    assert "user namespaces are refused" in printed
    assert "it lacks: user namespaces, private root folder, process namespace, network namespace" in printed
    assert "sheetgrader doctor" in printed
    assert len(printed.splitlines()) == 1


def test_a_plain_process_works_where_the_sandbox_does_not(as_ordinary_user: AsOrdinaryUser) -> None:
    printed = as_ordinary_user(
        "-c",
        _WITHOUT_NAMESPACES + "from sheetgrader.kernels.launcher import Zygote, ZygoteConnection\n"
        "from sheetgrader.sandbox.locking import Isolation, SandboxLimits\n"
        "with Zygote.start(preload=(), isolation=Isolation.PROCESS) as zygote:\n"
        "    zygote.wait_ready()\n"
        "    kernel = ZygoteConnection(zygote.address).fork(files={'a': b'b'}, limits=SandboxLimits())\n"
        "    print(kernel.exit_status(), kernel.read_file('a', 1))\n"
        "    kernel.close()",
    )
    assert printed == "None b'b'"


def test_an_ordinary_user_has_all_required_rings(as_ordinary_user: AsOrdinaryUser) -> None:
    code = (
        "import os\nfrom sheetgrader.sandbox.capabilities import examine, missing_rings\nprint(os.getuid() == 0,"
        " missing_rings(examine()))"
    )
    assert as_ordinary_user("-c", code) == "False []"


@pytest.mark.skipif(os.geteuid() != 0, reason="these tests run as an ordinary user already")
def test_for_an_ordinary_user_every_attack_is_stopped_too(as_ordinary_user: AsOrdinaryUser) -> None:
    tests = ["tests/sandbox/test_locking.py", "tests/sandbox/test_private_root.py", "tests/kernels/test_launcher.py"]
    # Those that start further zygotes take long, and show nothing that depends on the user.
    left_out = (
        "plain",
        "hundred",
        "without_its_ring",
        "zygotes_death",
        "main_process",
        "early",
        "before_it_is_ready",
        "waiting",
    )
    printed = as_ordinary_user(
        "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests, "-k", " and ".join(f"not {name}" for name in left_out)
    )
    assert "passed" in printed


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can hide parts of /proc")
def test_a_container_that_hides_parts_of_proc_still_gives_a_sandbox(as_ordinary_user: AsOrdinaryUser) -> None:
    code = (
        "from sheetgrader.sandbox.capabilities import examine, safe_level\nfound = examine()\nprint(safe_level(found),"
        " *[capability.detail for capability in found if capability.name == 'process namespace'])"
    )
    printed = as_ordinary_user("-c", code, masked_proc=True)
    assert printed.startswith("True Student code sees no other processes; it gets no /proc")
    wanted = (
        "has_its_files or interrupt or exit_is_told or attack_is_stopped and (root or capabilities or seccomp or"
        " landlock)"
    )
    command = (
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "tests/kernels/test_launcher.py",
        "tests/sandbox/test_locking.py",
        "-k",
        wanted,
    )
    assert "passed" in as_ordinary_user(*command, masked_proc=True)
