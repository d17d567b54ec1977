"""The page counts points as rubrics do: the same answers, the same points."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from sheetgrader.marking.rubrics import Item, Rubric, Rule, points
from sheetgrader.report.marking_page.assembling import STATIC, bundle
from sheetgrader.report.words import number

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.conftest import Watched

pytestmark = pytest.mark.browser

_RULES = (*Rule, Rule.CREDIT, Rule.CREDIT, Rule.CREDIT)


def _items(chance: random.Random, depth: int, names: list[str]) -> tuple[Item, ...]:
    found = []
    for _ in range(chance.randint(1, 4)):
        names.append(f"i{len(names)}")
        each = chance.random() < 0.3
        found.append(
            Item(
                id=names[-1],
                rule=chance.choice(_RULES),
                points=chance.choice([0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.0625, 1 / 3, 0.5, 1.0]),
                each=each,
                at_most=chance.choice([None, 0.15, 0.4]) if each else None,
                items=_items(chance, depth - 1, names) if depth and chance.random() < 0.4 else (),
            )
        )
    return tuple(found)


def _cases(count: int) -> list[tuple[Rubric, dict[str, int]]]:
    chance = random.Random(7)  # noqa: S311 # the same rubrics each time
    cases = []
    for _ in range(count):
        names: list[str] = []
        rubric = Rubric(notebook="sheet", grade_id="ex", max_points=1.0, items=_items(chance, 3, names))
        cases.append((rubric, {name: chance.randint(1, 4) for name in names if chance.random() < 0.5}))
    return cases


def _plain(items: tuple[Item, ...]) -> list[dict[str, Any]]:
    """Items as the page gets them: with all that they may leave out."""
    return [
        {**msgspec.to_builtins(item), "rule": item.rule.value, "points": item.points, "each": item.each,
         "at_most": item.at_most, "items": _plain(item.items)}
        for item in items
    ]  # fmt: skip


@pytest.fixture
def script(open_page: Callable[..., Watched]) -> Callable[[str, Any], Any]:
    """Run what a page's modules hold."""
    page = open_page().page
    page.goto("about:blank")
    inside = bundle("numbers.js").removesuffix("})();\n")
    page.add_script_tag(content=f"{inside}globalThis.ours = {{ points, rounded, parseNumber, number }};}})();")
    return page.evaluate


def test_points_are_the_same_as_in_python(script: Callable[[str, Any], Any]) -> None:
    cases = _cases(3000)
    ours = script(
        "cases => cases.map(([items, applied]) => ours.points(items, applied))",
        [[_plain(rubric.items), applied] for rubric, applied in cases],
    )
    assert ours == [points(rubric, applied) for rubric, applied in cases]
    assert len(set(ours)) > 20


def test_numbers_are_rounded_as_in_python(script: Callable[[str, Any], Any]) -> None:
    values = [sixteenth / 16 for sixteenth in range(200)] + [thousandth / 2000 for thousandth in range(400)]
    assert script("values => values.map(ours.rounded)", values) == [round(value, 3) for value in values]
    assert script("values => values.map(ours.number)", values) == [number(value) for value in values]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("0,1", 0.1), ("0.1", 0.1), (",5", 0.5), ("-0,05", -0.05), ("−0,05", -0.05), ("+1", 1), ("", 0), ("  2 ", 2),
        ("1.000,5", None), ("0,1,2", None), ("one", None), ("1e3", None), ("0x10", None), ("-", None), (".", None),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(
    script: Callable[[str, Any], Any], typed: str, meant: float | None
) -> None:
    assert script("typed => ours.parseNumber(typed)", typed) == meant


def test_scripts_name_what_they_need_in_one_way() -> None:
    """What is put together for packets follows the imports by their form."""
    for path in STATIC.glob("*.js"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith(("import ", "export ")) or "from " in line.partition('"')[0][:6]:
                assert line.startswith(("import {", "export function", "export async function", "export class")), line
