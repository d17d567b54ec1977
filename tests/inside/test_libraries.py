from __future__ import annotations

from collections.abc import Callable

import pytest

from sheetgrader.sandbox.limits import SandboxLimits

_CODE = """
import os, sys
there = int(sys.argv[1])
os.cpu_count = lambda: there
from sheetgrader.inside.libraries import meet_the_sandbox
meet_the_sandbox(int(sys.argv[2]))
import multiprocessing.process
print(os.cpu_count(), os.environ.get("LOKY_MAX_CPU_COUNT"), multiprocessing.process.ORIGINAL_DIR == os.getcwd())
"""


@pytest.mark.parametrize(("there", "told"), [(128, "64 64 True"), (8, "8 None True")])
def test_student_code_is_told_of_as_many_cores_as_its_processes_allow(
    run_python: Callable[..., str], there: int, told: str
) -> None:
    assert run_python(_CODE, str(there), str(SandboxLimits().cores)) == told
