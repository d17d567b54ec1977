"""``sheetgrader object`` and ``sheetgrader answer``: what groups say about their feedback, and what is answered."""

from __future__ import annotations

from pathlib import Path

import msgspec

from sheetgrader.boundary.plain_text import shortened
from sheetgrader.commands.output import Output
from sheetgrader.commands.users import user_name
from sheetgrader.errors import UsageError
from sheetgrader.report.words import counted, listed


class ObjectionsReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a group objects to now, by line."""

    sheet: str
    group: str
    lines: tuple[str, ...]


class AnswerReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was answered, and whom else it concerns."""

    sheet: str
    group: str
    line: str
    affected: tuple[str, ...]


def object_to(folder: Path, name: str, group: str, output: Output, *, line: str, why: str, file: Path | None) -> int:
    """Write down what a group objects to, and return the exit code.

    Raises:
        UsageError: neither a line with words nor a file is given, or the group's page has no such line.
        SheetgraderError: the course, the sheet or the gradebook cannot be read, or it cannot be written down.
    """
    if (file is None) == (not line) or (bool(why) and file is not None):
        raise UsageError('give a line and words (ex3-a4f1c --why "…"), or --file with a paragraph for each line')
    with output.waiting("Reading the gradebook"):
        from sheetgrader.course.directory import Course
        from sheetgrader.store.objections import Objections, parse_objections

        words = {line: why} if file is None else parse_objections(file)
        Objections(Course.load(folder).sheet(name), group).object(words, by=group)
    output.say(f"{counted(len(words), 'objection')} by {group} kept: {listed(list(words))}.", "bold")
    output.document(ObjectionsReport(sheet=name, group=group, lines=tuple(words)))
    return 0


def answer(
    folder: Path, name: str, group: str, line: str, output: Output, *, why: str, by: str, grader_was_wrong: bool
) -> int:
    """Answer an objection, and return the exit code.

    Raises:
        UsageError: nothing is answered, or the group has not objected to that line.
        SheetgraderError: the course, the sheet or the gradebook cannot be read, or it cannot be written down.
    """
    if not why.strip():
        raise UsageError('say what you answer; the group reads it on its page: --why "…"')
    with output.waiting("Reading the gradebook"):
        from sheetgrader.course.directory import Course
        from sheetgrader.store.objections import Objections

        objections = Objections(Course.load(folder).sheet(name), group)
        affected = objections.answer(line, why, by or user_name(), grader_was_wrong=grader_was_wrong)
    output.document(AnswerReport(sheet=name, group=group, line=line, affected=tuple(each.group for each in affected)))
    output.say(f"{group} reads the answer once its page is written again: sheetgrader feedback {name}", "bold")
    if affected:
        output.say(f"The same criterion cost {counted(len(affected), 'group')} points:")
        output.table(
            ("group", "verdict", "reason"),
            [(each.group, each.outcome, shortened(each.message, 300)) for each in affected],
        )
        output.say(
            f"Mend the grader; then sheetgrader grade {name} --affected-by {line} --dry-run shows what changes for"
            f" them, and without --dry-run it is so. sheetgrader grade {name} grades the others by it as well."
        )
    return 0
