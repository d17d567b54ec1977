"""Classes of three ordinary courses with an empty configuration, graded by ``sheetgrader grade`` and by ``nbgrader
autograde``, against the floor: whole-process time, and where ours goes.

They take turns on copies of the same course, all able to use every core, and the scores must be the same in every cell.
The course has been released before; ``first`` is a class that is graded when nothing is known of the sheet yet.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import msgspec
from nbgrader.api import Gradebook

from benchmarks.class_course import write_class, write_source
from benchmarks.measuring import parser, show, summary, take_turns, write
from benchmarks.ordinary_courses import COURSES, OrdinaryCourse
from sheetgrader.results import Stages, SubmissionResult

_PROGRAMS: Final = Path(sys.executable).parent
_STAGES: Final = tuple(Stages.__struct_fields__)
#: What packages are imported as, where that is not their name.
_MODULES: Final = {"scikit-learn": "sklearn"}
_FLOOR: Final = "floor"
_FIRST: Final = "sheetgrader, first"

Scores = dict[tuple[str, str], float | None]


def main() -> None:
    """Measure and print."""
    options = parser(__doc__ or "")
    options.add_argument("--submissions", type=int, default=40, help="how many hand in")
    options.add_argument("--courses", nargs="+", default=list(COURSES), choices=list(COURSES), help="which courses")
    options.add_argument("--repeats", type=int, default=3, help="how often sheetgrader grades a class")
    options.add_argument(
        "--nbgrader-repeats", type=int, default=1, help="how often nbgrader does; it takes minutes each time"
    )
    chosen = options.parse_args()
    measured = {}
    for name in chosen.courses:
        ordinary = COURSES[name]
        if missing := [
            each for each in ordinary.packages if importlib.util.find_spec(_MODULES.get(each, each)) is None
        ]:
            print(f"{name} is left out: it needs {', '.join(missing)}, which is not installed")
            continue
        repeats = {
            "sheetgrader": chosen.repeats,
            _FIRST: min(chosen.repeats, 1),
            _FLOOR: chosen.repeats,
            "nbgrader": chosen.nbgrader_repeats,
        }
        with tempfile.TemporaryDirectory() as folder:
            measured[name] = _measure(ordinary, Path(folder), chosen.submissions, repeats)
    write(chosen.json, measured)


def _measure(ordinary: OrdinaryCourse, folder: Path, submissions: int, repeats: dict[str, int]) -> dict[str, object]:
    """Measure one course, print what was found and return it."""
    seconds: dict[str, list[float]] = {name: [] for name in repeats}
    scores: dict[str, Scores] = {}
    results: list[SubmissionResult] = []
    course = _make_course(folder, ordinary, submissions)
    for program in take_turns(repeats):
        copy = Path(shutil.copytree(course, folder / "graded"))
        if program == _FIRST:
            shutil.rmtree(copy / "reports")
        command = {
            "nbgrader": (_PROGRAMS / "nbgrader", "autograde", ordinary.sheet),
            _FLOOR: (sys.executable, "-m", "benchmarks.floor", copy, ordinary.sheet),
        }.get(program, (_PROGRAMS / "sheetgrader", "--course", copy, "grade", ordinary.sheet))
        start = time.perf_counter()
        _run(Path.cwd() if program == _FLOOR else copy, *command)
        seconds[program].append(time.perf_counter() - start)
        if program != _FLOOR:
            found = _read_scores(copy, ordinary.sheet)
            differences = {key for key in found if found[key] != scores.setdefault("all", found)[key]}
            assert not differences, f"{program} gave other scores in {sorted(differences)[:5]}"
        if program == "sheetgrader":
            results += _read_results(copy, ordinary.sheet)
        shutil.rmtree(copy)
    return _report(ordinary.sheet, submissions, seconds, results, len(scores.get("all", {})))


def _make_course(folder: Path, ordinary: OrdinaryCourse, submissions: int) -> Path:
    course = folder / "course"
    write_source(course, ordinary)
    _run(course, _PROGRAMS / "sheetgrader", "release", ordinary.sheet)
    write_class(course, ordinary, submissions)
    return course


def _run(folder: Path, *command: str | Path) -> None:
    # nbgrader calls alembic by its name.
    environment = os.environ | {"PATH": f"{_PROGRAMS}:{os.environ['PATH']}"}
    ended = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout


def _read_scores(course: Path, sheet: str) -> Scores:
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        return {
            (submission.student.id, grade.name): grade.auto_score
            for submission in gradebook.assignment_submissions(sheet)
            for notebook in submission.notebooks
            for grade in notebook.grades
        }


def _read_results(course: Path, sheet: str) -> list[SubmissionResult]:
    files = (course / "reports" / sheet / "results").glob("*.json")
    return [msgspec.json.decode(path.read_bytes(), type=SubmissionResult) for path in files]


def _report(
    sheet: str, submissions: int, seconds: dict[str, list[float]], results: list[SubmissionResult], cells: int
) -> dict[str, object]:
    medians = {name: statistics.median(values) for name, values in seconds.items() if values}
    rows = [(f"{name}, whole process, s", summary(values)) for name, values in seconds.items() if values]
    ratios = {
        f"{slow} / {fast}": medians[slow] / medians[fast]
        for slow, fast in (("nbgrader", "sheetgrader"), ("nbgrader", _FIRST), ("sheetgrader", _FLOOR))
        if slow in medians and fast in medians
    }
    rows += [(name, f"{ratio:.1f}") for name, ratio in ratios.items()]
    show(f"{sheet}, {submissions} submissions, {cells} cells with the same score", rows)
    stages = {name: [getattr(result.stages, name) for result in results] for name in _STAGES}
    framework = [result.stages.framework for result in results]
    show(
        "sheetgrader, a submission, s",
        [("framework", summary(framework)), *((name, summary(values)) for name, values in stages.items())],
    )
    return {
        "submissions": submissions,
        "seconds": seconds,
        "ratios": ratios,
        "framework_seconds": statistics.median(framework),
        "stage_seconds": {name: statistics.median(values) for name, values in stages.items()},
    }


if __name__ == "__main__":
    main()
