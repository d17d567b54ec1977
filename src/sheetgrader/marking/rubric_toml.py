"""Rubrics as TOML that people can read, change and merge: one table is one item, in order."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import tomli_w

from sheetgrader.errors import CourseError
from sheetgrader.marking.rubrics import Item, Rule

#: What a rubric belongs to: a notebook, without its ending, and a cell.
Question = tuple[str, str]

_HEAD: Final = """\
# What answers are marked by: one table is one item, in order; "under" names the item that it stands in. A rule is
# credit (where none is named), deduction, cap, instead, one of, or note. Marks name items by their ids: keep these.
"""
#: Items do not stand in each other deeper than this.
_DEEPEST: Final = 16

_Points = Annotated[float, msgspec.Meta(ge=0, le=1_000_000)]


class Table(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One item, by itself."""

    id: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_-]{1,60}$")]
    under: str = ""
    rule: Rule = Rule.CREDIT
    points: _Points = 0.0
    each: bool = False
    at_most: _Points | None = None
    text: str = ""


def tables(items: tuple[Item, ...], under: str = "") -> Iterator[Table]:
    """Yield ``items`` and what stands in them one by one."""
    for item in items:
        yield Table(
            id=item.id,
            under=under,
            rule=item.rule,
            points=item.points,
            each=item.each,
            at_most=item.at_most,
            text=item.text,
        )
        yield from tables(item.items, item.id)


def encode(rubrics: Mapping[Question, tuple[Item, ...]]) -> str:
    """Return rubrics as the text of a file."""
    blocks = [_HEAD]
    blocks += [f"{_name(*question)} = []\n" for question, items in rubrics.items() if not items]
    blocks += [
        f"[[{_name(*question)}]]\n{_lines(table)}" for question, items in rubrics.items() for table in tables(items)
    ]
    return "\n".join(blocks)


def decode(text: str, path: Path) -> dict[Question, tuple[Item, ...]]:
    """Return the rubrics of a file.

    Args:
        text: of the file.
        path: of the file, for sentences.

    Raises:
        CourseError: it cannot be read.
    """
    try:
        content = tomllib.loads(text)
    # A number of thousands of digits is a plain ValueError of Python's, not one of TOML's.
    except (ValueError, RecursionError) as error:
        raise CourseError(
            f"{path} is no TOML: {error}; points have a decimal point there, and texts stand in quotes"
        ) from None
    places = _places(text)
    found = {}
    for notebook, cells in content.items():
        for grade_id, written in _of_notebook(cells, notebook, path).items():
            lines = places.get((notebook, grade_id), [])
            if len(lines) != len(written):
                lines = [0] * len(written)
            found[notebook, grade_id] = _tree(written, lines, f"{notebook}.{grade_id}", path)
    return found


def _name(notebook: str, grade_id: str) -> str:
    return tomli_w.dumps({notebook: {grade_id: {}}}).strip()[1:-1]


def _lines(table: Table) -> str:
    values = msgspec.to_builtins(table)
    text = values.pop("text", "")
    lines = tomli_w.dumps(values)
    if not text:
        return lines
    # LaTeX is easier to read where nothing in it is escaped.
    plain = text.isprintable() and "'" not in text
    return lines + (f"text = '{text}'\n" if plain else tomli_w.dumps({"text": text}))


def _of_notebook(cells: Any, notebook: str, path: Path) -> dict[str, list[Any]]:
    way_out = "write each item as a table of its own, under [[notebook.cell]]"
    if not isinstance(cells, dict):
        raise CourseError(f"{path}: {notebook} is no notebook with cells; {way_out}")
    for grade_id, written in cells.items():
        if not isinstance(written, list):
            raise CourseError(f"{path}: {notebook}.{grade_id} is no list of items; {way_out}")
    return cells


def _places(text: str) -> dict[Question, list[int]]:
    """Return the lines in which the tables of each cell begin."""
    found: dict[Question, list[int]] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.lstrip().startswith("[["):
            continue
        try:
            content = tomllib.loads(line)
            (notebook, cells), *_ = content.items()
            (grade_id, _), *_ = cells.items()
        except (tomllib.TOMLDecodeError, ValueError, AttributeError):
            continue
        found.setdefault((notebook, grade_id), []).append(number)
    return found


def _tree(written: list[Any], lines: list[int], name: str, path: Path) -> tuple[Item, ...]:
    """Put the items of one cell into each other."""
    found: dict[str, Table] = {}
    depths = {"": 0}
    for table, line in zip(written, lines, strict=True):
        place = f"{path}, line {line}" if line else f"{path}, {name}"
        try:
            item = msgspec.convert(table, Table)
        except msgspec.ValidationError as error:
            raise CourseError(f"{place}: this item cannot be read: {error}") from None
        if not math.isfinite(item.points) or not math.isfinite(item.at_most or 0.0):
            raise CourseError(f"{place}: the points of item {item.id} are no number; write one that is not negative")
        if item.id in found:
            raise CourseError(f"{place}: there are two items {item.id} in {name}; give the newer one another id")
        if item.under not in depths:
            raise CourseError(f"{place}: item {item.id} stands under {item.under!r}, but no item before it has that id")
        depths[item.id] = depths[item.under] + 1
        if depths[item.id] > _DEEPEST:
            raise CourseError(f"{place}: item {item.id} stands more than {_DEEPEST} items deep; take it out of some")
        found[item.id] = item
    inner: dict[str, list[Item]] = {}
    # What stands in an item comes after it, so that from the end everything is there when it is needed.
    for item in reversed(found.values()):
        items = tuple(reversed(inner.pop(item.id, [])))
        values = {field: getattr(item, field) for field in ("id", "rule", "points", "each", "at_most", "text")}
        inner.setdefault(item.under, []).append(Item(**values, items=items))
    return tuple(reversed(inner.get("", [])))
