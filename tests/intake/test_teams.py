from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetgrader.intake.teams import (
    Member,
    group_name,
    is_stranger,
    members_in_name,
    members_in_notebook,
    merged,
    named_by_lms,
    student_ids,
    tidy_name,
)

PATTERN = "[^_]+_[0-9]+(_[^_]+_[0-9]+){1,2}"
ADA = Member(name="Ada Lovelace", student_id="1234567", email="ada@example.org")
ALAN = Member(name="Alan Turing", student_id="7654321", email="alan@example.org")


def notebook(source: Any, grade_id: str = "team", cell_type: str = "code") -> bytes:
    cells = [{"cell_type": cell_type, "metadata": {"nbgrader": {"grade_id": grade_id}}, "source": source}]
    return json.dumps({"cells": [{"cell_type": "markdown", "metadata": {}, "source": ""}, *cells]}).encode()


def team(*members: Member) -> str:
    return (
        "TEAM ="
        f" {[{'name': member.name, 'student_id': member.student_id, 'email': member.email} for member in members]}"
    )


def test_name_of_an_archive_tells_the_members() -> None:
    assert members_in_name("Lovelace_1234567_Turing_7654321", PATTERN) == (
        Member(name="Lovelace", student_id="1234567"),
        Member(name="Turing", student_id="7654321"),
    )
    for name in ("Lovelace_1234567", "homework", "Lovelace_1234567_Turing", "../Lovelace_1_Turing_2_x"):
        assert members_in_name(name, PATTERN) == ()
    assert members_in_name("Lovelace_1234567_Turing_7654321", "") == ()
    assert members_in_name("group7", "group[0-9]+") == ()


def test_what_browser_and_lms_made_of_a_name_is_taken_off() -> None:
    assert named_by_lms("Ada Lovelace_5001_assignsubmission_file_") == ("Ada Lovelace", "Ada Lovelace_5001")
    assert named_by_lms("Ada Lovelace_5001_assignsubmission_file_a_1_b_2.zip") == ("Ada Lovelace", "a_1_b_2.zip")
    assert named_by_lms("Lovelace_1234567") == ("", "Lovelace_1234567")
    assert tidy_name("Ada Lovelace_5001_assignsubmission_file_a_1_b_2 (1)") == "a_1_b_2"


def test_team_cell_is_read() -> None:
    assert members_in_notebook(notebook(team(ADA, ALAN))) == (ADA, ALAN)
    assert members_in_notebook(
        notebook(["# our team\n", "TEAM = [\n", '    {"name": "Ada", "student_id": 12},\n', "]\n"])
    ) == (Member(name="Ada", student_id="12"),)
    empty = '{"name": "", "student_id": "", "email": ""}'
    assert members_in_notebook(notebook(f"TEAM = [{empty}, {empty}]")) == ()


def test_team_cell_is_never_run(tmp_path: Any) -> None:
    source = f"TEAM = [{{'name': open({str(tmp_path / 'run')!r}, 'w').name, 'student_id': '1', 'email': ''}}]"
    assert members_in_notebook(notebook(source)) == ()
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"cells": 3}',
        b'{"cells": [3, {"metadata": []}, {"metadata": {"nbgrader": []}}]}',
        b"[" * 100_000,
        notebook(team(ADA), grade_id="other"),
        notebook(team(ADA), cell_type="markdown"),
        notebook(None),
        notebook("TEAM = ["),
        notebook("TEAM = 3"),
        notebook("TEAM = [3, ['name']]"),
        notebook("TEAM = {[]: 1}"),
        notebook("TEAM = " + "-" * 3000 + "1"),
        notebook("TEAM = " + "(" * 1900 + ")" * 1900),
        notebook("TEAM = [{'name': '\\d'}, {'name': '\x00'}]"),
        notebook(team(Member(name="x" * 5000))),
        notebook("TEAM = [{'name': 'a\\u202eb', 'student_id': True, 'email': ['x']}]"),
    ],
)
def test_odd_team_cells_name_nobody(content: bytes) -> None:
    assert student_ids(members_in_notebook(content)) == frozenset()
    assert all(member.name.isprintable() for member in members_in_notebook(content))


def test_notebook_completes_what_the_name_tells() -> None:
    named = members_in_name("Lovelace_1234567_Turing_7654321", PATTERN)
    assert merged(named, (ADA,)) == (ADA, named[1])
    assert merged((), (ADA, ALAN)) == (ADA, ALAN)
    assert merged(named, ()) == named


def test_group_has_one_name_in_whichever_order_its_members_are_given() -> None:
    assert group_name((ALAN, ADA), "folder") == group_name((ADA, ALAN), "folder") == "Lovelace_1234567_Turing_7654321"
    assert group_name((), "my folder") == "my-folder"
    assert group_name((ADA, Member(name="Nobody")), "my folder") == "my-folder"


@given(names=st.lists(st.text(max_size=100), max_size=5), otherwise=st.text(max_size=300))
def test_group_name_is_a_plain_name_of_a_folder(names: list[str], otherwise: str) -> None:
    members = tuple(Member(name=name, student_id=f"{number}/..") for number, name in enumerate(names))
    assert re.fullmatch(r"[\w-][\w.-]*", name := group_name(members, otherwise))
    assert len(name.encode()) <= 150


def test_stranger_has_no_name_in_common_with_the_group() -> None:
    assert is_stranger("Mallory Evil", (ADA, ALAN))
    assert not is_stranger("LOVELACE, Ada", (ADA, ALAN))
    assert not is_stranger("", (ADA, ALAN))
    assert not is_stranger("Mallory Evil", ())
