"""Submissions on the disk: whole, replaced by newer ones only, and never lost."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sheetgrader.course import staging
from sheetgrader.course.directory import Sheet
from sheetgrader.errors import SubmissionError
from sheetgrader.intake.groups import Team
from sheetgrader.intake.keeping import keep, read_team, read_teams
from sheetgrader.intake.origins import UNKNOWN, Origin
from sheetgrader.intake.receiving import Submission
from sheetgrader.intake.teams import Member
from sheetgrader.store.sheet_rows import parse_timestamp

if TYPE_CHECKING:
    from tests.conftest import CourseBuilder

ADA = Member(name="Ada Lovelace", student_id="1", email="a@b")
ALAN = Member(name="Alan Turing", student_id="2")
#: Where nothing else is said.
FOLDER = Origin("folder early-birds")
ADAS = Origin("account 5001", "Ada Lovelace", "Ada Lovelace_5001")
ALANS = Origin("account 5002", "Alan Turing", "Alan Turing_5002")
MALLORYS = Origin("account 6000", "Mallory Evil", "Mallory Evil_6000")
TIME = datetime(2023, 12, 14, 20, 30, tzinfo=UTC)


def submission(
    files: dict[str, bytes],
    time: datetime | None = TIME,
    origin: Origin = FOLDER,
    members: tuple[Member, ...] = (ADA, ALAN),
) -> Submission:
    return Submission("group", members, time, 0.0, files, (), origin)


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
    assert parse_timestamp((folder / "timestamp.txt").read_bytes()) == (TIME.replace(tzinfo=None), [])
    assert sheet.course.coursedir.get_existing_timestamp(str(folder)) == TIME.replace(tzinfo=None)
    assert read_team(folder) == Team(members=(ADA, ALAN), origin="folder early-birds")


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


LATER = TIME + timedelta(hours=1)


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        (ADAS, MALLORYS, r"Mallory Evil \(account 6000\) would replace what Ada Lovelace \(account 5001\) handed in"),
        (
            ADAS,
            Origin("account 6000", "Ada Lovelace"),
            r"Ada Lovelace \(account 6000\) would replace what Ada Lovelace \(account 5001\) handed in",
        ),
        (FOLDER, Origin("folder mallory"), "the folder mallory would replace what the folder early-birds handed in"),
        (FOLDER, UNKNOWN, "somebody whom nothing names would replace what the folder early-birds handed in"),
        (ADAS, FOLDER, r"the folder early-birds would replace what Ada Lovelace \(account 5001\) handed in"),
        (UNKNOWN, UNKNOWN, "somebody whom nothing names would replace what somebody whom nothing names handed in"),
    ],
    ids=["account", "namesake", "folder", "nothing", "folder for an account", "nothing for nothing"],
)
def test_stranger_cannot_replace_what_a_group_handed_in(
    sheet: Sheet, before: Origin, after: Origin, sentence: str
) -> None:
    keep(sheet, "group", submission({"sheet.ipynb": b"first"}, origin=before), force=False)
    # Whoever hands in may list any ids, and themselves beside them.
    mallory = Member(name="Mallory Evil", student_id="1")
    for members in ((ADA, ALAN), (mallory, ALAN), (ADA, ALAN, mallory)):
        forged = submission({"sheet.ipynb": b"evil"}, LATER, after, members)
        with pytest.raises(SubmissionError, match=f"{sentence} for the group group; if that is right, add --force"):
            keep(sheet, "group", forged, force=False)
        assert (sheet.submitted_folder("group") / "sheet.ipynb").read_bytes() == b"first"
    assert keep(sheet, "group", forged, force=True).status == "replaced"


@pytest.mark.parametrize("origin", [ADAS, FOLDER], ids=["account", "folder"])
def test_same_account_or_folder_replaces_whatever_it_writes(sheet: Sheet, origin: Origin) -> None:
    keep(sheet, "group", submission({"sheet.ipynb": b"1"}, origin=origin), force=False)
    other = submission({"sheet.ipynb": b"2"}, LATER, origin, (Member(name="Addie", student_id="10"),))
    kept = keep(sheet, "group", other, force=False)
    assert (kept.status, kept.instead_of) == ("replaced", "")


def test_other_member_replaces_and_is_named(sheet: Sheet) -> None:
    keep(sheet, "group", submission({"sheet.ipynb": b"1"}, origin=ADAS), force=False)
    kept = keep(sheet, "group", submission({"sheet.ipynb": b"2"}, LATER, ALANS), force=False)
    assert (kept.status, kept.instead_of) == ("replaced", "Ada Lovelace (account 5001)")
    again = submission({"sheet.ipynb": b"3"}, LATER + timedelta(hours=1), ADAS)
    assert keep(sheet, "group", again, force=False).status == "replaced"


def test_groups_that_an_earlier_version_took_in_are_known_again(sheet: Sheet) -> None:
    keep(sheet, "group", FIRST, force=False)
    team_file = sheet.submitted_folder("group") / ".members.json"
    # Version 0.1 kept the account's name, and neither number nor folder.
    team_file.write_text(
        '{"members": [{"name": "Ada Lovelace", "student_id": "1", "email": "a@b"},'
        ' {"name": "Alan Turing", "student_id": "2", "email": ""}], "handed_in_by": "Ada Lovelace"}'
    )
    assert read_teams(sheet) == {"group": Team(members=(ADA, ALAN), handed_in_by="Ada Lovelace")}
    with pytest.raises(SubmissionError, match=r"would replace what Ada Lovelace handed in"):
        keep(sheet, "group", submission({"sheet.ipynb": b"2"}, LATER, MALLORYS), force=False)
    assert keep(sheet, "group", submission({"sheet.ipynb": b"2"}, LATER, ADAS), force=False).status == "replaced"
    team_file.unlink()
    newer = LATER + timedelta(hours=1)
    with pytest.raises(SubmissionError, match="would replace what somebody whom nothing names handed in"):
        keep(sheet, "group", submission({"sheet.ipynb": b"3"}, newer, MALLORYS), force=False)
    assert keep(sheet, "group", submission({"sheet.ipynb": b"3"}, newer, Origin("folder Group")), force=False).former


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"",
        b"[]",
        b'{"members": 3}',
        b'{"members": [{"name": 3}]}',
        b'{"x": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        b'{"handed_in_by": "\\ud800"}',
        b'{"origin": ' + b"9" * 5000 + b"}",
        b'{"handed_in_by": "' + b"x" * (1 << 20) + b'"}',
        b"\xff\xfe",
    ],
    ids=range(10),
)
def test_damaged_list_of_members_names_nobody(sheet: Sheet, content: bytes) -> None:
    keep(sheet, "group", FIRST, force=False)
    (sheet.submitted_folder("group") / ".members.json").write_bytes(content)
    assert read_team(sheet.submitted_folder("group")) == Team()


def test_list_of_members_that_is_no_plain_file_names_nobody(sheet: Sheet) -> None:
    keep(sheet, "group", FIRST, force=False)
    path = sheet.submitted_folder("group") / ".members.json"
    for replace_it in (lambda: os.mkfifo(path), lambda: path.symlink_to("/dev/zero"), path.mkdir):
        path.unlink()
        replace_it()
        assert read_team(sheet.submitted_folder("group")) == Team()


@pytest.mark.parametrize(
    "text", [b"", b"\xff", b"0 " * 30, b"9" * 5000, b"2023-13-45", b"inf", b"1e999", b"x" * (1 << 20)]
)
def test_time_that_is_none_is_not_known(sheet: Sheet, text: bytes) -> None:
    keep(sheet, "group", FIRST, force=False)
    (sheet.submitted_folder("group") / "timestamp.txt").write_bytes(text)
    assert keep(sheet, "group", SECOND, force=False).status == "older"


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
from sheetgrader.intake.origins import Origin
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
        handed_in = Submission(group, (), datetime(2024, 1, 1, tzinfo=UTC), 0.0, files, (), Origin())
        keep(sheet, group, handed_in, force=True)
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
        staging.recover(folder)
        files = everything(folder)
        found.append(files["sheet.ipynb"])
        assert len(files) == (4 if files["sheet.ipynb"] == b"first" else 6)
        assert not [path.name for path in folder.parent.iterdir() if ".new-" in path.name or ".old-" in path.name]
    # Up to the last step it is the old one, which was there or is put back; there is never none.
    assert found == [b"first"] * 9 + [b"second"] * 2
    assert done.stdout.split() == [str(-signal.SIGKILL)] * 9 + ["0"] * 2
