"""``sheetgrader compare`` by its command line, on a course that nbgrader itself has graded."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from nbformat import NotebookNode

from ..conftest import CourseBuilder

BIN = Path(sys.executable).parent


def run(folder: Path, *command: str | Path, program: str = "sheetgrader") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "300"}
    return subprocess.run(
        [BIN / program, *command], cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> CourseBuilder:
    """Graded by nbgrader in its own process; Ada's answers come to the same, Kurt's need the network's loopback, Emmy
    has since handed in again, Grace handed in after it was graded, and of Carl there is a score only.
    """
    builder = CourseBuilder(tmp_path_factory.mktemp("compare") / "course")
    builder.write("nbgrader_config.py", "c = get_config()\nc.Sheetgrader.preload = []\n")

    def cells(code: str) -> list[NotebookNode]:
        tests = "assert double(2) == 4"
        hidden = f"{tests}\n### BEGIN HIDDEN TESTS\nassert double(7) == 14\n### END HIDDEN TESTS"
        text = builder.answer("ex3_text", "Because.", points=1.0, markdown=True)
        return [
            builder.answer("ex1_code", code),
            builder.tests("ex1_test", tests),
            builder.tests("ex2_test", hidden),
            text,
        ]

    builder.source(*cells("def double(x):\n    return 2 * x"))
    right, wrong = "def double(x):\n    return x + x", "def double(x):\n    return 4"
    outside = "import os\ndef double(x):\n    assert os.getpid() > 1, 'only outside'\n    return 2 * x"
    for group, code in (("ada", right), ("kurt", outside), ("emmy", wrong), ("carl", right)):
        builder.submit(group, *cells(code))
    builder.write("submitted/emmy/sheet/timestamp.txt", "2024-01-10 11:00:00 UTC")
    for command in ("generate_assignment", "autograde"):
        done = run(builder.root, command, "sheet", program="nbgrader")
        assert done.returncode == 0, done.stderr
    builder.submit("emmy", *cells(right))
    builder.write("submitted/emmy/sheet/timestamp.txt", "2024-01-11 11:00:00 UTC")
    builder.submit("grace", *cells(right))
    shutil.rmtree(builder.root / "submitted/carl")
    return builder


def state(folder: Path) -> dict[str, str]:
    """Return what a folder holds, and when each file was changed."""
    return {
        f"{path.relative_to(folder)} {path.stat().st_mtime_ns}": (
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        )
        for path in sorted(folder.rglob("*"))
    }


def test_each_difference_is_told_with_its_reason_and_nothing_is_written(graded: CourseBuilder) -> None:
    before = state(graded.root)
    done = run(graded.root, "compare", "sheet", "gradebook.db", "--json")
    assert done.returncode == 1, done.stderr
    assert state(graded.root) == before
    report = json.loads(done.stdout)
    assert (report["groups"], report["cells"], report["not_graded"]) == (3, 9, {})
    assert (report["without_submission"], report["without_score"]) == (["carl"], ["grace"])
    found = {(each["group"], each["grade_id"]): (each["then"], each["now"]) for each in report["differences"]}
    assert found == {
        ("emmy", "ex2_test"): (0.0, 1.0),
        ("kurt", "ex1_test"): (1.0, 0.0),
        ("kurt", "ex2_test"): (1.0, 0.0),
    }
    reasons = {(each["group"], each["grade_id"]): each["reason"] for each in report["differences"]}
    assert reasons["emmy", "ex2_test"].startswith("it was handed in again since; then: AssertionError")
    assert reasons["kurt", "ex1_test"] == "then: it passed; now: AssertionError: only outside"


def test_people_read_a_table_and_that_nothing_was_written(graded: CourseBuilder) -> None:
    done = run(graded.root, "compare", "sheet", "gradebook.db", "--group", "ada")
    assert done.returncode == 0, done.stderr
    assert "1 group graded beside gradebook.db: 3 cells of 3 have the same points." in done.stdout
    assert "Nothing was written, neither to the course nor to the gradebook." in done.stdout
    shown = run(graded.root, "compare", "sheet", "gradebook.db", "--group", "kurt")
    assert shown.returncode == 1
    assert "sheet: ex1_test" in shown.stdout
    assert "only outside" in shown.stdout


def test_last_terms_gradebook_may_lie_elsewhere(graded: CourseBuilder, tmp_path: Path) -> None:
    then = tmp_path / "then"
    shutil.copytree(graded.root, then)
    now = CourseBuilder(tmp_path / "now")
    for name in ("source", "submitted"):
        shutil.copytree(graded.root / name, now.root / name)
    report = json.loads(run(now.root, "compare", "sheet", then / "gradebook.db", "--json", "-g", "kurt").stdout)
    assert [each["reason"] for each in report["differences"]] == [
        "then: it passed; now: AssertionError: only outside"
    ] * 2
    assert sorted(path.name for path in now.root.iterdir()) == ["source", "submitted"]


def test_what_is_no_gradebook_of_the_sheet_is_told_in_a_sentence(graded: CourseBuilder, tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("This is no database, and it is long enough to be read as one." * 50)
    sqlite3.connect(tmp_path / "empty.db").close()
    for path, sentence in (
        (tmp_path / "missing.db", "is no gradebook: name the file gradebook.db"),
        (tmp_path / "text.db", "text.db is damaged"),
        (tmp_path / "empty.db", "knows no sheet 'sheet' that was released; it has none"),
    ):
        done = run(graded.root, "compare", "sheet", path)
        assert done.returncode == 2 or done.returncode == 1
        assert sentence in done.stderr
        assert str(path) in done.stderr
        assert len(done.stderr.splitlines()) == 1
