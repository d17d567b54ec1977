"""A notebook that is there already, made into a sheet: what it lacks is added, and what was done is named."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Final

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.utils import is_grade, is_solution

from sheetgrader.course.files import is_ignored
from sheetgrader.course.regions import CourseDelimiters, split
from sheetgrader.course.source import SourceNotebook, nbgrader_metadata
from sheetgrader.errors import CourseError
from sheetgrader.items import holds_no_code
from sheetgrader.marking.rubrics import Rule
from sheetgrader.marking.schemes import read_scheme
from sheetgrader.report.words import listed
from sheetgrader.starting.first_graders import GRADER_FILE, Question, grader_files
from sheetgrader.starting.new_files import NewSheet
from sheetgrader.starting.solution_regions import functions, parsed, with_regions
from sheetgrader.starting.template import regulations, team_cell

_EMPTY_TEST: Final = "# The points of this cell come from tests that run when the sheet is graded."
#: A link or an image in Markdown.
_LINK: Final = re.compile(r"\]\(\s*<?([^)>\s]{1,300})")
_HEADING: Final = re.compile(r"^#{1,6} +(\S.*)$", re.MULTILINE)


def adopt(source: SourceNotebook, name: str, delimiters: CourseDelimiters, ignore: Sequence[str] = ()) -> NewSheet:
    """Return the sheet that a notebook of an author's makes, whether nbgrader knows its cells already or not.

    Args:
        source: the notebook, with solutions.
        name: of the sheet.
        delimiters: of solutions, hidden tests and marking schemes.
        ignore: names of files that nbgrader does not hand out.

    Raises:
        CourseError: nothing can be made of it, or a file beside it cannot be read.
    """
    _check(source)
    notebook: NotebookNode = copy.deepcopy(source.notebook)
    made = list(_with_ids(source, notebook))
    if any(nbgrader_metadata(cell) for cell in notebook.cells):
        made += _brought_up_to_date(notebook)
        questions = _unjudged(notebook)
    else:
        conversion = _Conversion(delimiters)
        conversion.convert(notebook.cells)
        notebook.cells = conversion.finished()
        questions = conversion.questions
        made += conversion.sentences()
    if not any(nbgrader_metadata(cell).get("grade_id") == "team" for cell in notebook.cells):
        title = notebook.cells[0]
        is_above = title.cell_type == "markdown" and not _is_question(title)
        notebook.cells.insert(int(is_above), team_cell())
        made.append("A cell `team` was added, in which a group enters its members.")
    graders = grader_files(questions, _answer_cells(notebook)) if questions else {}
    if graders:
        made.append(
            f"Graders to begin with stand in grader_tests/{name}/{GRADER_FILE}; look through their inputs, which are"
            " guesses."
        )
    beside = dict(_files_beside(source, ignore))
    if beside:
        made.append(f"Copied because the notebook names them: {', '.join(beside)}.")
    content = f"{nbformat.writes(notebook)}\n".encode()
    title = _title(notebook) or name
    return NewSheet(
        name=name,
        source={**beside, f"{name}.ipynb": content, "sheet.toml": regulations(title, name)},
        graders=graders,
        made=tuple(made),
    )


def _is_question(cell: NotebookNode) -> bool:
    return str(nbgrader_metadata(cell).get("grade_id", "")).startswith("ex")


def _check(source: SourceNotebook) -> None:
    metadata = source.notebook.metadata
    language = str(
        metadata.get("kernelspec", {}).get("language") or metadata.get("language_info", {}).get("name") or "python"
    )
    if "python" not in language.casefold():
        raise CourseError(f"{source.path} is written in {language}, and only Python is graded here")
    if not source.notebook.cells:
        raise CourseError(f"{source.path} has no cells, so there is nothing to make a sheet of")


def _with_ids(source: SourceNotebook, notebook: NotebookNode) -> Iterator[str]:
    """Give each cell an id of its own, in the notebook's newest format."""
    taken: set[str] = set()
    for position, cell in enumerate(notebook.cells):
        if "id" not in cell or cell.id in taken:
            cell["id"] = f"cell-{position}"
        taken.add(cell.id)
    if source.without_id or (notebook.nbformat, notebook.nbformat_minor) < (4, 5):
        notebook.nbformat, notebook.nbformat_minor = 4, 5
        yield "Cells got ids of their own, so that every release is the same."


