"""Test functions as pytest collects them: what they state about themselves, and what is wrong with them."""

from __future__ import annotations

import inspect
from collections.abc import Sequence

import pytest

from sheetgrader.errors import CourseError
from sheetgrader.graders.criteria import Criterion, facts_of


def function_of(item: pytest.Item) -> object:
    """Return the function behind a collected test."""
    function = getattr(item, "function", None)
    return item if function is None else inspect.unwrap(function)


def facts_of_item(item: pytest.Item) -> Criterion | None:
    """Return what ``@criterion`` states about a collected test, or None."""
    return facts_of(function_of(item))


def rubric_of(item: pytest.Item) -> str:
    """Return the rubric line of a criterion: its docstring as one line."""
    return " ".join((inspect.getdoc(function_of(item)) or item.name).split())


def judges(facts: Criterion | None, cell: str) -> bool:
    """Tell whether a criterion with these facts belongs to the cell with the grade id ``cell``."""
    return facts is not None and cell in (facts.question, f"{facts.question}_test")


def collection_error(report: pytest.CollectReport) -> str:
    """Return why pytest could not collect a grader file, as one sentence that names the file."""
    lines = [line.removeprefix("E").strip() for line in str(report.longrepr).splitlines() if line.startswith("E ")]
    reason = lines[-1] if lines else str(report.longrepr).strip().splitlines()[-1]
    place = next((line for line in lines if ", line " in line and line.startswith("File ")), "")
    number = f", line {place.rsplit(', line ', 1)[1]}" if place else ""
    return f"the grader file {report.nodeid}{number} cannot be imported: {reason}"


def conditions_of(items: Sequence[pytest.Item]) -> dict[str, tuple[str, ...]]:
    """Return the tests that each test requires, both by their ids without a parametrised case.

    Raises:
        CourseError: a test requires one that its question does not have, or itself by way of others.
    """
    by_name: dict[tuple[str, str], list[str]] = {}
    for item, facts in _criteria(items):
        by_name.setdefault((_question(facts), _test(item).rpartition("::")[2]), []).append(_test(item))
    found: dict[str, tuple[str, ...]] = {}
    for item, facts in _criteria(items):
        for name in facts.requires:
            if (_question(facts), name) not in by_name:
                raise CourseError(
                    f"the grader {_test(item)} requires {name}, which is no criterion of {_question(facts)}"
                )
        required = [test for name in facts.requires for test in by_name[_question(facts), name]]
        found[_test(item)] = tuple(dict.fromkeys(required))
    for test in found:
        _refuse_circle((test,), found)
    return found


def _refuse_circle(path: tuple[str, ...], requires: dict[str, tuple[str, ...]]) -> None:
    for test in requires[path[-1]]:
        if test in path:
            names = " requires ".join(each.rpartition("::")[2] for each in (*path[path.index(test) :], test))
            raise CourseError(f"the graders of {test.partition('::')[0]} require each other in a circle: {names}")
        _refuse_circle((*path, test), requires)


def _criteria(items: Sequence[pytest.Item]) -> list[tuple[pytest.Item, Criterion]]:
    return [(item, facts) for item in items if (facts := facts_of_item(item)) is not None]


def _question(facts: Criterion) -> str:
    return facts.question.removesuffix("_test")


def _test(item: pytest.Item) -> str:
    return item.nodeid.partition("[")[0]
