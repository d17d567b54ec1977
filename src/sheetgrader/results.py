"""Frozen, typed outcomes of grading, as JSON in and out."""

from __future__ import annotations

import enum
from collections.abc import Iterable

import msgspec


class Outcome(enum.Enum):
    """What became of a criterion, a cell or a question."""

    RIGHT = "right"
    PARTLY_RIGHT = "partly right"
    WRONG = "wrong"
    RAISED = "raised"
    TIMED_OUT = "timed out"
    OUT_OF_MEMORY = "killed: memory"
    OUT_OF_PROCESSES = "killed: processes"
    OUT_OF_DISK = "killed: disk"
    KERNEL_DIED = "kernel died"
    #: The grader itself failed: a human decides; scored neither as wrong nor as right.
    NOT_JUDGED = "not judged"


class CriterionResult(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict on one criterion: one pytest test, or one parametrised case of it."""

    #: pytest's node id without its folder, ``test_graded.py::test_symmetry``.
    name: str
    #: The rubric line: the docstring of the test.
    rubric: str
    #: This criterion's share among the criteria of its cell; the shares need not add up to one.
    weight: float
    outcome: Outcome
    #: What part of the criterion's points was earned, in [0, 1]; 0 where it was not judged, or does not count.
    fraction: float
    #: What the student may read: what was asked with which input, what came back, which property it breaks.
    message: str = ""
    hint: str = ""
    #: What only instructors may read: the assertion's own text or the grader's traceback.
    detail: str = ""
    seconds: float = 0.0
    #: What the criterion's random inputs were drawn from; it follows from the answer's code.
    seed: int = 0
    #: The same answer has earned something else under the same conditions: a person decides.
    unstable: bool = False
    #: What is to be known about the verdict, for tutors and students.
    remark: str = ""
    #: Where it would have earned something and does not count: the rubric lines of what it requires, none of which
    #: earned anything.
    unmet: tuple[str, ...] = ()

    @property
    def test(self) -> str:
        """The name of its test function, without the parametrised case."""
        return self.name.partition("[")[0]

    @property
    def why_it_does_not_count(self) -> str:
        """One sentence for the student; empty where it counts."""
        if not self.unmet:
            return ""
        which = "this is" if len(self.unmet) == 1 else "one of these is"
        return f"It does not count until {which} fulfilled: {'; '.join(rubric.rstrip('.') for rubric in self.unmet)}."


class CellResult(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one cell with points."""

    notebook: str
    grade_id: str
    max_points: float
    #: None where a human has to decide: a manually graded answer, or a cell that was not judged.
    points: float | None
    outcome: Outcome | None
    criteria: tuple[CriterionResult, ...] = ()
    #: One sentence about the cell as a whole, for the student.
    message: str = ""

    @property
    def tests(self) -> dict[str, tuple[CriterionResult, ...]]:
        """Its criteria by test: all cases of a parametrised one together, in order."""
        found: dict[str, list[CriterionResult]] = {}
        for criterion in self.criteria:
            found.setdefault(criterion.test, []).append(criterion)
        return {name: tuple(cases) for name, cases in found.items()}

    @property
    def points_of_weight(self) -> float:
        """What a criterion of weight 1 is worth."""
        weight = sum(criterion.weight for criterion in self.criteria)
        return self.max_points / weight if weight else 0.0


class LookAgain(msgspec.Struct, frozen=True, kw_only=True):
    """A mark given by hand to what is no longer so: a person looks again."""

    notebook: str
    grade_id: str
    #: The group has answered otherwise since; else only the automatic verdict is another.
    answer_changed: bool
    points_before: float | None = None
    points_after: float | None = None
    outcome_before: Outcome | None = None
    outcome_after: Outcome | None = None


class CellRun(msgspec.Struct, frozen=True, kw_only=True):
    """How one code cell of the student's ran."""

    notebook: str
    #: The ``grade_id``, or the cell's position as ``cell 7`` where it has none.
    cell: str
    outcome: Outcome
    message: str = ""
    seconds: float = 0.0


class Stages(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds a submission spent in each stage; ``student`` is its own code, the rest is the framework's."""

    prepare: float = 0.0
    fork: float = 0.0
    student: float = 0.0
    run: float = 0.0
    judge: float = 0.0
    record: float = 0.0

    @property
    def framework(self) -> float:
        """Seconds that the framework took: everything but the student's own code."""
        return self.prepare + self.fork + self.run + self.judge + self.record


class SubmissionResult(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that grading one submission found out."""

    sheet: str
    group: str
    cells: tuple[CellResult, ...] = ()
    runs: tuple[CellRun, ...] = ()
    #: Sentences for tutors and students about the submission as a whole: a missing cell, a damaged notebook.
    notes: tuple[str, ...] = ()
    #: Set when the submission could not be graded at all.
    error: str = ""
    #: The isolation the student's code ran under, as ``sandbox`` or ``process``.
    isolation: str = ""
    #: Digest of everything that decides the result: submission, graders, limits, version.
    digest: str = ""
    #: Digest of what was handed in alone, whenever that was.
    handed_in: str = ""
    #: The sheet's notebooks that were not there; of them stands one without answers for tutors.
    not_handed_in: tuple[str, ...] = ()
    #: Marks that were given to an earlier answer, or beside another verdict.
    look_again: tuple[LookAgain, ...] = ()
    #: Digest of all that does besides what was handed in; empty where an earlier version did not write it.
    conditions: str = ""
    stages: Stages = Stages()

    @property
    def points(self) -> float:
        """Points earned so far, over all cells that were judged."""
        return sum(cell.points or 0.0 for cell in self.cells)

    @property
    def max_points(self) -> float:
        """Points of all cells, those for a human included."""
        return sum(cell.max_points for cell in self.cells)


def rounded(points: float) -> float:
    """Return points as every table, page and export has them: to a thousandth, and never as -0."""
    return round(points, 3) + 0.0


def encode_json(value: msgspec.Struct) -> bytes:
    """Return ``value`` as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the outcome that names a cell whose criteria had ``outcomes``.

    A cell is right or wrong only where all its criteria are; one that a human must look at stands for the whole; of the
    rest the one that says most about what went wrong does.
    """
    found = set(outcomes)
    for outcome in _MOST_TELLING:
        if outcome in found:
            return outcome
    if found <= {Outcome.RIGHT}:
        return Outcome.RIGHT
    if found <= {Outcome.WRONG, Outcome.RAISED}:
        return Outcome.RAISED if found == {Outcome.RAISED} else Outcome.WRONG
    return Outcome.PARTLY_RIGHT


_MOST_TELLING = (
    Outcome.NOT_JUDGED,
    Outcome.OUT_OF_MEMORY,
    Outcome.OUT_OF_PROCESSES,
    Outcome.OUT_OF_DISK,
    Outcome.KERNEL_DIED,
    Outcome.TIMED_OUT,
)