# A notebook of nbgrader's.


def _brought_up_to_date(notebook: NotebookNode) -> Iterator[str]:
    validator = MetadataValidator()
    old = [
        cell
        for cell in notebook.cells
        if nbgrader_metadata(cell)
        and nbgrader_metadata(cell).get("schema_version", 0) in range(validator.schema_version)
    ]
    for cell in old:
        validator.upgrade_cell_metadata(cell)
    if old:
        yield "Its nbgrader metadata were of an older version, and were brought up to date."


def _unjudged(notebook: NotebookNode) -> list[Question]:
    """Return the test cells that hold no test, with what the answers between them and the test before define."""
    questions, modules = [], list[ast.Module]()
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        if is_solution(cell):
            module = parsed(cell.source)
            modules += [module] if module else []
        elif is_grade(cell):
            if holds_no_code(cell.source):
                grade_id = str(nbgrader_metadata(cell).get("grade_id"))
                questions.append(_question(grade_id.removesuffix("_test"), modules))
            modules = []
    return questions


def _question(name: str, modules: Sequence[ast.Module]) -> Question:
    return Question(
        name=name,
        functions=tuple(function for module in modules for function in functions(module)),
        has_more=len(modules) != 1 or any(isinstance(node, ast.ClassDef) for node in modules[0].body),
    )


def _answer_cells(notebook: NotebookNode) -> list[str]:
    return [str(nbgrader_metadata(cell)["grade_id"]) for cell in notebook.cells if is_solution(cell)]


# A notebook that nbgrader does not know.


