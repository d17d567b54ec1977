"""Marks out of packets: in whatever order, however often, from whomever."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sheetgrader.course.directory import Course, Sheet
from sheetgrader.errors import MarkingError
from sheetgrader.marking.marking import Marking
from sheetgrader.marking.merging import merge, read_marks_file
from sheetgrader.marking.model import Mark, MergeReport, PacketMark
from sheetgrader.store.decisions import read_all_decisions

from ..conftest import CourseBuilder
from .courses import answer_of, cells, give, grade, in_gradebook, mark_in_formgrader, marking

BEGUN = datetime(2024, 1, 10, 12, tzinfo=UTC)


def packet_mark(
    found: Marking, group: str, points: float | None = 1.0, by: str = "curie", minutes: float = 0.0, **more: object
) -> PacketMark:
    """What ``by`` gives a group's answer in a packet made of it as it is now."""
    answer = answer_of(found, group)
    mark = None if points is None else Mark(adjustment=points)
    when = BEGUN + timedelta(minutes=minutes)
    line = PacketMark(packet="p1", answer=answer.id, digest=answer.digest, by=by, when=when, mark=mark)
    return msgspec.structs.replace(line, **{"version": answer.version, **more})


def counts(report: MergeReport) -> dict[str, int]:
    """How many marks became what, without those that are none."""
    return {name: len(found) for name in report.__struct_fields__ if (found := getattr(report, name))}


def groups_of(report: MergeReport, name: str) -> list[str]:
    return sorted(one.answer.group for one in getattr(report, name))


def test_marks_are_taken_once(sheet: Sheet) -> None:
    found = marking(sheet)
    brought = [packet_mark(found, "ada"), packet_mark(found, "emmy", 0.5)]
    assert counts(merge(found, brought)) == {"taken": 2}
    lines = read_all_decisions(sheet)
    mark = answer_of(found, "ada").mark
    assert mark is not None
    assert (mark.by, mark.points) == ("curie", 1.0)
    assert in_gradebook(sheet, "emmy") == (0.5, False, "")
    assert counts(merge(marking(sheet, "else"), brought)) == {"same": 2}
    assert read_all_decisions(sheet) == lines


def test_a_mark_that_somebody_else_gave_otherwise_stays(sheet: Sheet) -> None:
    found = marking(sheet)
    brought = [packet_mark(found, group) for group in ("ada", "emmy", "grace")]
    give(found, "ada", Mark(adjustment=0.5))
    mark_in_formgrader(sheet, "emmy", 2.0)
    give(found, "grace", Mark(adjustment=1.0))
    report = merge(found, brought)
    assert groups_of(report, "conflicts") == ["ada", "emmy"]
    assert groups_of(report, "same") == ["grace"]
    assert {one.why for one in report.conflicts} == {
        "noether has marked it otherwise.",
        "the gradebook has marked it otherwise.",
    }
    assert [in_gradebook(sheet, group)[0] for group in ("ada", "emmy", "grace")] == [0.5, 2.0, 1.0]


def test_a_mark_that_the_packet_had_seen_is_given_over(sheet: Sheet) -> None:
    found = marking(sheet)
    give(found, "ada", Mark(adjustment=0.5))
    assert counts(merge(found, [packet_mark(found, "ada")])) == {"taken": 1}
    assert in_gradebook(sheet, "ada")[0] == 1.0


def test_a_markers_later_mark_takes_the_place_of_the_earlier_in_any_order(sheet: Sheet) -> None:
    found = marking(sheet)
    first, second = packet_mark(found, "ada", 0.5), packet_mark(found, "ada", 1.5, minutes=5)
    assert counts(merge(found, [second])) == {"taken": 1}
    assert counts(merge(found, [first])) == {"outdated": 1}
    assert in_gradebook(sheet, "ada")[0] == 1.5
    other = packet_mark(found, "emmy", 0.5)
    merge(found, [other])
    merge(found, [msgspec.structs.replace(other, mark=Mark(adjustment=1.5), when=BEGUN + timedelta(minutes=5))])
    assert in_gradebook(sheet, "emmy")[0] == 1.5


def test_markers_who_disagree_in_their_packets_both_wait(sheet: Sheet) -> None:
    found = marking(sheet)
    report = merge(found, [packet_mark(found, "ada", 0.5), packet_mark(found, "ada", 1.0, by="euler")])
    assert counts(report) == {"conflicts": 2}
    assert report.conflicts[0].why == "curie and euler have marked it differently; one of them gives it once more."
    assert in_gradebook(sheet, "ada")[0] is None
    report = merge(found, [packet_mark(found, "ada", 1.0), packet_mark(found, "ada", 1.0, by="euler")])
    assert counts(report) == {"taken": 1, "same": 1}


