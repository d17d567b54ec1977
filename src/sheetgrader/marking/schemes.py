"""Marking schemes: rubrics as people write them, a Markdown list in which indentation says what belongs to what.

======================================  =====================================================================
``- 0.2: text``                         points that are added
``- 0.1 each, 0.5 at most: text``       the same, as often as it applies
``- subtract 0.1: text``                points that are taken off; ``each`` and ``at most`` as above
``- at most 0.3: text``                 no more than these in all, where this applies
``- instead 0.05: text``                where this applies, these points and not those it stands in
``- one of: text``                      the best of the alternatives that are indented under it
any other line                          a note, kept as it is
======================================  =====================================================================
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from sheetgrader.marking.checking import check, shown, unread_rules
from sheetgrader.marking.rubrics import Item, Rubric, Rule
from sheetgrader.results import rounded

#: How a line with points begins.
_HEAD: Final = re.compile(
    r"(?i)(?:(?P<deduction>subtract |[-\u2212\u2013])|(?P<cap>at most )|(?P<instead>instead )|\+)?"
    r"(?P<value>\d{1,6}(?:[.,]\d{1,6})?|[.,]\d{1,6})(?: ?(?:points?|pts?|P)\b)?"
    r"(?P<each> each(?:, ?(?:at most )?(?P<most>\d{1,6}(?:[.,]\d{1,6})?|[.,]\d{1,6})"
    r"(?: ?(?:points?|pts?|P)\b)?(?: at most)?)?)? ?:(?: |$)"
)
_ALTERNATIVES: Final = re.compile(r"(?i)one of:(?: |$)")
#: How a line begins that was meant to be one with points.
_NEARLY: Final = re.compile(
    r"(?i)(?:(?:subtract|instead|at most|minus) {1,4}[.,]?\d"
    r"|[-+*\u2212\u2013]{0,4}[.,]?\d[\d.,/%]{0,12}(?: (?:points?|pts?|each)\b[^:]{0,40})?[*]{0,2}:(?:[* ]|$))"
)
_BULLET: Final = re.compile(r"(?:(?P<number>\d{1,9}[.)])|[-*+]) {1,9}(?P<content>.*)", re.DOTALL)
#: The line that says what the cell is worth.
_WORTH: Final = re.compile(
    r"(?i)[*_]{0,3}(?P<value>\d{1,6}(?:[.,]\d{1,6})?|[.,]\d{1,6}) (?:bonus )?points?[.:]?"
    r"(?:(?P<only>[*_]{0,3}[.:]?$)|[*_]{1,3})"
)
_FENCES: Final = ("```", "~~~")
#: Deeper lines are read as if they stood here; they are a problem long before.
_DEEPEST_READ: Final = 16


class Scheme(msgspec.Struct, frozen=True, kw_only=True):
    """A marking scheme as it was read."""

    rubric: Rubric
    #: What is wrong with it: ends of sentences that begin with the cell.
    problems: tuple[str, ...] = ()
    #: What may have been meant otherwise, likewise.
    remarks: tuple[str, ...] = ()


@dataclass
class _Line:
    """A line of a scheme while it is read, with what belongs to it."""

    number: int
    indent: int
    rule: Rule = Rule.NOTE
    points: float = 0.0
    each: bool = False
    at_most: float | None = None
    #: What is said, with what stands between in order.
    text: list[str] = field(default_factory=list)
    inner: list[_Line] = field(default_factory=list)

    def goes_on(self, text: str, separator: str = " ") -> None:
        """Add a line to what is said."""
        self.text += [separator, text] if self.text else [text]

    def item(self) -> Item:
        return Item(
            id="",
            rule=self.rule,
            points=self.points,
            text="".join(self.text),
            each=self.each,
            at_most=self.at_most,
            items=tuple(line.item() for line in self.inner),
        )

    def numbers(self) -> Iterator[int]:
        """Yield the line's number and those of what belongs to it, in the order of :func:`rubrics.flat`."""
        yield self.number
        for line in self.inner:
            yield from line.numbers()


