"""Submissions on the disk: whole, replaced by newer ones only, and never lost."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sheetgrader.course.directory import Sheet
from sheetgrader.course.staging import recover
from sheetgrader.errors import SubmissionError
from sheetgrader.intake.keeping import Team, in_other_groups, keep, read_team, read_teams, same_group
from sheetgrader.intake.receiving import Submission
from sheetgrader.intake.teams import Member
from sheetgrader.store.gradebook import _parse_timestamp

if TYPE_CHECKING:
    from tests.conftest import CourseBuilder

ADA = Member(name="Ada Lovelace", student_id="1", email="a@b")
ALAN = Member(name="Alan Turing", student_id="2")
TIME = datetime(2023, 12, 14, 20, 30, tzinfo=UTC)


def submission(
    files: dict[str, bytes], time: datetime | None = TIME, by: str = "", members: tuple[Member, ...] = (ADA, ALAN)
) -> Submission:
    return Submission("group", members, time, 0.0, files, (), by, False)


FIRST = submission({"sheet.ipynb": b"first", "data/a.csv": b"1"})
SECOND = submission({"sheet.ipynb": b"second"}, TIME + timedelta(hours=1))


@pytest.fixture
def sheet(builder: CourseBuilder) -> Sheet:
    builder.write("nbgrader_config.py", "c = get_config()\n")
    builder.source(builder.answer("ex1", "pass"))
    return builder.load().sheet("sheet")


def everything(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_submission_lies_where_nbgrader_expects_it(sheet: Sheet) -> None:
    kept = keep(sheet, "group", FIRST, force=False)
    folder = sheet.submitted_folder("group")
    assert (kept.status, kept.folder, kept.former) == ("taken in", str(folder), "")
    files = everything(folder)
    assert files.pop("timestamp.txt") == b"2023-12-14 20:30:00.000000 UTC"
    assert files.pop(".members.json")
    assert files == FIRST.files
    assert sheet.submissions() == ["group"]
    assert _parse_timestamp((folder / "timestamp.txt").read_bytes()) == (TIME.replace(tzinfo=None), [])
    assert sheet.course.coursedir.get_existing_timestamp(str(folder)) == TIME.replace(tzinfo=None)
    assert read_team(folder) == Team(members=(ADA, ALAN))


def test_newer_one_replaces_it_and_the_former_stays_out_of_nbgraders_sight(sheet: Sheet) -> None:
    keep(sheet, "group", FIRST, force=False)
    kept = keep(sheet, "group", SECOND, force=False)
    former = sheet.submitted_folder("group").with_name(".sheet+2023-12-14T203000Z")
    assert (kept.status, kept.former) == ("replaced", str(former))
    assert (former / "sheet.ipynb").read_bytes() == b"first"
    assert set(everything(sheet.submitted_folder("group"))) == {"sheet.ipynb", "timestamp.txt", ".members.json"}
    assert sheet.submissions() == ["group"]


@pytest.mark.parametrize("time", [TIME, TIME - timedelta(seconds=1), None])
def test_what_is_not_newer_replaces_nothing_unless_told_to(sheet: Sheet, time: datetime | None) -> None:
    keep(sheet, "group", FIRST, force=False)
    before = everything(sheet.course.root / "submitted")
    other = submission({"sheet.ipynb": b"other"}, time)
    assert keep(sheet, "group", other, force=False).status == "older"
    assert everything(sheet.course.root / "submitted") == before
    assert keep(sheet, "group", other, force=True).status == "replaced"
    assert keep(sheet, "group", FIRST, force=True).status == "replaced"
    # Each former one is kept.
    assert len(list(sheet.submitted_folder("group").parent.glob(".sheet+*"))) == 2


def test_same_files_again_change_nothing(sheet: Sheet) -> None:
    keep(sheet, "group", FIRST, force=False)
    later = submission(dict(FIRST.files), TIME + timedelta(days=1))
    assert keep(sheet, "group", later, force=True).status == "unchanged"
    assert (sheet.submitted_folder("group") / "timestamp.txt").read_text() == "2023-12-14 20:30:00.000000 UTC"


def test_stranger_cannot_replace_what_a_group_handed_in(sheet: Sheet) -> None:
    keep(sheet, "group", submission({"sheet.ipynb": b"first"}, by="Ada Lovelace"), force=False)
    # Whoever hands in may list any ids, and themselves beside them.
    mallory = Member(name="Mallory Evil", student_id="1")
    forged = submission({"sheet.ipynb": b"evil"}, TIME + timedelta(hours=1), "Mallory Evil", (mallory, ALAN))
    with pytest.raises(
        SubmissionError, match=r"Mallory Evil, who is not in the group group, would replace what it handed in.*--force"
    ):
        keep(sheet, "group", forged, force=False)
    assert (sheet.submitted_folder("group") / "sheet.ipynb").read_bytes() == b"first"
    assert (
        keep(
            sheet, "group", submission({"sheet.ipynb": b"2"}, TIME + timedelta(hours=1), "Alan Turing"), force=False
        ).status
        == "replaced"
    )


def test_groups_are_known_again_by_their_members(sheet: Sheet) -> None:
    keep(sheet, "early-birds", FIRST, force=False)
    teams = read_teams(sheet)
    assert same_group(submission({}, members=(ALAN, ADA)), teams) == "early-birds"
    assert same_group(submission({}, members=(ALAN,)), teams) == "group"
    assert same_group(submission({}, members=()), teams) == "group"
    assert in_other_groups(submission({}, members=(ALAN,)), "group", teams) == [
        "2 is in the group early-birds as well."
    ]
    assert in_other_groups(FIRST, "early-birds", teams) == []


def test_damaged_list_of_members_names_nobody(sheet: Sheet) -> None:
    keep(sheet, "group", FIRST, force=False)
    (sheet.submitted_folder("group") / ".members.json").write_text("{")
    assert read_team(sheet.submitted_folder("group")) == Team()


@pytest.mark.parametrize(
    ("before", "after"), [(5000, 10), (10, 5000)], ids=["former cannot be kept", "new one cannot be written"]
)
def test_full_disk_leaves_what_was_there(sheet: Sheet, before: int, after: int) -> None:
    keep(sheet, "group", submission({"sheet.ipynb": bytes(before)}), force=False)
    there = everything(sheet.course.root / "submitted")
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, usual[1]))
    try:
        with pytest.raises(
            SubmissionError, match=r"cannot be written: .*File too large.*; what was there is as it was"
        ):
            keep(sheet, "group", submission({"sheet.ipynb": bytes(after)}, TIME + timedelta(hours=1)), force=False)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert everything(sheet.course.root / "submitted") == there


DYING = """
import os, pathlib, sys
from datetime import UTC, datetime
from sheetgrader.course.directory import Course
from sheetgrader.intake.keeping import keep
from sheetgrader.intake.receiving import Submission