def test_an_answer_that_is_another_since_is_not_marked(builder: CourseBuilder, sheet: Sheet) -> None:
    found = marking(sheet)
    brought = [packet_mark(found, "ada"), packet_mark(found, "ada", None, second_look=True)]
    builder.submit("ada", *cells(builder, "Another text."))
    grade(sheet, "ada")
    assert counts(merge(found, brought)) == {"answer_changed": 2}
    assert in_gradebook(sheet, "ada")[0] is None
    assert answer_of(found, "ada").second_look is None


def test_what_nobody_knows_of_or_cannot_be_given_is_told(sheet: Sheet) -> None:
    found = marking(sheet)
    unknown = packet_mark(found, "ada", answer="0" * 24)
    report = merge(found, [unknown, packet_mark(found, "emmy", 2.5), packet_mark(found, "grace", -1.0)])
    assert counts(report) == {"unknown": 1, "refused": 2}
    assert "more than the 2 that it is worth" in " ".join(one.why for one in report.refused)
    assert read_all_decisions(sheet) == {}


def test_a_mark_taken_back_here_does_not_come_back_in_silence(sheet: Sheet) -> None:
    found = marking(sheet)
    brought = msgspec.structs.replace(packet_mark(found, "ada"), version="")
    merge(found, [brought])
    found.undo(brought.answer, answer_of(found, "ada").version)
    report = merge(found, [brought])
    assert [one.why for one in report.conflicts] == ["Somebody has taken a mark back since."]
    assert in_gradebook(sheet, "ada")[0] is None


def test_what_was_taken_back_or_given_over_stays_so_however_often_it_is_merged(sheet: Sheet) -> None:
    found = marking(sheet)
    give(found, "emmy", Mark(adjustment=0.5))
    # The packets were made from what is there now; and one marker's clock was ahead.
    ahead = datetime.now(UTC) + timedelta(hours=3)
    brought = [
        packet_mark(found, "ada"),
        packet_mark(found, "emmy"),
        packet_mark(found, "grace", when=ahead),
        packet_mark(found, "kurt", when=ahead),
    ]
    assert counts(merge(found, brought)) == {"taken": 4}
    for group in ("ada", "emmy", "kurt"):
        answer = answer_of(found, group)
        found.undo(answer.id, answer.version)
    give(marking(sheet, "curie"), "grace", Mark(adjustment=0.25))
    for merged in (brought, brought[::-1]):
        report = merge(found, merged)
        assert groups_of(report, "conflicts") == ["ada", "emmy", "kurt"]
        assert {one.why for one in report.conflicts} == {"Somebody has taken a mark back since."}
        assert groups_of(report, "outdated") == ["grace"]
    points = {group: in_gradebook(sheet, group)[0] for group in ("ada", "emmy", "grace", "kurt")}
    assert points == {"ada": None, "emmy": 0.5, "grace": 0.25, "kurt": None}


def test_of_several_flags_the_latest_holds(sheet: Sheet) -> None:
    found = marking(sheet)
    brought = [
        packet_mark(found, "ada", None, second_look=True, handed_to="euler"),
        packet_mark(found, "ada", 1.0, minutes=1),
        packet_mark(found, "ada", None, minutes=2, second_look=False, handed_to=""),
        packet_mark(found, "emmy", None, second_look=False),
        packet_mark(found, "emmy", 1.0, minutes=3, second_look=True, why="odd"),
    ]
    for merged in (brought, brought[::-1]):
        merge(found, merged)
        flags = {group: answer_of(found, group) for group in ("ada", "emmy")}
        assert {group: (one.second_look, one.handed_to) for group, one in flags.items()} == {
            "ada": (None, ""),
            "emmy": ("odd", ""),
        }


