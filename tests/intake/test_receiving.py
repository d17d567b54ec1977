"""From a delivery to what is graded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from sheetgrader.course.files import FileLimits, HandedIn
from sheetgrader.course.regulations import Regulations
from sheetgrader.errors import SubmissionError
from sheetgrader.intake.origins import origin_of
from sheetgrader.intake.receiving import Submission, receive
from sheetgrader.intake.sources import Delivery, Expected
from sheetgrader.intake.teams import members_in_name

from .hostile_archives import HOSTILE, nested_zip, zip_of

PATTERN = "[^_]+_[0-9]+(_[^_]+_[0-9]+){1,2}"
TEAM_NAME = "Lovelace_1_Turing_2"
DEADLINE = datetime(2023, 12, 14, 22, 59, tzinfo=UTC)
RULES = Regulations(
    group_size=(2, 3),
    files=("sheet.ipynb", "train.py"),
    archive_name=PATTERN,
    archive_example=TEAM_NAME,
    deadline=DEADLINE,
)
EXPECTED = Expected(
    notebooks=("sheet.ipynb",),
    ignore=(),
    limits=FileLimits(total_bytes=100_000, file_bytes=50_000, count=20),
    is_team_name=lambda name: bool(members_in_name(name, PATTERN)),
)
MEMBERS = [
    {"name": "Ada Lovelace", "student_id": "1", "email": "a@b"},
    {"name": "Alan Turing", "student_id": "2", "email": "c@d"},
]


def notebook(members: object = MEMBERS) -> bytes:
    cell = {"cell_type": "code", "metadata": {"nbgrader": {"grade_id": "team"}}, "source": f"TEAM = {members!r}"}
    return json.dumps({"cells": [cell]}).encode()


GOOD = {"sheet.ipynb": notebook(), "train.py": b"pass"}


def received(
    files: Mapping[str, bytes],
    *names: str,
    rules: Regulations = RULES,
    time: datetime | None = DEADLINE,
    inner: bool = False,
) -> Submission:
    names = names or (TEAM_NAME,)
    delivery = Delivery(
        "there",
        names[0],
        names,
        time,
        lambda: HandedIn(dict(files), frozenset(), ()),
        is_inner_archive=inner,
        origin=origin_of(names, ()),
    )
    return receive(delivery, rules, EXPECTED)


def test_submission_that_keeps_the_regulations_has_no_remarks() -> None:
    submission = received(GOOD)
    assert submission.group == "Lovelace_1_Turing_2"
    assert [member.email for member in submission.members] == ["a@b", "c@d"]
    assert submission.files == GOOD
    assert submission.remarks == ()


def test_archive_inside_a_delivery_is_opened_once() -> None:
    lms = "Ada Lovelace_5001_assignsubmission_file_"
    submission = received(
        {
            f"{TEAM_NAME}.zip": zip_of({f"{TEAM_NAME}/{path}": content for path, content in GOOD.items()}),
            "note.txt": b"x",
        },
        lms,
    )
    assert submission.files == {**GOOD, "note.txt": b"x"}
    assert (submission.origin.person, submission.remarks) == ("Ada Lovelace", ())
    with pytest.raises(SubmissionError, match="no notebook was handed in"):
        received({"a.zip": nested_zip(GOOD, 1)}, lms)
    with pytest.raises(SubmissionError, match="no notebook was handed in"):
        received({"a.zip": zip_of(GOOD)}, TEAM_NAME, inner=True)
    with pytest.raises(SubmissionError, match="holds 2 archives and no notebook; keep the one that counts"):
        received({"a.zip": zip_of(GOOD), "b.zip": zip_of(GOOD)}, lms)


@pytest.mark.parametrize(
    ("files", "paths", "remark"),
    [
        (
            {"sheet (1).ipynb": b"{}", "train.py": b""},
            {"sheet.ipynb", "train.py"},
            "sheet (1).ipynb was taken as sheet.ipynb.",
        ),
        (
            {"code/sheet.ipynb": b"{}", "code/a.csv": b"", "b.pdf": b""},
            {"sheet.ipynb", "a.csv", "b.pdf"},
            "code/sheet.ipynb was taken as sheet.ipynb.",
        ),
        (
            {"code/sheet.ipynb": b"{}", "code/a.csv": b"", "a.csv": b""},
            {"sheet.ipynb", "code/a.csv", "a.csv"},
            "code/sheet.ipynb was taken",
        ),
        ({"all/it/sheet.ipynb": b"{}", "all/it/train.py": b""}, {"sheet.ipynb", "train.py"}, ""),
        ({f"{TEAM_NAME}.ipynb": b"{}"}, {"sheet.ipynb"}, ""),
    ],
)
def test_notebook_is_found_where_there_is_no_doubt(files: dict[str, bytes], paths: set[str], remark: str) -> None:
    submission = received(files)
    assert set(submission.files) == paths
    assert (
        any(remark in text for text in submission.remarks)
        if remark
        else not any("taken" in text for text in submission.remarks)
    )


def test_without_a_notebook_that_can_be_meant_nothing_is_taken() -> None:
    with pytest.raises(SubmissionError, match=r"no notebook was handed in; sheet\.ipynb was expected"):
        received({"a.pdf": b""})
    with pytest.raises(SubmissionError, match=r"what was handed in is a\.ipynb, b\.ipynb; rename the one that counts"):
        received({"a.ipynb": b"{}", "b.ipynb": b"{}"})
    encrypted = next(attack for attack in HOSTILE if attack.name == "encrypted").build({})
    with pytest.raises(SubmissionError, match=r"no notebook was handed in; .*; odd is encrypted; it was left out"):
        received({"a.zip": encrypted})


def test_what_breaks_the_regulations_is_told_and_taken_all_the_same() -> None:
    submission = received({"sheet.ipynb": notebook(MEMBERS[:1])}, "homework", time=DEADLINE + timedelta(days=1))
    assert submission.group == "Lovelace_1"
    assert submission.remarks == (
        "It is not named as asked for, Lovelace_1_Turing_2, but homework.",
        "It is by a group of 1, where 2 to 3 are asked for.",
        "train.py is missing.",
        "It was handed in 1 day late.",
    )
    assert "Nothing tells when it was handed in." in received(GOOD, time=None).remarks


def test_times_and_members_are_not_the_groups_to_hand_in() -> None:
    forged = {"timestamp.txt": b"2020-01-01 00:00:00 UTC", ".members.json": b"{}"}
    submission = received({**GOOD, **forged})
    assert submission.files == GOOD
    assert submission.remarks == tuple(f"{name} is not for groups to hand in; it was left out." for name in forged)


def test_sheet_without_regulations_takes_the_folders_name() -> None:
    submission = received({"sheet.ipynb": b"damaged"}, "noether", rules=Regulations())
    assert (submission.group, submission.members, submission.remarks) == ("noether", (), ())


def test_stranger_is_named() -> None:
    submission = received(GOOD, "Mallory Evil_6000_assignsubmission_file_", TEAM_NAME)
    assert "Mallory Evil handed it in, who is not in the group by its own account." in submission.remarks
