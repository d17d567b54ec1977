from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sheetgrader.course.durations import duration_text
from sheetgrader.course.regulations import Regulations
from sheetgrader.intake.checks import check_files, check_team, seconds_late
from sheetgrader.intake.teams import Member

ADA = Member(name="Ada Lovelace", student_id="1", email="ada@example.org")
ALAN = Member(name="Alan Turing", student_id="2", email="alan@example.org")
EMMY = Member(name="Emmy Noether", student_id="3", email="emmy@example.org")
PAIRS = Regulations(
    group_size=(2, 2), files=("sheet.ipynb", "*.pdf"), deadline=datetime(2024, 1, 18, 23, 59, tzinfo=UTC)
)


@pytest.mark.parametrize(
    ("named", "listed", "remarks"),
    [
        ((), (ADA, ALAN), []),
        ((Member(student_id="2"), Member(student_id="1")), (ADA, ALAN), []),
        ((), (), ["Nothing tells who handed this in: neither its name nor the notebook's cell `team`."]),
        ((), (ADA,), ["It is by a group of 1, where 2 are asked for."]),
        ((), (ADA, ALAN, EMMY), ["It is by a group of 3, where 2 are asked for."]),
        ((ADA, ALAN), (), ["The notebook's cell `team` is not filled in."]),
        ((ADA, ALAN), (ADA, EMMY), ["The notebook's cell `team` lists other student ids than the archive's name."]),
        (
            (),
            (ADA, Member(name="Alan", student_id="2")),
            ["The notebook's cell `team` lacks a name, a student id or an e-mail address of Alan."],
        ),
    ],
)
def test_team_is_held_against_the_regulations(
    named: tuple[Member, ...], listed: tuple[Member, ...], remarks: list[str]
) -> None:
    assert check_team(PAIRS, named, listed) == remarks


def test_sheet_without_regulations_asks_for_nothing() -> None:
    assert check_team(Regulations(), (), ()) == []
    assert check_files(Regulations(), []) == []
    assert seconds_late(Regulations(), datetime.now(UTC)) == 0


def test_files_that_are_asked_for_are_there_once() -> None:
    assert check_files(PAIRS, ["sheet.ipynb", "scan/Answers.PDF", "notes.txt"]) == []
    assert check_files(PAIRS, ["sheet.ipynb"]) == ["*.pdf is missing."]
    assert check_files(PAIRS, ["a.pdf", "b.pdf"]) == [
        "sheet.ipynb is missing.",
        "One *.pdf is asked for, and there are 2: a.pdf, b.pdf.",
    ]


def test_lateness_is_told_in_its_two_largest_units() -> None:
    assert PAIRS.deadline is not None
    assert seconds_late(PAIRS, PAIRS.deadline) == 0
    assert seconds_late(PAIRS, PAIRS.deadline + timedelta(seconds=90)) == 90
    assert seconds_late(PAIRS, None) == 0
    assert duration_text(90) == "1 minute 30 seconds"
    assert duration_text(2 * 86400 + 3600 + 5) == "2 days 1 hour"
    assert duration_text(0.2) == "less than a second"
