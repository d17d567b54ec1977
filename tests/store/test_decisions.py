from __future__ import annotations

import datetime
import os
import resource
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetgrader.course.directory import Sheet
from sheetgrader.errors import CourseError, GradebookError
from sheetgrader.store.decisions import (
    AnyDecision,
    Extended,
    LookedAt,
    Objected,
    Reopened,
    Settled,
    SettlementKind,
    add_decisions,
    decisions_file,
    extension_seconds,
    read_all_decisions,
    read_decisions,
    settlement,
)

from ..conftest import CourseBuilder

THEN = datetime.datetime(2024, 1, 10, 12, tzinfo=datetime.UTC)


@pytest.fixture
def sheet(builder: CourseBuilder) -> Sheet:
    builder.source(builder.tests("ex1_test"))
    return builder.load().sheet("sheet")


def at(minutes: int) -> datetime.datetime:
    return THEN + datetime.timedelta(minutes=minutes)


def settled(minutes: int, kind: SettlementKind, handed_in: str = "") -> Settled:
    return Settled(by="ada", when=at(minutes), why="because", kind=kind, handed_in=handed_in)


def test_what_is_decided_is_read_back(sheet: Sheet) -> None:
    decisions: list[AnyDecision] = [
        settled(0, SettlementKind.ZERO, "abc"),
        Reopened(by="ada", when=at(1)),
        Extended(by="bob", when=at(2), why="ill", seconds=3600.0),
        LookedAt(by="bob", when=at(3), notebook="sheet", grade_id="ex1_text", points=1.5),
        Objected(by="group", when=at(4), why="The sign is right.", line="ex1-1"),
    ]
    for decision in decisions:
        add_decisions(sheet, "noether", [decision])
    assert read_decisions(sheet, "noether") == tuple(decisions)
    assert read_all_decisions(sheet) == {"noether": tuple(decisions)}


def test_lines_of_two_files_are_merged_by_putting_them_together(sheet: Sheet) -> None:
    first, second, third = (settled(minutes, kind) for minutes, kind in zip((0, 5, 9), SettlementKind, strict=True))
    add_decisions(sheet, "noether", [second, first])
    content = decisions_file(sheet, "noether").read_bytes()
    add_decisions(sheet, "noether", [third])
    path = decisions_file(sheet, "noether")
    path.write_bytes(path.read_bytes() + content)
    assert read_decisions(sheet, "noether") == (first, second, third)


def test_a_damaged_line_is_named(sheet: Sheet) -> None:
    add_decisions(sheet, "noether", [settled(0, SettlementKind.ZERO)])
    with decisions_file(sheet, "noether").open("a") as file:
        file.write('{"type": "settled", "kind": "half"}\n')
    with pytest.raises(CourseError, match=r"noether\.jsonl, line 2 is no decision.*take it out"):
        read_decisions(sheet, "noether")


def test_what_git_has_left_is_named(sheet: Sheet) -> None:
    add_decisions(sheet, "noether", [settled(0, SettlementKind.ZERO)])
    path = decisions_file(sheet, "noether")
    ours = path.read_text()
    path.write_text(f"<<<<<<< HEAD\n{ours}=======\n{ours}>>>>>>> theirs\n")
    with pytest.raises(
        CourseError, match=r"noether\.jsonl, line 1: git has left the lines of two versions there; take"
    ):
        read_decisions(sheet, "noether")


def test_a_time_that_no_clock_shows_is_named(sheet: Sheet) -> None:
    add_decisions(sheet, "noether", [settled(0, SettlementKind.ZERO)])
    path = decisions_file(sheet, "noether")
    path.write_text(
        path.read_text().replace(
            settled(0, SettlementKind.ZERO).when.isoformat()[:19] + "Z", "9999-12-31T23:59:59-23:59"
        )
    )
    with pytest.raises(CourseError, match=r"noether\.jsonl, line 1 is no decision.*out of range"):
        read_decisions(sheet, "noether")


def test_what_comes_after_a_line_without_an_end_is_a_line_of_its_own(sheet: Sheet) -> None:
    add_decisions(sheet, "noether", [settled(0, SettlementKind.ZERO)])
    path = decisions_file(sheet, "noether")
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    add_decisions(sheet, "noether", [settled(1, SettlementKind.EXCUSED)])
    assert len(read_decisions(sheet, "noether")) == 2


def test_a_full_disk_leaves_what_was_there(sheet: Sheet) -> None:
    add_decisions(sheet, "noether", [settled(0, SettlementKind.ZERO)])
    path = decisions_file(sheet, "noether")
    before = path.read_bytes()
    # A file may not grow beyond this limit, as it may not on a full disk.
    child = os.fork()
    if child == 0:
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 10, len(before) + 10))
        try:
            add_decisions(sheet, "noether", [settled(1, SettlementKind.EXCUSED)])
        except GradebookError as error:
            os._exit(7 if "cannot be written" in str(error) else 8)
        os._exit(9)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert path.read_bytes() == before


def test_a_folder_in_the_way_is_told(sheet: Sheet) -> None:
    Path(sheet.course.root, "marking").write_text("no folder")
    with pytest.raises(GradebookError, match=r"marking.* cannot be written"):
        add_decisions(sheet, "noether", [settled(0, SettlementKind.ZERO)])


def test_handing_in_something_else_undoes_a_settlement() -> None:
    decisions = (settled(0, SettlementKind.ZERO, "old"),)
    assert settlement(decisions, "old") == decisions[0]
    assert settlement(decisions, "new") is None


@given(st.lists(st.one_of(st.sampled_from(SettlementKind), st.none(), st.integers(0, 9)), max_size=8))
def test_the_last_decision_counts(kinds: list[SettlementKind | int | None]) -> None:
    decisions: list[AnyDecision] = []
    expected, seconds = None, None
    for minutes, kind in enumerate(kinds):
        if kind is None:
            decisions.append(Reopened(by="a", when=at(minutes)))
            expected = None
        elif isinstance(kind, int):
            decisions.append(Extended(by="a", when=at(minutes), seconds=kind))
            seconds = kind
        else:
            expected = settled(minutes, kind, "x")
            decisions.append(expected)
    assert settlement(decisions, "x") == expected
    assert extension_seconds(decisions) == seconds


def test_a_pipe_in_the_place_of_decisions_stops_nothing(sheet: Sheet) -> None:
    decisions_file(sheet, "noether").parent.mkdir(parents=True)
    os.mkfifo(decisions_file(sheet, "noether"))
    with pytest.raises(CourseError, match=r"noether\.jsonl cannot be read: it is no plain file"):
        read_decisions(sheet, "noether")


@pytest.mark.parametrize("seconds", ["1e300", "-1", "NaN"])
def test_extensions_that_no_clock_knows_are_no_decisions(sheet: Sheet, seconds: str) -> None:
    path = decisions_file(sheet, "noether")
    path.parent.mkdir(parents=True)
    path.write_text(f'{{"type": "extended", "by": "a", "when": "2024-01-10T12:00:00Z", "seconds": {seconds}}}\n')
    with pytest.raises(CourseError, match="line 1 is no decision"):
        read_decisions(sheet, "noether")
