from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sheetgrader.audit.example_class import SHEETS

ROOT = Path(__file__).parents[2]


def test_the_sheets_come_with_the_package(installed: Path) -> None:
    python = installed.with_name("python")
    code = "from sheetgrader.audit.example_class import shipped_course; print(shipped_course())"
    found = Path(subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip())
    assert found.parent.name == "sheetgrader"
    assert ROOT not in found.parents
    for kind in ("source", "grader_tests", "solutions"):
        tracked = subprocess.run(["git", "ls-files", kind], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        wanted = {name for name in tracked.split() if kind != "solutions" or not name.endswith(".ipynb")}
        assert wanted, kind
        # Whoever installs them may compile them.
        shipped = [path for path in (found / kind).rglob("*") if path.is_file() and path.suffix != ".pyc"]
        assert {path.relative_to(found).as_posix() for path in shipped} == wanted


def test_missing_libraries_are_named_with_what_installs_them(installed: Path, tmp_path: Path) -> None:
    hidden = "import sys; sys.modules.update(torch=None, lightning=None); from sheetgrader.cli import main; main()"
    command = [str(installed.with_name("python")), "-c", hidden, "demo"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 2
    assert done.stderr == (
        "error: the demonstration needs lightning and torch, which are not installed; install with: pip install"
        " 'sheetgrader[demo]'\n"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_demonstration_runs_from_start_to_end(tmp_path: Path, installed: Path) -> None:
    folder = tmp_path / "demo"
    command = [str(installed), "demo", "--directory", str(folder)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=1200, check=False)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    for name in SHEETS[1:]:
        few = {path.stem: json.loads(path.read_bytes()) for path in folder.glob(f"reports/{name}/results/*.json")}
        earned = {group: sum(cell["points"] or 0 for cell in result["cells"]) for group, result in few.items()}
        assert (
            0 == earned["empty-skeleton"] < earned["mostly-wrong"] < earned["one-mistake"] < earned["without-training"]
        ), name
        assert earned["in-another-style"] == earned["without-training"], name
    results = {path.stem: json.loads(path.read_bytes()) for path in folder.glob(f"reports/{SHEETS[0]}/results/*.json")}
    points = {name: sum(cell["points"] or 0 for cell in result["cells"]) for name, result in results.items()}
    assert points["empty-skeleton"] == 0
    for name in points:
        if name.startswith("right-in-style"):
            # They forget the script that question 6 asks for.
            assert points[name] == pytest.approx(points["all-right"] - 3), name
        elif name.startswith(("partly-right", "hangs", "exits", "fills-memory", "syntax-error")):
            assert 0 < points[name] < points["all-right"], name
    for name, words in (
        ("hangs", "took too long"),
        ("exits", "ended the kernel"),
        ("fills-memory", "used too much memory"),
    ):
        assert any(
            line.split()[0].startswith(name) and words in line for line in done.stdout.splitlines() if line.strip()
        ), name
    assert len(list(folder.glob(f"feedback/*/{SHEETS[0]}/*.html"))) == len(results) >= 16
    assert len(list(folder.glob("submitted/*/*/*.pdf"))) == 2
    last = done.stdout.rstrip().splitlines()[-2:]
    assert [line.rpartition("&& ")[2] for line in last] == [
        f"sheetgrader mark {SHEETS[0]}",
        f"sheetgrader report {SHEETS[0]}",
    ]


def test_folder_that_no_demonstration_made_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    command = [str(Path(sys.executable).with_name("sheetgrader")), "demo", "--directory", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2
    assert "was not made by a demonstration; name another folder with --directory" in done.stderr
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
