"""Three hundred honest groups that hand in again, in each form that deliveries come in, and those who try to hand in
for them.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sheetgrader.course.directory import Sheet
from sheetgrader.intake.keeping import read_teams
from sheetgrader.intake.receiving import expected_of
from sheetgrader.intake.taking_in import DeliveryReport, find, take_in

from .hostile_archives import timed_zip_of

if TYPE_CHECKING:
    from tests.conftest import CourseBuilder

FIRST_NAMES = (
    "Anna", "Jürgen", "Anna-Maria", "Sinéad", "Łukasz", "Li", "José", "Zoë", "Søren", "Ada", "Björn", "Max", "Işıl",
    "Jean-Luc", "Noël", "Mia", "Robert", "François", "Đorđe", "Günther",
)  # fmt: skip
LAST_NAMES = (
    "Schmidt", "Müller", "Groß", "O'Brien", "van der Berg", "Wang", "García Márquez", "Ørsted", "Meyer", "Lovelace",
    "Schäfer", "Weiß", "Kowalski", "Šimić", "Goethe", "Baur", "Nguyen", "Ångström", "Kaya", "Petrović",
)  # fmt: skip
NICKNAMES = {"Robert": "Bob", "Günther": "Günni", "Max": "Maxi", "Anna": "Annie"}
START = datetime(2024, 1, 8, 10, tzinfo=UTC)


@dataclass(frozen=True)
class Student:
    first: str
    last: str
    number: int
    #: As the student writes it.
    name: str = ""
    student_id: str = ""

    @property
    def lms_name(self) -> str:
        return f"{self.first} {self.last}"

    def entry(self) -> dict[str, str]:
        return {"name": self.name, "student_id": self.student_id, "email": f"s{self.number}@example.org"}


@dataclass(frozen=True)
class HandedIn:
    """What one account or team hands in."""

    number: int
    members: tuple[Student, ...]
    by: Student
    content: str

    def notebook(self) -> bytes:
        team = f"TEAM = {[member.entry() for member in self.members]!r}"
        cells = [
            {"cell_type": "code", "metadata": {"nbgrader": {"grade_id": "team"}}, "source": team},
            {"cell_type": "code", "metadata": {}, "source": self.content},
        ]
        return json.dumps({"cells": cells}).encode()


def squeezed(student: Student) -> str:
    return "".join(letter for letter in f"{student.last}{student.first}".casefold() if letter.isalnum())


Layout = Callable[[HandedIn, random.Random], str]
#: How the path of a notebook begins in an export, by what hands it in.
BY_ACCOUNT: Mapping[str, Layout] = {
    "Moodle": lambda each, _: f"{each.by.lms_name}_{each.by.number}_assignsubmission_file_/sheet.ipynb",
    "Moodle without folders": lambda each, chance: (
        f"{each.by.lms_name}_{each.by.number}_assignsubmission_file_{chance.choice(('homework', 'sheet'))}.ipynb"
    ),
    "Moodle teams": lambda each, _: (
        f"Group {each.number}-{each.by.lms_name}_{each.by.number}_assignsubmission_file_/final/sheet.ipynb"
    ),
    "Canvas": lambda each, chance: (
        f"{squeezed(each.by)}_{chance.choice(('', 'LATE_'))}{each.by.number}_{chance.randrange(10**6)}_sheet-1.ipynb"
    ),
}
BY_FOLDER: Mapping[str, Layout] = {
    "ILIAS teams": lambda each, _: (
        f"Sheet 1/Submissions/Team_{each.number}/{each.by.last}_{each.by.first}_u{each.by.number}_{each.by.number}"
        "/sheet.ipynb"
    ),
    "folders of groups": lambda each, _: f"class/group-{each.number:03}/sheet.ipynb",
    "notebooks of groups": lambda each, _: f"class/group-{each.number:03}.ipynb",
}
LAYOUTS = {**BY_ACCOUNT, **BY_FOLDER}


@pytest.fixture
def sheet(builder: CourseBuilder) -> Sheet:
    builder.write("nbgrader_config.py", "c = get_config()\n")
    builder.source(builder.answer("ex1", "pass"))
    return builder.load().sheet("sheet")


def honest_groups(count: int, chance: random.Random) -> list[HandedIn]:
    """Groups of two or three, of whom many share a first or a last name, and some both."""
    groups = []
    number = 1000
    for group in range(count):
        members = []
        for _ in range(chance.choice((2, 2, 3))):
            number += 1
            student = Student(chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES), number)
            members.append(replace(student, name=written(student, chance), student_id=f"{number * 7}"))
        if len({member.lms_name for member in members}) < len(members):
            members = members[:1]
        groups.append(HandedIn(group, tuple(members), chance.choice(members), f"first = {group}"))
    return groups


def written(student: Student, chance: random.Random) -> str:
    """One of the ways in which people write their names."""
    first, last = student.first, student.last
    ways = (
        f"{first} {last}",
        f"{last}, {first}",
        f"{last} {first}".upper(),
        f"{first} {chance.choice('ABC')}. {last}",
        f"{first} Maria {last}",
        f"{first} {last}".replace("ü", "ue")
        .replace("ö", "oe")
        .replace("ä", "ae")
        .replace("ø", "oe")
        .replace("ß", "ss"),
        f"{first} {last}".replace("-", " ").replace("ü", "u").replace("é", "e").replace("ö", "o").replace("'", "’"),
    )
    return chance.choice(ways)


def again(group: HandedIn, chance: random.Random, *, by_account: bool) -> HandedIn:
    """The same group's next hand-in, with what may have changed."""
    members = list(group.members)
    by = group.by
    match chance.randrange(9):
        case 0:
            members.reverse()
        case 1:
            members = [replace(each, name=NICKNAMES.get(each.first, each.first)) for each in members]
        case 2:
            members = [replace(each, name=written(each, chance)) for each in members]
        case 3:
            new = Student("Neu", "Dazugekommen", group.number + 5000, "Neu Dazugekommen", f"9{group.number}")
            members.append(new)
        case 4 if len(members) > 1:
            members.remove(next(each for each in members if each.number != by.number))
        case 5:
            members[0] = replace(members[0], student_id=f"{members[0].student_id}5")
        case 6 | 7:
            by = chance.choice(members)
        case 8:
            by = chance.choice(members)
            members.append(Student("Neu", "Dazugekommen", group.number + 5000, "Neu Dazugekommen", f"9{group.number}"))
    if not by_account:
        by = chance.choice(members)
    return replace(group, members=tuple(members), by=by, content=f"second = {group.number}")