def test_many_marks_are_taken_in_at_once_and_each_is_told(sheet: Sheet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sheetgrader.marking.merging._MANY", 1)
    monkeypatch.setattr("sheetgrader.marking.merging._AT_ONCE", 2)
    found = marking(sheet)
    give(found, "alan", Mark(adjustment=0.5))
    groups = ("ada", "emmy", "grace", "kurt")
    brought = [packet_mark(found, group, 1.0) for group in groups]
    brought += [packet_mark(found, group, 1.0, by="euler") for group in groups[:2]]
    brought += [packet_mark(found, "grace", 2.0, by="euler"), packet_mark(found, "alan", 2.5)]
    report = merge(found, brought)
    assert counts(report) == {"taken": 3, "same": 2, "conflicts": 2, "refused": 1}
    assert groups_of(report, "taken") == ["ada", "emmy", "kurt"]
    assert [one.answer is not None and one.answer.mark is not None for one in report.taken] == [True] * 3
    assert [in_gradebook(sheet, group)[0] for group in (*groups, "alan")] == [1.0, 1.0, None, 1.0, 0.5]


def test_flags_hold_where_nobody_has_decided_later(sheet: Sheet) -> None:
    found = marking(sheet)
    brought = [packet_mark(found, "ada", None, second_look=True, why="odd", handed_to="euler")]
    assert counts(merge(found, brought)) == {"taken": 1}
    answer = answer_of(found, "ada")
    assert (answer.second_look, answer.handed_to) == ("odd", "euler")
    found.second_look(answer.id, is_wanted=False)
    found.hand_over(answer.id, "")
    assert counts(merge(found, brought)) == {"same": 1}
    assert (answer_of(found, "ada").second_look, answer_of(found, "ada").handed_to) == (None, "")


def write(path: Path, *lines: bytes) -> Path:
    path.write_bytes(b"\n".join(lines))
    return path


def test_a_file_is_read_line_by_line(sheet: Sheet, tmp_path: Path) -> None:
    line = packet_mark(marking(sheet), "ada", second_look=False)
    encoded = msgspec.json.encode(line)
    assert read_marks_file(write(tmp_path / "marks.jsonl", b"\xef\xbb\xbf" + encoded, b"", encoded + b"\r")) == (
        line,
        line,
    )
    with pytest.raises(MarkingError, match="holds no mark; save it anew"):
        read_marks_file(write(tmp_path / "empty.jsonl", b"", b" "))


GOOD = PacketMark(packet="p", answer="a", digest="d", by="curie", when=BEGUN, mark=Mark())


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"packet": "p"}',
        b"[" * 100_000,
        b'{"mark": {"applied": ' + b'{"a":' * 50_000,
        msgspec.json.encode(msgspec.structs.replace(GOOD, by="")),
        msgspec.json.encode(msgspec.structs.replace(GOOD, by="a\x1b[31m")),
        msgspec.json.encode(msgspec.structs.replace(GOOD, by="the gradebook")),
        msgspec.json.encode(msgspec.structs.replace(GOOD, handed_to="x" * 101)),
        msgspec.json.encode(msgspec.structs.replace(GOOD, answer="x" * 1000)),
        msgspec.json.encode(msgspec.structs.replace(GOOD, why="\0")),
        msgspec.json.encode(msgspec.structs.replace(GOOD, when=datetime(2024, 1, 1))),  # no timezone
        msgspec.json.encode(msgspec.structs.replace(GOOD, when=datetime(9999, 1, 1, tzinfo=UTC))),
    ],
)
def test_a_damaged_line_is_told_with_file_and_number(tmp_path: Path, line: bytes) -> None:
    path = write(tmp_path / "marks.jsonl", msgspec.json.encode(GOOD), line)
    with pytest.raises(MarkingError, match=r"marks\.jsonl, line 2 is no mark that can be read") as told:
        read_marks_file(path)
    assert len(str(told.value)) < 500


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    for path in (tmp_path / "gone", tmp_path):
        with pytest.raises(MarkingError, match="cannot be read"):
            read_marks_file(path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(MarkingError, match="is no plain file; name a file"):
        read_marks_file(tmp_path / "pipe")


@pytest.fixture(scope="module")
def packets(written: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, PacketMark]]:
    """A course with one mark in it, and a mark of a packet for each answer of three groups."""
    root = Path(shutil.copytree(written, tmp_path_factory.mktemp("packets") / "course"))
    sheet = Course.load(root).sheet("sheet")
    brought = {group: packet_mark(marking(sheet), group) for group in ("ada", "emmy", "grace")}
    give(marking(sheet), "grace", Mark(adjustment=0.5))
    return root, brought


LINES = st.lists(
    st.tuples(
        st.sampled_from(["ada", "emmy", "grace"]),
        st.sampled_from(["curie", "euler"]),
        st.sampled_from([0.5, 1.0, 2.5]),
        st.integers(0, 2),
    ),
    max_size=5,
)


def merged_in(root: Path, marks: list[PacketMark]) -> tuple[object, object, object]:
    """Merge marks twice in a copy of the course; return the report, the marks, and the lines that the second adds."""
    with tempfile.TemporaryDirectory() as folder:
        sheet = Course.load(Path(shutil.copytree(root, Path(folder) / "course"))).sheet("sheet")
        report = merge(marking(sheet), marks)
        lines = read_all_decisions(sheet)
        merge(marking(sheet), marks)
        assert read_all_decisions(sheet) == lines
        named = {
            name: sorted((msgspec.json.encode(one.packet_mark), one.why) for one in getattr(report, name))
            for name in report.__struct_fields__
        }
        return named, {group: in_gradebook(sheet, group) for group in ("ada", "emmy", "grace")}, None


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=LINES, second=LINES)
def test_the_order_of_files_does_not_matter_and_merging_again_changes_nothing(
    packets: tuple[Path, dict[str, PacketMark]], first: list[Any], second: list[Any]
) -> None:
    root, brought = packets
    files = [
        [
            msgspec.structs.replace(
                brought[group], by=by, mark=Mark(adjustment=points), when=BEGUN + timedelta(minutes=minutes)
            )
            for group, by, points, minutes in lines
        ]
        for lines in (first, second)
    ]
    found = [merged_in(root, list(itertools.chain(*order))) for order in itertools.permutations(files)]
    assert found[0] == found[1]
