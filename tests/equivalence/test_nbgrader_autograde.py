"""nbgrader's own tests of ``nbgrader autograde``, with our preprocessors swapped in through its configuration."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Final

import nbgrader
import pytest

CONFIGURATION: Final = """\
c = get_config()
c.Autograde.autograde_preprocessors = [
    "sheetgrader.nbgrader_plugin.Execute",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "sheetgrader.nbgrader_plugin.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.GenerateFeedback.preprocessors = [
    "nbgrader.preprocessors.GetGrades",
    "sheetgrader.nbgrader_plugin.CutHiddenTests",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]
c.Sheetgrader.keep_hidden_tests = True
c.Sheetgrader.preload = []
"""

#: What docs/instructors.md tells of, with the reason.
DIFFERENT: Final[frozenset[str]] = frozenset()
#: Of 42 tests; nbgrader skips two outside of Windows.
LEAST: Final = 38


@pytest.mark.slow
def test_nbgraders_own_tests_pass_in_the_sandbox(tmp_path: Path) -> None:
    configuration = tmp_path / "configuration"
    configuration.mkdir()
    (configuration / "nbgrader_config.py").write_text(CONFIGURATION)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    report = tmp_path / "report.xml"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    ended = subprocess.run(
        [
            sys.executable, "-m", "pytest", "-q", "-c", str(tmp_path / "pytest.ini"), "-p", "no:cacheprovider",
            f"--junitxml={report}", str(Path(nbgrader.__file__).parent / "tests/apps/test_nbgrader_autograde.py"),
        ],
        cwd=tmp_path,
        env=inherited
        | {
            # nbgrader calls alembic by its name.
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(tmp_path),
            "JUPYTER_CONFIG_DIR": str(configuration),
        },
        capture_output=True,
        text=True,
    )  # fmt: skip
    cases = list(ElementTree.parse(report).iter("testcase"))  # noqa: S314 # pytest has just written it
    failed = {case.get("name") for case in cases if case.find("failure") is not None or case.find("error") is not None}
    skipped = [case for case in cases if case.find("skipped") is not None]
    assert failed == DIFFERENT, ended.stdout[-4000:]
    assert len(cases) - len(failed) - len(skipped) >= LEAST
