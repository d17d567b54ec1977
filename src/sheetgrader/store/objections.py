"""Objections: each line of a feedback page has an id, by which a group says that it is not right."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from sheetgrader.course.directory import Sheet
from sheetgrader.course.questions import question_of_name
from sheetgrader.errors import UsageError
from sheetgrader.results import SubmissionResult
from sheetgrader.store.decisions import Answered, AnyDecision, Objected, add_decisions, now, read_decisions
from sheetgrader.store.final_scores import FinalScore, read_final_scores
from sheetgrader.store.kept_results import read_result

#: What a group may write about one line, in characters; and how large a file of objections may be, in bytes.
MOST_CHARACTERS: Final = 4000
_MOST_BYTES: Final = 1 << 18
_BEGINNING: Final = re.compile(r"\s*+([^\s:]++)\s*+:\s*+(.*+)", re.DOTALL)


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What an id stands for: a criterion, or the mark on an answer where ``test`` is empty."""

    notebook: str
    grade_id: str
    test: str = ""

    @property
    def id(self) -> str:
        """Its id, the same on every group's page: the question, and what tells its lines apart."""
        digest = hashlib.sha256("\0".join((self.notebook, self.grade_id, self.test)).encode("utf-8", "surrogatepass"))
        return f"{question_of_name(self.grade_id)}-{digest.hexdigest()[:5]}"


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """An objection and what was answered."""

    words: str
    #: None where nobody has answered.
    answer: str | None = None
    grader_was_wrong: bool = False


class Affected(msgspec.Struct, frozen=True, kw_only=True):
    """A group that a verdict of the same criterion cost something."""

    group: str
    outcome: str
    message: str


def lines_of(score: FinalScore | None, result: SubmissionResult | None) -> dict[str, Line]:
    """Return the lines of a group's page by their ids: of every cell with points its criteria, or its mark."""
    tests: dict[tuple[str, str], dict[str, None]] = {}
    for cell in score.cells if score is not None else ():
        tests[cell.notebook, cell.grade_id] = {}
    for judged in result.cells if result is not None else ():
        if (key := (judged.notebook, judged.grade_id)) in tests:
            tests[key] = dict.fromkeys(criterion.test for criterion in judged.criteria)
    lines = [
        Line(notebook=notebook, grade_id=grade_id, test=test)
        for (notebook, grade_id), names in tests.items()
        for test in (*names, "")
    ]
    return {line.id: line for line in lines}


def exchanges(decisions: Iterable[AnyDecision]) -> dict[str, tuple[Exchange, ...]]:
    """Return what a group objected to and what was answered, by the lines' ids."""
    found: dict[str, list[Exchange]] = {}
    for decision in decisions:
        if isinstance(decision, Objected):
            found.setdefault(decision.line, []).append(Exchange(words=decision.why))
        elif isinstance(decision, Answered) and decision.line in found:
            # It answers whatever was said about the line until then.
            found[decision.line] = [
                msgspec.structs.replace(each, answer=decision.why, grader_was_wrong=decision.grader_was_wrong)
                if each.answer is None
                else each
                for each in found[decision.line]
            ]
    return {line: tuple(of) for line, of in found.items()}


def parse_objections(path: Path) -> dict[str, str]:
    """Return a group's words by line out of a file in which each paragraph begins as ``ex3-a4f1c: The sign is right``.

    Raises:
        UsageError: the file cannot be read, or a paragraph begins otherwise.
    """
    try:
        content = path.read_bytes()
        if len(content) > _MOST_BYTES:
            raise UsageError(f"{path} has more than {_MOST_BYTES >> 10} KiB, which is no list of objections")
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is no text in UTF-8; save it as that") from None
    found: dict[str, str] = {}
    for paragraph in _paragraphs(text):
        match = _BEGINNING.fullmatch(paragraph)
        if match is None:
            raise UsageError(
                f"{path}: the paragraph {paragraph.strip()[:60]!r} does not begin with a line's id and a colon, as"
                " ex3-a4f1c: The sign is right."
            )
        words = match[2].strip()
        found[match[1]] = f"{found[match[1]]}\n\n{words}" if match[1] in found else words
    if not found:
        raise UsageError(f"{path} holds no objection")
    return found


