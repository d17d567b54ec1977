"""What kernels can share of a sheet's imports, found out with libraries that behave in all kinds of ways."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

_TRY = """
import json, os, select, sys
sys.path.insert(0, sys.argv[1])
from sheetgrader.inside.further_imports import Trial
trial = Trial(sys.argv[2:], {})
while True:
    select.select([trial.descriptor], [], [])
    following = trial.finished()
    if following is None:
        break
    trial = following
loaded = [name for name in sys.argv[2:] if name in sys.modules]
print(json.dumps({"names": trial.names, "left_out": trial.left_out, "loaded": loaded}))
"""


def _tried(folder: Path, *names: str, **modules: str) -> dict[str, Any]:
    """Return what a process of its own finds out about ``names``, with ``modules`` being installed in ``folder``."""
    for name, source in modules.items():
        (folder / f"{name}.py").write_text(source)
    ended = subprocess.run(
        [sys.executable, "-c", _TRY, folder, *(names or modules)],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def test_modules_are_shared_in_their_order_and_what_comes_with_them_is_not_named(tmp_path: Path) -> None:
    found = _tried(tmp_path, "first", "second", "third", first="import second", second="x = 1", third="")
    assert found == {"names": ["first", "third"], "left_out": {}, "loaded": []}


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import threading, time\nthreading.Thread(target=time.sleep, args=[9], daemon=True).start()", "a thread"),
        ("print('Welcome')", "says something"),
        ("import os\nos.write(2, b'warning')", "says something"),
        ("import warnings\nwarnings.warn('old')", "says something"),
        ("import signal\nsignal.signal(signal.SIGUSR1, signal.SIG_IGN)", "(signals)"),
        ("import sys\nsys.excepthook = print", "(hooks)"),
        ("import logging\nlogging.basicConfig()", "(logging)"),
        ("import os\nos.chdir('/')", "(the work folder)"),
        ("raise SystemExit(0)", "cannot be imported by itself (SystemExit)"),
        ("import not_there", "cannot be imported by itself (ModuleNotFoundError)"),
    ],
)
def test_a_module_that_others_would_notice_is_left_out(tmp_path: Path, source: str, why: str) -> None:
    found = _tried(tmp_path, "good", "bad", "late", good="", bad=source, late="")
    assert found["names"] == ["good", "late"]
    assert list(found["left_out"]) == ["bad"]
    assert why in found["left_out"]["bad"]


def test_settings_of_a_library_that_was_there_before_are_kept(tmp_path: Path) -> None:
    found = _tried(
        tmp_path,
        "numpy",
        "quiet",
        "matplotlib",
        "styled",
        quiet="import numpy\nnumpy.seterr(all='ignore')",
        styled="import matplotlib\nmatplotlib.rcParams['lines.linewidth'] = 9",
    )
    assert "matplotlib" in found["names"]
    assert found["left_out"] == {
        "quiet": "it changes what every program sees (NumPy's settings)",
        "styled": "it changes what every program sees (plots' settings)",
    }


def test_what_is_left_out_does_not_come_back_with_another(tmp_path: Path) -> None:
    found = _tried(tmp_path, "loud", "user", "good", loud="print(1)", user="import loud", good="")
    assert found["names"] == ["good"]
    assert set(found["left_out"]) == {"loud", "user"}


@pytest.mark.parametrize("source", ["import os\nos._exit(3)", "import os\nos.abort()"])
def test_a_module_that_ends_the_process_costs_the_sharing_and_nothing_else(tmp_path: Path, source: str) -> None:
    found = _tried(tmp_path, "good", "ends", good="", ends=source)
    assert found["names"] == []
    assert set(found["left_out"]) == {"good", "ends"}


def test_a_library_that_does_not_bear_a_fork_costs_the_sharing(tmp_path: Path) -> None:
    found = _tried(tmp_path, good="", bad="import os\nos.register_at_fork(after_in_child=lambda: os._exit(1))")
    assert found["names"] == []