def taken_in(
    sheet: Sheet, path: Path, handed_in: Sequence[HandedIn], layout: Layout, time: datetime, chance: random.Random
) -> list[DeliveryReport]:
    """Take in an export of these."""
    path.write_bytes(timed_zip_of({layout(each, chance): (each.notebook(), time) for each in handed_in}))
    expected = expected_of(sheet)
    with ExitStack() as opened:
        found = find([path], expected, opened, keep_traceback=unexpected)
        assert found.notes == ()
        return list(take_in(sheet, found.deliveries, expected, force=False, keep_traceback=unexpected))


def unexpected() -> Path:
    raise


def kept_contents(sheet: Sheet) -> dict[str, str]:
    """What each group's second cell holds, by group."""
    return {
        group: json.loads((sheet.submitted_folder(group) / "sheet.ipynb").read_bytes())["cells"][1]["source"]
        for group in sheet.submissions()
    }


#: The others are run by `make test-all`.
QUICK = ("Moodle", "folders of groups")
EACH_LAYOUT = [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in LAYOUTS]


@pytest.mark.parametrize("layout", EACH_LAYOUT)
def test_none_of_three_hundred_honest_groups_is_stopped(sheet: Sheet, tmp_path: Path, layout: str) -> None:
    chance = random.Random(f"honest {layout}")  # noqa: S311 # repeatable, not secret
    groups = honest_groups(300, chance)
    first = taken_in(sheet, tmp_path / "first.zip", groups, LAYOUTS[layout], START, chance)
    assert {report.status for report in first} == {"taken in"}
    assert len(sheet.submissions()) == 300
    later = [again(group, chance, by_account=layout in BY_ACCOUNT) for group in groups]
    second = taken_in(sheet, tmp_path / "second.zip", later, LAYOUTS[layout], START + timedelta(days=1), chance)
    assert [report for report in second if report.status != "replaced"] == []
    assert sorted(kept_contents(sheet).values()) == sorted(group.content for group in later)


