"""What the commands say and do where the machine gives no sandbox, as root and as an ordinary user."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sheetgrader.sandbox.syscalls import PR_SET_NO_NEW_PRIVS

_ORDINARY_USER = Path(__file__).parents[1] / "sandbox" / "ordinary_user.py"
_NOBODY = 65533
_COMMAND = "from sheetgrader.cli import main\nmain()"
#: Makes this process one on a machine that has no user namespaces, for all that it can tell.
_WITHOUT_NAMESPACES = f"""
import errno
from sheetgrader.sandbox import seccomp, syscalls
machine = syscalls.this_architecture()
refuse = seccomp.Instruction(0x06, 0, 0, 0x00050000 | errno.EPERM)
filtered = [seccomp.Instruction(0x20, 0, 0, 0)]
for call in ("unshare", "mount", "pivot_root"):
    filtered += [seccomp.Instruction(0x15, 0, 1, machine.number(call)), refuse]
filtered.append(seccomp.Instruction(0x06, 0, 0, 0x7FFF0000))
syscalls.process_control({PR_SET_NO_NEW_PRIVS}, 1)
seccomp.install(seccomp.encode(filtered))
"""
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(params=["root", "ordinary user"])
def run(request: pytest.FixtureRequest, builder) -> Iterator[Run]:
    """Run a command in a small course of this user's."""
    is_root = request.param == "root"
    if is_root != (os.geteuid() == 0) and is_root:
        pytest.skip("only root can show what root gets")
    with tempfile.TemporaryDirectory() as folder:
        builder.root = Path(folder, "course")
        builder.write("nbgrader_config.py", "c = get_config()\nc.CourseDirectory.course_id = 'course'\n")
        builder.source(
            builder.answer("ex1_code", "### BEGIN SOLUTION\ndef f(x):\n    return x\n### END SOLUTION"),
            builder.tests("ex1_test", "assert f(1) == 1"),
        )
        builder.submit(
            "noether",
            builder.answer("ex1_code", "def f(x):\n    return x"),
            builder.tests("ex1_test", "assert f(1) == 1"),
        )
        Path(folder).chmod(0o755)
        become = [] if is_root or os.geteuid() != 0 else [sys.executable, str(_ORDINARY_USER)]
        if become:
            for path in (Path(folder), *Path(folder).rglob("*")):
                shutil.chown(path, _NOBODY, _NOBODY)

        def command(
            *arguments: str, has_namespaces: bool = True, has_home: bool = True
        ) -> subprocess.CompletedProcess[str]:
            code = ("" if has_namespaces else _WITHOUT_NAMESPACES) + _COMMAND
            environment = {
                **os.environ,
                "HOME": folder,
                "TMPDIR": folder,
                "PYTHONDONTWRITEBYTECODE": "1",
                "COLUMNS": "400",
            }
            if not has_home:
                del environment["HOME"]
            command = [*become, sys.executable, "-c", code, *arguments]
            return subprocess.run(
                command, cwd=builder.root, env=environment, capture_output=True, text=True, timeout=300, check=False
            )

        yield command


def test_doctor_and_grade_agree_on_whether_this_machine_is_safe(run: Run) -> None:
    told = run("doctor", "--json")
    assert (told.returncode, json.loads(told.stdout)["safe"]) == (0, True), told.stderr
    graded = run("grade", "sheet", "--json")
    assert json.loads(graded.stdout)["groups"][0]["points"] == 1.0, graded.stderr


def test_grade_refuses_without_a_sandbox_and_a_run_without_one_says_so_everywhere(run: Run, builder) -> None:
    told = run("doctor", "--json", has_namespaces=False)
    assert (told.returncode, json.loads(told.stdout)["safe"]) == (1, False)
    refused = run("grade", "sheet", has_namespaces=False)
    assert refused.returncode == 2
    assert "sheetgrader doctor" in refused.stderr
    assert "Traceback" not in refused.stderr
    graded = run("grade", "sheet", "--isolation", "process", "--json", has_namespaces=False)
    assert json.loads(graded.stdout)["isolation"] == "process"
    assert "--isolation process" in graded.stderr
    made = run("feedback", "sheet", has_namespaces=False)
    assert made.returncode == 0, made.stdout + made.stderr
    assert "--isolation process" in (builder.root / "feedback/noether/sheet/sheet.html").read_text()


def test_a_user_of_a_number_alone_grades_and_hands_back(run: Run) -> None:
    for command in (("release", "sheet"), ("grade", "sheet"), ("feedback", "sheet")):
        told = run(*command, has_home=False)
        assert told.returncode == 0, (command, told.stdout, told.stderr)