@dataclass
class _Conversion:
    """Gives the cells of a notebook their roles, as far as their contents tell."""

    delimiters: CourseDelimiters
    cells: list[NotebookNode] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    own_tests: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    _number: int = 0
    #: The question whose tests are still to come, what its answer defines, and where its test cell goes.
    _open: tuple[str, ast.Module, int] | None = None

    def convert(self, cells: Sequence[NotebookNode]) -> None:
        """Take the cells in order."""
        for cell in cells:
            module = parsed(cell.source) if cell.cell_type == "code" else None
            if self._is_text_answer(cell):
                self._take_text(cell)
            elif module is not None and self._is_answer(cell, module):
                self._take_answer(cell, module)
            elif module is not None and self._open is not None and self._is_test(cell, module):
                self._take_tests(cell, self._open[0])
            self.cells.append(cell)

    def finished(self) -> list[NotebookNode]:
        """Return the cells with all that was added."""
        self._close()
        return self.cells

    def sentences(self) -> Iterator[str]:
        """Yield what was done."""
        begin, end = self.delimiters.solution.begin, self.delimiters.solution.end
        if self.answers:
            yield (
                f"Answers are {listed(self.answers)}: what students are to write stands between lines with {begin} and"
                f" {end}, or is the whole cell where these are missing."
            )
        if self.own_tests:
            yield (
                f"Your asserts in {listed(self.own_tests)} are worth 1 point each; students see them, but for lines"
                f" between {self.delimiters.hidden_tests.begin} and {self.delimiters.hidden_tests.end}."
            )
        if self.questions:
            names = [f"{question.name}_test" for question in self.questions]
            yield f"Test cells that graders judge were added, 1 point each: {listed(names)}."
        if self.texts:
            yield f"People mark {listed(self.texts)}."
        if not self.answers and not self.texts:
            yield (
                "No cell defines a function or holds a solution, so students are asked nothing yet: mark cells in"
                " Jupyter's Create Assignment toolbar."
            )

    def _is_text_answer(self, cell: NotebookNode) -> bool:
        return cell.cell_type == "markdown" and any(
            split(cell.source, kind).found for kind in (self.delimiters.solution, self.delimiters.mark_scheme)
        )

    def _is_answer(self, cell: NotebookNode, module: ast.Module) -> bool:
        return split(cell.source, self.delimiters.solution).found or any(
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) for node in module.body
        )

    def _is_test(self, cell: NotebookNode, module: ast.Module) -> bool:
        return split(cell.source, self.delimiters.hidden_tests).found or any(
            isinstance(node, ast.Assert) for node in ast.walk(module)
        )

    def _take_answer(self, cell: NotebookNode, module: ast.Module) -> None:
        self._close()
        name = self._next_question()
        if not split(cell.source, self.delimiters.solution).found:
            cell.source = with_regions(cell.source, self.delimiters.solution)
        _mark(cell, f"{name}_code", solution=True)
        self.answers.append(f"{name}_code")
        self._open = name, module, len(self.cells) + 1

    def _take_tests(self, cell: NotebookNode, question: str) -> None:
        _mark(cell, f"{question}_test", grade=True, locked=True, points=1.0)
        self.own_tests.append(f"{question}_test")
        self._open = None

    def _take_text(self, cell: NotebookNode) -> None:
        self._close()
        name = self._next_question()
        _mark(cell, f"{name}_text", grade=True, solution=True, points=self._worth(cell))
        self.texts.append(f"{name}_text")

    def _close(self) -> None:
        """Put an empty test cell below an answer that nothing tests."""
        if self._open is None:
            return
        name, module, position = self._open
        test = new_code_cell(_EMPTY_TEST, id=f"{name}_test")
        _mark(test, f"{name}_test", grade=True, locked=True, points=1.0)
        self.cells.insert(position, test)
        self.questions.append(_question(name, [module]))
        self._open = None

    def _next_question(self) -> str:
        """Return the next question's name; the text above its answer becomes the question."""
        self._number += 1
        name = f"ex{self._number}"
        if self.cells and self.cells[-1].cell_type == "markdown" and not nbgrader_metadata(self.cells[-1]):
            _mark(self.cells[-1], name, locked=True)
        return name

    def _worth(self, cell: NotebookNode) -> float:
        """Return what the lines of a marking scheme come to, or a point where they do not say."""
        scheme = split(cell.source, self.delimiters.mark_scheme)
        read = read_scheme("\n".join(scheme.inside), notebook="", grade_id="", max_points=1.0)
        total = sum(item.points for item in read.rubric.items if item.rule is Rule.CREDIT)
        return round(total, 3) or 1.0


def _mark(cell: NotebookNode, grade_id: str, **roles: Any) -> None:
    cell.metadata["nbgrader"] = NotebookNode(
        {
            "grade": False,
            "grade_id": grade_id,
            "locked": False,
            "schema_version": MetadataValidator().schema_version,
            "solution": False,
            "task": False,
            **roles,
        }
    )


# What lies beside.


def _files_beside(source: SourceNotebook, ignore: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Yield the files that the notebook names and that lie beside it."""
    folder = source.path.parent
    for name in sorted(set(_names_of_files(source.notebook))):
        relative = PurePosixPath(name)
        if relative.is_absolute() or ".." in relative.parts or relative.suffix == ".ipynb" or not relative.name:
            continue
        if any(is_ignored(part, ignore) for part in relative.parts):
            continue
        path = folder / relative
        try:
            if path.is_file():
                yield relative.as_posix(), path.read_bytes()
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else None
            if why and path.name and len(name) < 200:
                raise CourseError(f"{path}, which the notebook names, cannot be read: {why}") from None


def _names_of_files(notebook: NotebookNode) -> Iterator[str]:
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            yield from _LINK.findall(cell.source)
        elif cell.cell_type == "code" and (module := parsed(cell.source)) is not None:
            for node in ast.walk(module):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and 0 < len(node.value) < 300:
                    yield node.value


def _title(notebook: NotebookNode) -> str:
    headings = (
        heading[1].strip()
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        for heading in _HEADING.finditer(cell.source)
    )
    return next(headings, "")[:200]
