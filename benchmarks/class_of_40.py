"""A class of 40 graded by ``sheetgrader grade`` and by ``nbgrader autograde``: whole-process time, and where ours goes.

Every submission imports torch and matplotlib, has seven test cells that run in the kernel, and a plot. The two take
turns on copies of the same course with both able to use every core, and the scores must be the same in every cell.
"""

from __future__ import annotations

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

from benchmarks.class_course import SHEET, write_class, write_source
from benchmarks.measuring import parser, show, summary, take_turns, write
from sheetgrader.results import Stages, SubmissionResult

_PROGRAMS: Final = Path(sys.executable).parent
_COMMANDS: Final = {"sheetgrader": ("grade", SHEET), "nbgrader": ("autograde", SHEET)}
_STAGES: Final = tuple(Stages.__struct_fields__)

Scores = dict[tuple[str, str], float | None]


def main() -> None:
    """Measure and print."""
    options = parser(__doc__ or "")
    options.add_argument("--submissions", type=int, default=40, help="how many hand in")
    options.add_argument("--repeats", type=int, default=5, help="how often sheetgrader grades the class")
    options.add_argument(
        "--nbgrader-repeats", type=int, default=2, help="how often nbgrader does; it takes minutes each time"
    )
    chosen = options.parse_args()
    seconds: dict[str, list[float]] = {name: [] for name in _COMMANDS}
    scores: dict[str, Scores] = {}
    results: list[SubmissionResult] = []
    with tempfile.TemporaryDirectory() as folder:
        course = _make_course(Path(folder), chosen.submissions)
        for program in take_turns({"sheetgrader": chosen.repeats, "nbgrader": chosen.nbgrader_repeats}):
            copy = Path(shutil.copytree(course, Path(folder) / "graded"))
            start = time.perf_counter()
            _run(copy, program, *_COMMANDS[program])
            seconds[program].append(time.perf_counter() - start)
            found = _read_scores(copy)
            assert found == scores.setdefault(program, found), f"{program} gave other scores than before"
            if program == "sheetgrader":
                results += _read_results(copy)
            shutil.rmtree(copy)
    if len(scores) == len(_COMMANDS):
        assert scores["sheetgrader"] == scores["nbgrader"], "the two gave different scores"
    _report(chosen.submissions, seconds, results, scores, chosen.json)


def _make_course(folder: Path, submissions: int) -> Path:
    course = folder / "course"
    write_source(course)
    _run(course, "nbgrader", "generate_assignment", SHEET)
    write_class(course, submissions)
    return course


def _run(course: Path, program: str, *arguments: str) -> None:
    # nbgrader calls alembic by its name.
    environment = os.environ | {"PATH": f"{_PROGRAMS}:{os.environ['PATH']}"}
    ended = subprocess.run(
        [_PROGRAMS / program, *arguments],
        cwd=course,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout


def _read_scores(course: Path) -> Scores:
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        return {
            (submission.student.id, grade.name): grade.auto_score
            for submission in gradebook.assignment_submissions(SHEET)
            for notebook in submission.notebooks
            for grade in notebook.grades
        }


def _read_results(course: Path) -> list[SubmissionResult]:
    files = (course / "reports" / SHEET / "results").glob("*.json")
    return [msgspec.json.decode(path.read_bytes(), type=SubmissionResult) for path in files]


def _report(
    submissions: int,
    seconds: dict[str, list[float]],
    results: list[SubmissionResult],
    scores: dict[str, Scores],
    file: Path | None,
) -> None:
    stages = {name: [getattr(result.stages, name) for result in results] for name in _STAGES}
    framework = [result.stages.framework for result in results]
    medians = {name: statistics.median(values) for name, values in seconds.items() if values}
    rows = [(f"{name}, whole process, s", summary(values)) for name, values in seconds.items() if values]
    if len(medians) == len(_COMMANDS):
        rows.append(("nbgrader / sheetgrader", f"{medians['nbgrader'] / medians['sheetgrader']:.1f}"))
        rows.append(("cells with the same score", str(len(scores["nbgrader"]))))
    show(f"{submissions} submissions", rows)
    show(
        "sheetgrader, a submission, s",
        [("framework", summary(framework)), *((name, summary(values)) for name, values in stages.items())],
    )
    write(
        file,
        {
            "submissions": submissions,
            "seconds": seconds,
            "framework_seconds": statistics.median(framework) if framework else None,
            "stage_seconds": {name: statistics.median(values) for name, values in stages.items() if values},
        },
    )


if __name__ == "__main__":
    main()
