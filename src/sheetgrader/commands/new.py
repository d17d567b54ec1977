"""``sheetgrader new``: a course or a sheet that releases and grades at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sheetgrader.commands.output import Output
from sheetgrader.extras import is_installed

if TYPE_CHECKING:
    from sheetgrader.course.directory import Course
    from sheetgrader.starting.new_files import NewSheet

#: What the sheet of a new course is called.
_FIRST_SHEET: Final = "sheet1"


def new_course(folder: Path, output: Output) -> int:
    """Write a small course into a new folder, and return the exit code.

    Raises:
        SheetgraderError: the folder holds something, or cannot be written.
    """
    from sheetgrader.starting.new_files import write_course
    from sheetgrader.starting.template import configuration, template_sheet

    sheet = template_sheet(_FIRST_SHEET, plots=is_installed("matplotlib"))
    course = write_course(folder, configuration(), sheet)
    output.say(f"A course is in {course.root}, with the sheet {sheet.name}:", "bold")
    return _tell(course, sheet, output, f"cd {folder}")


def new_sheet(folder: Path, name: str, notebook: Path | None, output: Output) -> int:
    """Write a new sheet into a course, and return the exit code: 1 where its author has to change something before it
    can be released.

    Args:
        folder: the course's.
        name: of the sheet.
        notebook: what it is made from; None for the small sheet that shows each kind of cell.
        output: where to tell it.

    Raises:
        SheetgraderError: there is such a sheet, it cannot be called so, or nothing can be made of the notebook.
    """
    from sheetgrader.course.directory import Course
    from sheetgrader.course.regions import CourseDelimiters
    from sheetgrader.course.source import read_notebook
    from sheetgrader.starting.adopting import adopt
    from sheetgrader.starting.new_files import check_name, write_sheet
    from sheetgrader.starting.template import template_sheet

    check_name(name)
    course = Course.load(folder)
    if notebook is None:
        sheet = template_sheet(name, plots=is_installed("matplotlib"))
    else:
        delimiters = CourseDelimiters.of(course.config)
        sheet = adopt(read_notebook(notebook), name, delimiters, course.coursedir.ignore)
    write_sheet(course, sheet)
    output.say(f"The sheet {name} is in {course.root}:", "bold")
    return _tell(course, sheet, output)


def _tell(course: Course, new: NewSheet, output: Output, *first: str) -> int:
    """Say what there is now, what is to be done before the sheet can be released, and how to go on."""
    from sheetgrader.course.directory import CONFIG_FILE
    from sheetgrader.release.release import problems_in_source

    sheet = course.sheet(new.name)
    files = [(course.root / CONFIG_FILE, "the configuration, nbgrader's as well")] if first else []
    files += [(sheet.source_folder / path, _what(path)) for path in sorted(new.source)]
    files += [(sheet.grader_folder / path, _what(path)) for path in sorted(new.graders)]
    shown = [(str(path.relative_to(course.root)), what) for path, what in files]
    width = max(len(path) for path, _ in shown) + 2
    for path, what in shown:
        output.say(f"  {path:<{width}}{what}")
    for sentence in new.made:
        output.say(sentence)
    problems = problems_in_source(sheet)
    if problems:
        output.say("Before it can be released:", "bold")
        for problem in problems:
            output.say(f"  • {problem}")
    output.say("Go on with:", "bold")
    for command in (*first, f"sheetgrader try {new.name} reference", f"sheetgrader release {new.name}"):
        output.say(f"  {command}")
    output.document(
        {
            "course": str(course.root),
            "sheet": new.name,
            "files": [str(path) for path, _ in files],
            "made": list(new.made),
            "open": problems,
        }
    )
    return 1 if problems else 0


def _what(path: str) -> str:
    """Return what a file of a new sheet is, by its place below ``source/<sheet>/`` or ``grader_tests/<sheet>/``."""
    if path.startswith("variants/"):
        return "an answer to try the graders with"
    if path.startswith("test_"):
        return "hidden graders"
    return {".ipynb": "the notebook, with solutions", ".toml": "its regulations"}.get(
        Path(path).suffix, "for students, beside the notebook"
    )
