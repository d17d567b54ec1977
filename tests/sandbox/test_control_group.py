from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sheetgrader.sandbox import control_group
from sheetgrader.sandbox.control_group import MemoryGroup, writable_parents

needs_groups = pytest.mark.skipif(not writable_parents(), reason="this user can make no memory control group")

_ALLOCATE = """
import os
input()
kept = bytearray(os.urandom(1 << 20) * 200)
"""


@needs_groups
def test_a_process_over_the_limit_is_killed_and_counted() -> None:
    group = MemoryGroup.create(f"sheetgrader-test-{os.getpid()}", 64 << 20)
    assert group is not None
    try:
        assert group.kills() == 0
        with subprocess.Popen([sys.executable, "-c", _ALLOCATE], stdin=subprocess.PIPE) as process:
            group.add(process.pid)
            process.communicate(b"\n")
        assert process.returncode == -9
        assert group.kills() == 1
    finally:
        group.close()
    group.close()
    assert [
        folder for parent, _ in writable_parents() for folder in parent.glob(f"sheetgrader-test-{os.getpid()}*")
    ] == []


def test_where_no_group_can_be_made_there_is_none(tmp_path: Path) -> None:
    assert MemoryGroup.create("name", 1 << 20, []) is None
    # A folder that is no file system of control groups.
    assert MemoryGroup.create("name", 1 << 20, [(tmp_path / "missing", control_group.SECOND)]) is None


def test_the_second_versions_files_are_written_and_read(tmp_path: Path) -> None:
    folder = tmp_path / "group"
    folder.mkdir()
    for name in ("cgroup.procs", "memory.max", "memory.swap.max", "memory.oom.group"):
        (folder / name).touch()
    (folder / "memory.events").write_text("low 0\nhigh 0\nmax 3\noom 2\noom_kill 2\noom_group_kill 1\n")
    group = MemoryGroup(folder, control_group.SECOND)
    group.limit(5 << 20)
    assert [(folder / name).read_text() for name in ("memory.max", "memory.swap.max", "memory.oom.group")] == [
        str(5 << 20),
        "0",
        "1",
    ]
    assert group.kills() == 2