def read_scheme(
    text: str, *, notebook: str, grade_id: str, max_points: float, numbers: Sequence[int] | None = None
) -> Scheme:
    """Read the marking scheme of a cell; no word of it is lost.

    Args:
        text: what stands between the delimiters.
        notebook: that the cell stands in, without the ending.
        grade_id: of the cell.
        max_points: what the cell is worth.
        numbers: of the text's lines in the cell; None where they are counted from 1.
    """
    lines = text.split("\n")
    numbered = list(zip(numbers if numbers is not None else range(1, len(lines) + 1), lines, strict=True))
    problems, worth_stated = _check_worth(numbered, max_points)
    read = _Reader()
    for number, line in numbered:
        if number not in worth_stated:
            read.line(number, line)
    rubric = Rubric(
        notebook=notebook,
        grade_id=grade_id,
        max_points=max_points,
        items=with_ids(tuple(line.item() for line in read.top.inner)),
    )
    places = dict(zip((item.id for item in rubric.all_items()), list(read.top.numbers())[1:], strict=True))
    problems += read.problems
    problems += [
        f"line {places[problem.item]}: {problem.text}" if problem.item else problem.text for problem in check(rubric)
    ]
    missed = {problem.partition(":")[0] for problem in read.problems}
    remarks = tuple(
        f"{place}: a note seems to state a rule ({_beginning(item.text)}); give it a line of its own, so that tutors"
        " can tick it"
        for item in unread_rules(rubric)
        if not rubric.is_prose and (place := f"line {places[item.id]}") not in missed
    )
    return Scheme(rubric=rubric, problems=tuple(problems), remarks=remarks)


def write_scheme(rubric: Rubric) -> str:
    """Return ``rubric`` as a marking scheme that is read as the same."""
    unit = "point" if rubric.max_points == 1 else "points"
    lines = [f"**{shown(rubric.max_points)} {unit}**", "", *_written(rubric.items, "")]
    return "\n".join(lines)


