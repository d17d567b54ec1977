"""Last term's submissions graded beside last term's scores: what would be another score with sheetgrader, and why.

Nothing is written, neither to the course nor to the gradebook, of which a copy is read.
"""

from __future__ import annotations

import contextlib
import math
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
import nbformat

from sheetgrader.boundary.plain_text import plain_text
from sheetgrader.course.directory import Sheet
from sheetgrader.course.secret import known_secret
from sheetgrader.course.submissions import TIMESTAMP_FILE
from sheetgrader.errors import GradebookError, SubmissionError, UsageError
from sheetgrader.execution.local import LocalPool
from sheetgrader.grading.cells import claimed_name
from sheetgrader.items import WorkItem
from sheetgrader.kernels.launcher import Zygote
from sheetgrader.report.notebooks import graded_notebook
from sheetgrader.results import CellResult, Outcome, SubmissionResult
from sheetgrader.store.database import open_gradebook, read_source_cells
from sheetgrader.store.final_scores import FinalCell, FinalScore, read_scores
from sheetgrader.store.material import Material, build_item, material_from
from sheetgrader.store.sheet_rows import parse_timestamp

#: Beside an SQLite file, what is not in it yet.
_UNFINISHED: Final = ("-wal", "-journal")
_NOTHING_TELLS: Final = "nothing tells why: look at the cell in both graded notebooks"


class CellDifference(msgspec.Struct, frozen=True, kw_only=True):
    """A cell that has other points now; None where a person decides."""

    group: str
    notebook: str
    grade_id: str
    max_points: float
    then: float | None
    now: float | None
    reason: str


class CompareReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a comparison found."""

    sheet: str
    gradebook: str
    isolation: str
    #: Those of which there is both a submission and a score.
    groups: int
    cells: int
    differences: tuple[CellDifference, ...]
    #: Groups that were not graded now, with the reason.
    not_graded: dict[str, str] = {}
    #: Groups with a score and no submission, and the other way round.
    without_submission: tuple[str, ...] = ()
    without_score: tuple[str, ...] = ()


class Earlier(msgspec.Struct, frozen=True, kw_only=True):
    """What a gradebook says of a sheet."""

    path: Path
    scores: dict[str, FinalScore]
    material: Material


def read_earlier(sheet: Sheet, path: Path) -> Earlier:
    """Return the scores of a sheet in the gradebook ``path``, and the instructor's cells as they were then.

    Raises:
        UsageError: there is no such file, or the sheet is not in it.
        GradebookError: it cannot be read.
    """
    if not path.is_file():
        raise UsageError(f"{path} is no gradebook: name the file gradebook.db of the course as it was graded then")
    with _copy(path) as copy:
        try:
            with open_gradebook(sheet.course, f"sqlite:///{copy}") as gradebook:
                cells = read_source_cells(gradebook, sheet.name)
                scores = read_scores(gradebook.db, sheet.name, with_comments=False) if cells else {}
                known = sorted(assignment.name for assignment in gradebook.assignments)
        except GradebookError as error:
            raise GradebookError(str(error).replace(str(copy), str(path))) from None
    if not cells:
        there = f"it has {', '.join(known)}" if known else "it has none"
        raise UsageError(f"{path} knows no sheet {sheet.name!r} that was released; {there}")
    if not scores:
        raise UsageError(f"{path} holds no scores of {sheet.name}: nobody's submission was graded then")
    secret = known_secret(sheet.course.private_folder)
    return Earlier(path=path, scores=scores, material=material_from(sheet, cells, secret=secret))


@contextlib.contextmanager
def _copy(path: Path) -> Iterator[Path]:
    """Give a copy of an SQLite file: whoever opens the file itself may write to it."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "gradebook.db")
        try:
            shutil.copyfile(path, copy)
            for ending in _UNFINISHED:
                if (beside := path.with_name(path.name + ending)).is_file():
                    shutil.copyfile(beside, copy.with_name(copy.name + ending))
        except OSError as error:
            raise GradebookError(f"the gradebook {path} cannot be read: {error.strerror}") from None
        yield copy


def compare(
    sheet: Sheet, earlier: Earlier, groups: Sequence[str], zygote: Zygote, workers: int, step: Callable[[], None]
) -> CompareReport:
    """Grade what ``groups`` have handed in and hold it against what they got then; ``step`` is called after each.

    Raises:
        SheetgraderError: the sheet's graders are broken, or no sandbox can be had.
    """
    found: list[CellDifference] = []
    not_graded: dict[str, str] = {}
    again: dict[str, bool] = {}
    both = [group for group in groups if group in earlier.scores]
    with LocalPool(zygote.address, workers) as pool:
        zygote.wait_ready()
        for graded in pool.grade(_items(sheet, earlier, both, not_graded, again)):
            result = graded.result
            if result.error:
                not_graded[result.group] = result.error
            found += differences(
                earlier.scores[result.group],
                result,
                handed_in_again=again[result.group],
                then=lambda notebook, group=result.group: outcomes_then(  # type: ignore[misc]  # bound to this turn
                    _graded_then(sheet, earlier.path, group) / f"{notebook}.ipynb"
                ),
            )
            step()
    return CompareReport(
        sheet=sheet.name,
        gradebook=str(earlier.path),
        isolation=sheet.course.settings.isolation,
        groups=len(both),
        cells=sum(len(earlier.scores[group].cells) for group in both),
        differences=tuple(sorted(found, key=lambda each: (each.group, each.notebook, each.grade_id))),
        not_graded=not_graded,
        without_submission=tuple(sorted(earlier.scores.keys() - set(sheet.submissions()))),
        without_score=tuple(sorted(set(groups) - earlier.scores.keys())),
    )


