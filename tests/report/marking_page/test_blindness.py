"""Sentences about what went wrong tell the page not whose an answer is."""

from __future__ import annotations

import pytest

from sheetgrader.report.marking_page.blindness import without_groups

GROUPS = ("ada", "ada-2", "3", "team.x")


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("/c/marking/sheet/ada.jsonl, line 3 is no decision", "/c/marking/sheet/GROUP.jsonl, line 3 is no decision"),
        ("/c/autograded/ada-2/sheet/n.ipynb is lost", "/c/autograded/GROUP/sheet/n.ipynb is lost"),
        ("/c/autograded/team.x/sheet/n.ipynb is lost.", "/c/autograded/GROUP/sheet/n.ipynb is lost"),
        (
            "the gradebook does not hold what ada has handed in; run: sheetgrader grade sheet --group ada",
            "the gradebook does not hold what GROUP has handed in; run: sheetgrader grade sheet --group GROUP",
        ),
    ],
)
def test_a_group_is_not_named(sentence: str, shown: str) -> None:
    assert without_groups(sentence, GROUPS) == f"{shown}; which group it is, is told where the server was started"


@pytest.mark.parametrize(
    "sentence",
    ["-3 points for ex3 are less than 0; take off less", "/c/adas/ada-3.txt cannot be read", "3 marks, by ada"],
)
def test_what_names_no_group_stays(sentence: str) -> None:
    assert without_groups(sentence, GROUPS) == sentence