def test_team_that_an_lms_gives_once_for_each_member_is_one(sheet: Sheet, tmp_path: Path) -> None:
    chance = random.Random("teams")  # noqa: S311 # repeatable, not secret
    groups = honest_groups(60, chance)
    for day, content in ((0, "first"), (1, "second")):
        handed_in = [
            replace(group, by=member, content=f"{content} = {group.number}")
            for group in groups
            for member in chance.sample(group.members, len(group.members))
        ]
        time = START + timedelta(days=day)
        reports = taken_in(sheet, tmp_path / "export.zip", handed_in, LAYOUTS["Moodle teams"], time, chance)
        assert {report.status for report in reports} == {"taken in" if day == 0 else "replaced", "unchanged"}
        assert sorted(kept_contents(sheet).values()) == sorted(f"{content} = {group.number}" for group in groups)


def attacks_on(groups: Sequence[HandedIn], chance: random.Random) -> list[HandedIn]:
    """One attacker for each group: own account, others' ids, all else as like theirs as it can be."""
    attacks = []
    for group in groups:
        victim = group.by
        first, last = chance.choice(
            [
                (victim.first, "Mallory"),
                ("Mallory", victim.last),
                (victim.first, victim.last),
                (f"{victim.first} Maria", victim.last),
                ("Mallory", "Evil"),
                (f"{group.members[0].first}", f"{group.members[-1].first}"),
            ]
        )
        attacker = Student(first, last, victim.number + 50_000, f"{first} {last}")
        entries = [*group.members]
        match chance.randrange(4):
            case 0:
                entries.append(replace(attacker, student_id="31337"))
            case 1:
                entries[0] = replace(entries[0], name=f"{first} {last}")
            case 2:
                entries.reverse()
        attacks.append(HandedIn(group.number + 1000, tuple(entries), attacker, f"evil = {group.number}"))
    return attacks


@pytest.mark.parametrize("layout", EACH_LAYOUT)
@pytest.mark.parametrize("own_work_before", [False, True], ids=["at once", "after work of their own"])
def test_nobody_takes_the_place_of_others(sheet: Sheet, tmp_path: Path, layout: str, own_work_before: bool) -> None:
    chance = random.Random(f"attacks {layout}")  # noqa: S311 # repeatable, not secret
    groups = honest_groups(300, chance)[::3]
    attacks = attacks_on(groups, chance)
    # What they hand in for themselves before.
    own = [
        replace(each, members=(replace(each.by, student_id=f"66{each.number}"),), content=f"own = {each.number}")
        for each in attacks
    ]
    taken_in(
        sheet, tmp_path / "first.zip", [*groups, *(own if own_work_before else ())], LAYOUTS[layout], START, chance
    )
    before = read_teams(sheet)
    reports = taken_in(
        sheet, tmp_path / "second.zip", [*groups, *attacks], LAYOUTS[layout], START + timedelta(days=1), chance
    )
    contents = kept_contents(sheet)
    assert {group.content for group in groups} <= set(contents.values())
    after = read_teams(sheet)
    for group, content in contents.items():
        if content.startswith("first"):
            assert after[group] == before[group]
    evil = [
        report for report in reports if report.members and report.group and contents[report.group].startswith("evil")
    ]
    # Nobody's place is taken, and who claims others' ids is told of.
    assert all(report.remarks or report.status == "unchanged" for report in evil)
    stopped = [report for report in reports if report.status == "not taken in"]
    assert all("--force" in report.error and "would replace what" in report.error for report in stopped)
    assert len(stopped) + len(evil) == len(attacks)