def _items(
    sheet: Sheet, earlier: Earlier, groups: Sequence[str], not_graded: dict[str, str], again: dict[str, bool]
) -> Iterator[WorkItem]:
    """Yield the work of each group, and note whose cannot be read and who has handed in since."""
    for group in groups:
        try:
            item = build_item(sheet, group, earlier.material)
        except SubmissionError as error:
            not_graded[group] = str(error)
            continue
        time, then = parse_timestamp(item.files.get(TIMESTAMP_FILE))[0], earlier.scores[group].timestamp
        again[group] = time is not None and then is not None and time > then
        yield item


def differences(
    score: FinalScore,
    result: SubmissionResult,
    *,
    handed_in_again: bool = False,
    then: Callable[[str], Mapping[str, str]] = lambda _: {},
) -> list[CellDifference]:
    """Return the cells for which the autograder gives other points now than it did then, each with the reason.

    Args:
        score: what the gradebook says.
        result: what was found now.
        handed_in_again: what is graded now was handed in after that.
        then: gives what became of the cells of a notebook then, by their names; asked only where something differs.
    """
    now = {(cell.notebook, cell.grade_id): cell for cell in result.cells}
    found = []
    for before in score.cells:
        after = now.get((before.notebook, before.grade_id))
        if after is not None and _is_same(before.auto_points, after.points):
            continue
        reason = _reason(before, after, result, then(before.notebook).get(before.grade_id, ""))
        since = "it was handed in again since; " if handed_in_again else ""
        found.append(
            CellDifference(
                group=score.group,
                notebook=before.notebook,
                grade_id=before.grade_id,
                max_points=before.max_points,
                then=before.auto_points,
                now=None if after is None else after.points,
                reason=since + reason,
            )
        )
    return found


def _is_same(then: float | None, now: float | None) -> bool:
    if then is None or now is None:
        return then is now
    return math.isclose(then, now, abs_tol=1e-9)


def _reason(before: FinalCell, after: CellResult | None, result: SubmissionResult, then: str) -> str:
    if after is None:
        return "the sheet has no such cell now"
    now = _now(after, result)
    if before.auto_points is None:
        then = then or "it was left to a person"
    parts = [f"then: {then}" if then else "", f"now: {now}" if now else ""]
    return "; ".join(part for part in parts if part) if now else _NOTHING_TELLS


def _now(cell: CellResult, result: SubmissionResult) -> str:
    """Return what became of a cell now, as part of a sentence."""
    lost = next((each for each in cell.criteria if each.outcome is not Outcome.RIGHT), None)
    run = next((run for run in result.runs if (run.notebook, run.cell) == (cell.notebook, cell.grade_id)), None)
    if cell.message:
        said = cell.message
    elif lost is not None:
        said = f"a hidden grader: {lost.rubric} {lost.message}"
    elif run is not None and run.outcome is not Outcome.RIGHT:
        said = run.message
    elif cell.outcome is None:
        return ""
    else:
        said = "it passed" if cell.outcome is Outcome.RIGHT else cell.outcome.value
    said = plain_text(said).strip().rstrip(".")
    first = said.partition(" ")[0]
    # Not the name of an exception.
    return said[:1].lower() + said[1:] if first.isalpha() and first[1:] == first[1:].lower() else said


def outcomes_then(path: Path) -> dict[str, str]:
    """Return what the outputs in a graded notebook say became of its cells, by their names; nothing where it cannot be
    read.
    """
    content, missing = graded_notebook(path)
    if missing:
        return {}
    try:
        notebook = nbformat.reads(content.decode("utf-8"), as_version=4)
        return {
            name: _outcome(cell.outputs)
            for cell in notebook.cells
            if cell.cell_type == "code" and (name := claimed_name(cell)) is not None
        }
    # It is a stranger's, written by another program.
    except Exception:  # noqa: BLE001
        return {}


def _outcome(outputs: Sequence[nbformat.NotebookNode]) -> str:
    for output in outputs:
        if output.output_type == "error":
            return plain_text(f"{output.ename}: {output.evalue}")
        if output.get("name") == "stderr":
            return f"it wrote to stderr: {plain_text(output.text.strip(), 120)}"
        if output.output_type == "execute_result":
            return f"it returned {plain_text(str(output.data.get('text/plain', '')), 60)}"
    return "it passed"


def _graded_then(sheet: Sheet, gradebook: Path, group: str) -> Path:
    """Return the folder with what a group's notebooks were then: beside the gradebook, or in this course."""
    here = sheet.autograded_folder(group)
    if here.is_relative_to(sheet.course.root):
        there = gradebook.absolute().parent / here.relative_to(sheet.course.root)
        if there.is_dir():
            return there
    return here
