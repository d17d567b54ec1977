"""Where a class of 1,200 stands, 20 questions each: ``sheetgrader status``, beside ``nbgrader export`` from the same
gradebook, which reads the points alone.

The class is made from one submission's result, entered 1,200 times; nothing of it is run.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec
import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from benchmarks.measuring import parser, show, summary, take_turns, write
from sheetgrader.course.directory import Course, Sheet
from sheetgrader.items import GradedNotebook, GradedSubmission
from sheetgrader.results import CellResult, CriterionResult, Outcome, SubmissionResult
from sheetgrader.store.gradebook import gradebook_writer
from sheetgrader.store.material import build_item, sheet_material

_PROGRAMS: Final = Path(sys.executable).parent
SHEET: Final = "sheet"
_COMMANDS: Final = {"sheetgrader": ("status", SHEET), "nbgrader": ("export",)}
QUESTIONS: Final = 20
_CRITERIA: Final = 4


def main() -> None:
    """Measure and print."""
    options = parser(__doc__ or "")
    options.add_argument("--groups", type=int, default=1200, help="how many have handed in")
    options.add_argument("--repeats", type=int, default=5, help="how often each is measured")
    chosen = options.parse_args()
    seconds: dict[str, list[float]] = {name: [] for name in _COMMANDS}
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder)
        make_class(course, chosen.groups)
        for program in take_turns(dict.fromkeys(_COMMANDS, chosen.repeats)):
            start = time.perf_counter()
            _run(course, program, *_COMMANDS[program])
            seconds[program].append(time.perf_counter() - start)
    ratio = statistics.median(seconds["sheetgrader"]) / statistics.median(seconds["nbgrader"])
    show(
        f"{chosen.groups} groups, {QUESTIONS} questions, seconds",
        [
            ("sheetgrader status", summary(seconds["sheetgrader"])),
            ("nbgrader export", summary(seconds["nbgrader"])),
            ("ratio", f"{ratio:.2f}"),
        ],
    )
    write(chosen.json, {"seconds": seconds, "ratio": ratio})


def _run(course: Path, program: str, *arguments: str) -> None:
    # nbgrader calls alembic by its name.
    environment = os.environ | {"PATH": f"{_PROGRAMS}:{os.environ['PATH']}"}
    command: list[str | Path] = [_PROGRAMS / program, *arguments]
    subprocess.run(command, cwd=course, env=environment, capture_output=True, check=True)


def make_class(
    folder: Path, groups: int, vary: Callable[[int, GradedSubmission], GradedSubmission] | None = None
) -> None:
    """Make a course with one sheet that so many groups have handed in and that is graded.

    Args:
        folder: where.
        groups: how many.
        vary: returns what grading found for the group of a number; the same for all where it is None.
    """
    (folder / "nbgrader_config.py").write_text("c = get_config()\n")
    notebook = new_notebook(cells=[cell for number in range(1, QUESTIONS + 1) for cell in _question(number)])
    for path in (folder / f"source/{SHEET}", folder / f"submitted/group-0/{SHEET}"):
        path.mkdir(parents=True)
        nbformat.write(notebook, path / f"{SHEET}.ipynb")
    sheet = Course.load(folder).sheet(SHEET)
    graded = _graded(sheet)
    item = build_item(sheet, "group-0", sheet_material(sheet))
    with gradebook_writer(sheet) as writer:
        for number in range(groups):
            group = f"group-{number}"
            submitted = sheet.submitted_folder(group)
            submitted.mkdir(parents=True, exist_ok=True)
            nbformat.write(notebook, submitted / f"{SHEET}.ipynb")
            of_group = graded if vary is None else vary(number, graded)
            result = msgspec.structs.replace(of_group.result, group=group, handed_in=item.handed_in)
            writer.record(
                msgspec.structs.replace(of_group, result=result), msgspec.structs.replace(item, group=group), None
            )


def _question(number: int) -> list[Any]:
    def facts(name: str, **roles: object) -> dict[str, object]:
        nbgrader = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
        return {"nbgrader": {**nbgrader, "grade_id": name, **roles}}

    return [
        new_markdown_cell(f"## {number} Question", metadata=facts(f"ex{number}", locked=True)),
        new_code_cell(f"y{number} = {number}", metadata=facts(f"ex{number}_code", solution=True)),
        new_code_cell(
            f"assert y{number} == {number}", metadata=facts(f"ex{number}_test", grade=True, locked=True, points=2)
        ),
    ]


def _graded(sheet: Sheet) -> GradedSubmission:
    criteria = tuple(
        CriterionResult(
            name=f"test_graded.py::test_{number}",
            rubric="It is right for every x that is asked for.",
            weight=1.0,
            outcome=Outcome.RIGHT if number else Outcome.WRONG,
            fraction=1.0 if number else 0.0,
            message="" if number else "f(1.25) returned 2.5, and 1.5625 was expected.",
            hint="Multiply it by itself.",
        )
        for number in range(_CRITERIA)
    )
    cells = tuple(
        CellResult(
            notebook=SHEET,
            grade_id=f"ex{number}_test",
            max_points=2.0,
            points=1.5,
            outcome=Outcome.PARTLY_RIGHT,
            criteria=criteria,
        )
        for number in range(1, QUESTIONS + 1)
    )
    content = (sheet.source_folder / f"{SHEET}.ipynb").read_bytes()
    return GradedSubmission(
        result=SubmissionResult(sheet=SHEET, group="", cells=cells),
        notebooks=(GradedNotebook(name=SHEET, content=content),),
    )


if __name__ == "__main__":
    main()