class Objections:
    """What one group objects to on one sheet."""

    def __init__(self, sheet: Sheet, group: str) -> None:
        """Read what the group's page has lines for.

        Raises:
            GradebookError: the gradebook cannot be read.
        """
        self._sheet = sheet
        self._group = group
        score = read_final_scores(sheet).get(group)
        self._is_graded = score is not None
        self._lines = lines_of(score, read_result(sheet, group))

    def object(self, words: dict[str, str], by: str) -> None:
        """Write down what the group says, by line, all of it or nothing.

        Raises:
            UsageError: nothing of it is graded, its page has no such line, or something is empty or too long.
            GradebookError: it cannot be written.
        """
        if not self._is_graded:
            raise UsageError(
                f"nothing by {self._group!r} is graded for {self._sheet.name}, so there is nothing to object to; see:"
                f" sheetgrader status {self._sheet.name}"
            )
        for line, text in words.items():
            self._find(line)
            if not text.strip():
                raise UsageError(f'say what the group says about the line {line}: --why "…"')
            if len(text) > MOST_CHARACTERS:
                raise UsageError(
                    f"there are {len(text):,} characters about the line {line}; {MOST_CHARACTERS:,} are enough"
                )
        when = now()
        add_decisions(
            self._sheet,
            self._group,
            [Objected(by=by, when=when, why=text.strip(), line=line) for line, text in words.items()],
        )

    def answer(self, line: str, text: str, by: str, *, grader_was_wrong: bool) -> tuple[Affected, ...]:
        """Answer what the group said about a line, and return whom the same criterion cost points where the grader was
        wrong. The line need not be on its page any more: a criterion may have another name since.

        Raises:
            UsageError: the group has said nothing about the line.
            GradebookError: it cannot be written.
        """
        if line not in exchanges(read_decisions(self._sheet, self._group)):
            self._find(line)
            raise UsageError(f"{self._group} has not objected to the line {line}")
        found = self._lines.get(line)
        answer = Answered(by=by, when=now(), why=text, line=line, grader_was_wrong=grader_was_wrong)
        add_decisions(self._sheet, self._group, [answer])
        return affected(self._sheet, found) if grader_was_wrong and found is not None else ()

    def _find(self, line: str) -> Line:
        if line not in self._lines:
            near = difflib.get_close_matches(line, self._lines, n=3)
            hint = f"did you mean {' or '.join(near)}?" if near else "the ids stand on its feedback page"
            raise UsageError(f"the page of {self._group} has no line {line[:80]!r}; {hint}")
        return self._lines[line]


def affected(sheet: Sheet, line: Line) -> tuple[Affected, ...]:
    """Return the groups that lost something by the criterion of a line, in order; all that have a mark by hand there
    where it is no criterion.

    Raises:
        GradebookError: the gradebook cannot be read.
    """
    return tuple(_affected(sheet, line))


def find_line(sheet: Sheet, line: str) -> Line:
    """Return what the id ``line`` stands for on any group's page.

    Raises:
        UsageError: on none.
        GradebookError: the gradebook cannot be read.
    """
    for group, score in read_final_scores(sheet).items():
        found = lines_of(score, read_result(sheet, group)).get(line)
        if found is not None:
            return found
    raise UsageError(f"no feedback page of {sheet.name} has a line {line[:80]!r}; the ids stand beside the verdicts")


def _affected(sheet: Sheet, line: Line) -> Iterator[Affected]:
    for group, score in read_final_scores(sheet).items():
        if not line.test:
            if any(
                cell.manual_points is not None and (cell.notebook, cell.grade_id) == (line.notebook, line.grade_id)
                for cell in score.cells
            ):
                yield Affected(group=group, outcome="marked by hand", message="")
            continue
        result = read_result(sheet, group)
        lost = [
            criterion
            for cell in (result.cells if result else ())
            if (cell.notebook, cell.grade_id) == (line.notebook, line.grade_id)
            for criterion in cell.criteria
            if criterion.test == line.test and criterion.fraction < 1
        ]
        if lost:
            yield Affected(group=group, outcome=lost[0].outcome.value, message=lost[0].message)


def _paragraphs(text: str) -> Iterator[str]:
    paragraph: list[str] = []
    for line in [*text.splitlines(), ""]:
        if line.strip():
            paragraph.append(line)
        elif paragraph:
            yield "\n".join(paragraph)
            paragraph = []
