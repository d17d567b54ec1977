"""What a worker is given: one submission with all that grading it needs, as self-contained bytes."""

from __future__ import annotations

import msgspec

from sheetgrader.results import CellResult, Outcome, SubmissionResult
from sheetgrader.sandbox.limits import SandboxLimits


class GradingLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Clocks of the grading side, in seconds, and what it takes from a kernel."""

    #: One cell of the student's.
    cell_seconds: float = 30.0
    #: One call that a grader makes, unless its criterion names a limit of its own.
    call_seconds: float = 10.0
    #: All criteria of one test cell together.
    question_seconds: float = 120.0
    #: The whole submission.
    submission_seconds: float = 1200.0
    #: How long an interrupted cell or call may take to stop before it is killed.
    interrupt_grace_seconds: float = 1.0
    #: Output that is kept of one cell, and of all cells of a notebook together; see
    #: :func:`~sheetgrader.boundary.untrusted_json.price`.
    output_bytes: int = 24 << 20
    notebook_output_bytes: int = 64 << 20
    #: One value that a student's function gives back.
    value_bytes: int = 64 << 20
    #: Files that a submission's code writes and that are kept beside its graded notebook, all together.
    written_bytes: int = 8 << 20
    written_files: int = 100


class SourceCell(msgspec.Struct, frozen=True, kw_only=True):
    """An instructor's cell as the gradebook keeps it; locked ones are put back into every submission."""

    grade_id: str
    cell_type: str
    source: str
    locked: bool
    grade: bool
    solution: bool
    task: bool
    #: Points of a cell that is graded.
    max_points: float | None
    checksum: str | None


def holds_no_code(source: str) -> bool:
    """Say whether a cell holds nothing but blank lines and comments, and so leaves judging to graders."""
    return all(not line.strip() or line.lstrip().startswith("#") for line in source.splitlines())


class NotebookWork(msgspec.Struct, frozen=True, kw_only=True):
    """One notebook of a submission."""

    name: str
    #: What the group handed in; None where the file is missing.
    submitted: bytes | None
    source_cells: tuple[SourceCell, ...]
    #: The source notebook's kernelspec as JSON, or None.
    kernelspec: str | None
    #: The source notebook with its solutions, for the ``reference`` fixture; it never enters the student's sandbox.
    reference: bytes | None
    #: Test cells that graders judge, by ``grade_id``: what counts is the student's functions, so a missing one is put
    #: back.
    judged: tuple[str, ...] = ()
    #: The course's settings of nbgrader's preprocessors, as the JSON of a traitlets configuration.
    preprocessor_config: str = "{}"


class WorkItem(msgspec.Struct, frozen=True, kw_only=True):
    """One submission and everything needed to grade it; no file system is shared with the worker."""

    sheet: str
    group: str
    notebooks: tuple[NotebookWork, ...]
    #: Files that the notebooks find beside themselves, by relative path: the group's own, overwritten by the
    #: instructor's.
    files: dict[str, bytes]
    #: Files of the reference solution's kernel: the instructor's alone.
    reference_files: dict[str, bytes]
    #: Grader files by path relative to ``grader_tests/<sheet>/``; empty for a course that judges in its cells.
    graders: dict[str, bytes]
    #: Keys the random inputs; known to the trusted side only.
    secret: bytes
    #: Digest of everything that decides the result.
    digest: str
    #: Digest of all that does besides what was handed in: graders, limits, versions.
    conditions: str = ""
    #: Judge every criterion a second time in fresh kernels.
    twice: bool = False
    limits: GradingLimits
    sandbox: SandboxLimits
    #: ``sandbox`` or ``process``, written into the result.
    isolation: str
    #: Tell what it has imported: asked of a sheet's own notebooks, never of a group's.
    tells_imports: bool = False
    #: Digest of what was handed in alone; the result repeats it.
    handed_in: str = ""
    #: Sentences about the files that were handed in; the result repeats them.
    notes: tuple[str, ...] = ()
    #: Keep hidden test text out of the notebook that is written; nbgrader's delimiters.
    hidden_test_delimiters: tuple[str, str] = ("### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS")
    #: Leave hidden tests in the sheet's own cells all the same, for tutors; feedback cuts them out.
    keeps_hidden_tests: bool = False
    #: All marks by which nbgrader cuts instructors' texts out; in a group's own cell they are remarked on.
    marks: tuple[str, ...] = ()


class GradedNotebook(msgspec.Struct, frozen=True, kw_only=True):
    """A notebook after grading: the student's cells, the instructor's locked cells, the recorded outputs."""

    name: str
    content: bytes


class DrawnCurve(msgspec.Struct, frozen=True, kw_only=True):
    """A line or the points of a plot, thinned; a coordinate that is no finite number is None."""

    label: str = ""
    x: tuple[float | None, ...] = ()
    y: tuple[float | None, ...] = ()
    #: Points that nothing joins.
    is_scatter: bool = False


class DrawnAxes(msgspec.Struct, frozen=True, kw_only=True):
    """One coordinate system that a cell drew, as the student's kernel claims."""

    notebook: str
    #: The ``grade_id``, or the cell's position as ``cell 7`` where it has none.
    cell: str
    #: Which one of the cell's it is.
    position: int
    title: str = ""
    xlabel: str = ""
    ylabel: str = ""
    xscale: str = ""
    yscale: str = ""
    curves: tuple[DrawnCurve, ...] = ()


class GradedSubmission(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker gives back."""

    result: SubmissionResult
    notebooks: tuple[GradedNotebook, ...] = ()
    #: What its cells drew, for plots of the whole class.
    drawn: tuple[DrawnAxes, ...] = ()
    #: The modules of installed libraries that it has imported beside those that every kernel has, in order; None where
    #: that was not asked for.
    imported: tuple[str, ...] | None = None
    #: Files that its code wrote, by relative path.
    written: dict[str, bytes] = {}  # msgspec gives each its own


def not_judged(item: WorkItem, sentence: str) -> GradedSubmission:
    """Return the result of a submission of which a human has to look at all; ``sentence`` says why."""
    cells = tuple(
        CellResult(
            notebook=notebook.name,
            grade_id=cell.grade_id,
            max_points=cell.max_points or 0.0,
            points=None,
            outcome=Outcome.NOT_JUDGED,
            message=sentence,
        )
        for notebook in item.notebooks
        for cell in notebook.source_cells
        if cell.grade or cell.task
    )
    result = SubmissionResult(
        sheet=item.sheet,
        group=item.group,
        cells=cells,
        error=sentence,
        isolation=item.isolation,
        digest=item.digest,
        handed_in=item.handed_in,
        conditions=item.conditions,
    )
    return GradedSubmission(result=result)
