"""The engine that grades a class: its events, what it reads, and how it ends early."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from sheetgrader.errors import CourseError
from sheetgrader.execution.class_grading import ClassGrading, GradeOptions
from sheetgrader.execution.events import Failed, Graded, LeftAsItIs, Progress, Started
from sheetgrader.kernels.launcher import Zygote
from sheetgrader.store import kept_results

if TYPE_CHECKING:
    from tests.conftest import CourseBuilder

MakeGrading = Callable[..., ClassGrading]
GROUPS = ("ada", "bob", "eve", "kay")


@pytest.fixture
def course(builder: CourseBuilder) -> CourseBuilder:
    builder.source(builder.answer("ex1_code", "x = 2"), builder.tests("ex1_test", "assert x == 2"))
    for group in ("ada", "bob", "kay"):
        builder.submit(
            group, builder.answer("ex1_code", f"x = {len(group)}"), builder.tests("ex1_test", "assert x == 2")
        )
    builder.write("submitted/eve/sheet/notes.txt", "no notebook")
    return builder


@pytest.fixture
def grading(course: CourseBuilder, zygote: Zygote) -> MakeGrading:
    def make(groups: tuple[str, ...] = GROUPS, **options: Any) -> ClassGrading:
        return ClassGrading(course.load().sheet("sheet"), groups, zygote, GradeOptions(2, **options))

    return make


def kinds(events: Iterator[Any]) -> Counter[str]:
    return Counter(type(event).__name__ for event in events)


def test_every_group_is_told_of_once_and_progress_after_each(grading: MakeGrading) -> None:
    run = grading()
    events = list(run)
    assert kinds(iter(events)) == {"Started": 3, "Graded": 3, "Failed": 1, "Progress": 4}
    assert {event.group for event in events if isinstance(event, Started)} == {"ada", "bob", "kay"}
    assert [event.group for event in events if isinstance(event, Failed)] == ["eve"]
    assert [(event.done, event.total) for event in events if isinstance(event, Progress)] == [
        (n, 4) for n in range(1, 5)
    ]
    for position, event in enumerate(events):
        if isinstance(event, Graded):
            assert Started(event.group) in events[:position]
            assert isinstance(events[position + 1], Progress)


def test_the_report_is_in_the_order_of_the_groups_and_the_same_as_the_events(grading: MakeGrading) -> None:
    run = grading()
    told = {event.group: event.report for event in run if isinstance(event, Graded | Failed)}
    report = run.report()
    assert [group.group for group in report.groups] == list(GROUPS)
    assert {group.group: group for group in report.groups} == told
    assert not report.interrupted
    assert report.seconds > 0


def test_what_has_not_changed_is_left_as_it_is(grading: MakeGrading) -> None:
    first = grading(("ada", "bob")).report()
    events = list(grading(("ada", "bob")))
    assert kinds(iter(events)) == {"LeftAsItIs": 2, "Progress": 2}
    left = [event.report for event in events if isinstance(event, LeftAsItIs)]
    assert [group.points for group in left] == [group.points for group in first.groups]


def test_a_result_is_read_once_a_group_and_run(grading: MakeGrading, monkeypatch: pytest.MonkeyPatch) -> None:
    grading().report()
    read: Counter[str] = Counter()
    original = kept_results._read

    def counting(path: Any) -> Any:
        read[path.stem] += 1
        return original(path)

    monkeypatch.setattr(kept_results, "_read", counting)
    grading(force=True).report()
    assert read == dict.fromkeys(GROUPS, 1)


def test_a_dry_run_tells_what_would_change_and_writes_nothing(grading: MakeGrading, course: CourseBuilder) -> None:
    grading(("ada",)).report()
    course.submit("ada", course.answer("ex1_code", "x = 2"), course.tests("ex1_test", "assert x == 2"))
    before = {path: path.read_bytes() for path in course.root.rglob("*") if path.is_file()}
    (group,) = grading(("ada",), dry_run=True).report().groups
    assert [(change.points_before, change.points_after) for change in group.changes] == [(0.0, 1.0)]
    assert {path: path.read_bytes() for path in course.root.rglob("*") if path.is_file()} == before


def test_who_stops_keeps_what_was_graded(grading: MakeGrading, course: CourseBuilder) -> None:
    run = grading(("ada", "bob", "kay"))
    for event in run:
        if isinstance(event, Graded):
            break
    run.stop()
    report = run.report()
    assert report.interrupted
    assert [group.status for group in report.groups] == ["graded"]
    again = grading(("ada", "bob", "kay")).report()
    assert Counter(group.status for group in again.groups) == {"already graded": 1, "graded": 2}


def test_who_stops_when_all_is_done_has_interrupted_nothing(grading: MakeGrading) -> None:
    run = grading(("ada",))
    run.report()
    run.stop()
    assert not run.report().interrupted


def test_who_stops_before_it_begins_grades_nobody(grading: MakeGrading) -> None:
    run = grading()
    run.stop()
    assert run.report().interrupted
    assert run.report().groups == ()


def test_a_run_that_fails_is_no_complete_one(grading: MakeGrading, course: CourseBuilder) -> None:
    course.write("grader_tests/sheet/test_graded.py", "import no_such_module_anywhere")
    course.source(course.answer("ex1_code", "x = 2"), course.tests("ex1_test", "#"))
    run = grading(("ada", "bob"))
    with pytest.raises(CourseError, match="no_such_module_anywhere"):
        run.report()
    assert run.report().interrupted