def with_ids(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Return ``items`` with ids by their place: a, b, c; b1, b2 for what stands in b; b2a, b2b in that.

    Notes in which nothing stands are counted by themselves, so that a note more leaves the other ids as they are.
    """
    notes = 0

    def named(scope: tuple[Item, ...], prefix: str) -> tuple[Item, ...]:
        nonlocal notes
        found, position = [], 0
        for item in scope:
            if item.rule is Rule.NOTE and not item.items:
                notes += 1
                identifier = f"note{notes}"
            else:
                identifier = prefix + _name(position, letters=not prefix or prefix[-1].isdigit())
                position += 1
            found.append(msgspec.structs.replace(item, id=identifier, items=named(item.items, identifier)))
        return tuple(found)

    return named(items, "")


def _name(position: int, *, letters: bool) -> str:
    if not letters:
        return str(position + 1)
    name = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, len(string.ascii_lowercase))
        name = string.ascii_lowercase[rest] + name
    return name


class _Reader:
    """Puts lines where they belong."""

    def __init__(self) -> None:
        self.top = _Line(0, -2)
        self.problems: list[str] = []
        self._within = [self.top]
        #: The line that the next one may go on with.
        self._open: _Line | None = None
        #: What ends the code or the formula in whose middle we are.
        self._block_end = ""

    def line(self, number: int, raw: str) -> None:
        line = raw.expandtabs(4).rstrip()
        stripped = line.lstrip(" ")
        indent = len(line) - len(stripped)
        if self._block_end and self._open is not None:
            self._open.goes_on(line[min(indent, self._open.indent + 2) :], "\n")
            if self._ends_block(stripped):
                self._block_end = ""
            return
        if not stripped:
            self._open = None
        elif (bullet := _BULLET.match(stripped)) is not None:
            self._add(self._list_item(number, indent, bullet))
        elif self._open is not None:
            beside_block = stripped.startswith(_FENCES) or (self._open.text and self._open.text[-1].endswith(_FENCES))
            self._open.goes_on(stripped, "\n" if beside_block else " ")
        else:
            self._add(_Line(number, indent, text=[stripped]))
            if _NEARLY.match(stripped) is not None:
                self._complain(number, stripped, "points are read from list items only; begin the line with '- '")
        self._begin_block(stripped)

    def _add(self, line: _Line) -> None:
        while line.indent < self._within[-1].indent + 2:
            self._within.pop()
        self._within[-1].inner.append(line)
        if len(self._within) < _DEEPEST_READ:
            self._within.append(line)
        self._open = line

    def _list_item(self, number: int, indent: int, bullet: re.Match[str]) -> _Line:
        content = bullet["content"].lstrip(" ")
        if (head := _HEAD.match(content)) is not None:
            return _Line(
                number,
                indent,
                _rule(head),
                _number(head["value"]),
                head["each"] is not None,
                _number(head["most"]) if head["most"] else None,
                _said(content[head.end() :]),
            )
        if (head := _ALTERNATIVES.match(content)) is not None:
            return _Line(number, indent, Rule.ONE_OF, text=_said(content[head.end() :]))
        if _NEARLY.match(content) is not None:
            self._complain(
                number,
                content,
                "its points cannot be read; write for instance '- 0.2: …', '- 0.1 each, 0.5 at most: …', '- subtract"
                " 0.1: …', '- at most 0.3: …' or '- instead 0.05: …'",
            )
        # The number of a list that counts is a word of the text.
        return _Line(number, indent, text=_said(f"{bullet['number']} {content}" if bullet["number"] else content))

    def _complain(self, number: int, text: str, what: str) -> None:
        self.problems.append(f"line {number}: {_beginning(text)}: {what}")

    def _begin_block(self, stripped: str) -> None:
        opened = stripped.removeprefix("- ")
        if opened.startswith(_FENCES):
            self._block_end = opened[:3]
        elif stripped.count("$$") % 2:
            self._block_end = "$$"

    def _ends_block(self, stripped: str) -> bool:
        if self._block_end == "$$":
            return stripped.count("$$") % 2 == 1
        return stripped.startswith(self._block_end)


def _said(text: str) -> list[str]:
    return [text.strip()] if text.strip() else []


def _rule(head: re.Match[str]) -> Rule:
    for rule in (Rule.DEDUCTION, Rule.CAP, Rule.INSTEAD):
        if head[rule.value] is not None:
            return rule
    return Rule.CREDIT


def _number(written: str) -> float:
    return float(written.replace(",", "."))


def _check_worth(numbered: Sequence[tuple[int, str]], max_points: float) -> tuple[list[str], set[int]]:
    """Return what is wrong with the line that says what the cell is worth, and its number if it says only that."""
    number, first = next(((number, line.strip()) for number, line in numbered if line.strip()), (0, ""))
    worth = _WORTH.match(first)
    if worth is None:
        return [], set()
    problems = []
    if rounded(_number(worth["value"])) != rounded(max_points):
        problems.append(
            f"line {number}: it says {shown(_number(worth['value']))} points, but the cell is worth"
            f" {shown(max_points)}; change one of the two"
        )
    return problems, {number} if worth["only"] is not None else set()


def _written(items: tuple[Item, ...], indent: str) -> Iterator[str]:
    for item in items:
        head = _written_head(item)
        first, *more = (f"{head} {item.text}" if head and item.text else head or item.text).split("\n")
        yield f"{indent}- {first}".rstrip()
        yield from (f"{indent}  {line}".rstrip() for line in more)
        yield from _written(item.items, indent + "  ")


def _written_head(item: Item) -> str:
    if item.rule is Rule.NOTE:
        return ""
    if item.rule is Rule.ONE_OF:
        return "one of:"
    before = {Rule.CREDIT: "", Rule.DEDUCTION: "subtract ", Rule.CAP: "at most ", Rule.INSTEAD: "instead "}[item.rule]
    each = " each" if item.each else ""
    most = "" if item.at_most is None else f", {shown(item.at_most)} at most"
    return f"{before}{shown(item.points)}{each}{most}:"


def _beginning(text: str) -> str:
    line = text.split("\n", 1)[0]
    return repr(line if len(line) <= 60 else line[:59] + "…")