def dying(function, steps):
    def run(*arguments, **keywords):
        if not next(steps, None):
            os.kill(os.getpid(), 9)
        return function(*arguments, **keywords)
    return run

sheet = Course.load(pathlib.Path(sys.argv[1])).sheet("sheet")
files = {f"{number}.txt": b"x" for number in range(3)} | {"sheet.ipynb": b"second"}
for survived in range(int(sys.argv[2])):
    if os.fork() == 0:
        steps = iter([True] * survived)
        for name in ("rename", "write_bytes"):
            setattr(pathlib.Path, name, dying(getattr(pathlib.Path, name), steps))
        group = f"group-{survived}"
        handed_in = Submission(group, (), datetime(2024, 1, 1, tzinfo=UTC), 0.0, files, (), "", False)
        keep(sheet, group, handed_in, force=False)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.wait()[1]))
"""


def test_killed_at_any_moment_there_is_an_old_or_a_new_submission(sheet: Sheet) -> None:
    steps = 11
    for survived in range(steps):
        keep(sheet, f"group-{survived}", FIRST, force=False)
    done = subprocess.run(
        [sys.executable, "-c", DYING, str(sheet.course.root), str(steps)], capture_output=True, text=True, check=True
    )
    found = []
    for survived in range(steps):
        folder = sheet.submitted_folder(f"group-{survived}")
        recover(folder)
        files = everything(folder)
        found.append(files["sheet.ipynb"])
        assert len(files) == (4 if files["sheet.ipynb"] == b"first" else 6)
        assert not [path.name for path in folder.parent.iterdir() if ".new-" in path.name or ".old-" in path.name]
    # Up to the last step it is the old one, which was there or is put back; there is never none.
    assert found == [b"first"] * 9 + [b"second"] * 2
    assert done.stdout.split() == [str(-signal.SIGKILL)] * 9 + ["0"] * 2
