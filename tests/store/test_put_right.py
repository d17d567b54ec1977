"""Whatever happens in whatever order, one more ``grade`` ends where the facts say, and runs only what has changed."""

from __future__ import annotations

import atexit
import datetime
import functools
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from nbformat import NotebookNode
from nbgrader.api import Gradebook

from sheetgrader.course.directory import Course, Sheet
from sheetgrader.store.final_scores import FinalScore, read_final_scores
from sheetgrader.store.gradebook import gradebook_writer
from sheetgrader.store.kept_results import read_result
from sheetgrader.store.material import build_item
from sheetgrader.store.settling import Settling

from ..conftest import CourseBuilder
from .test_gradebook import graded

DUE = datetime.datetime(2024, 1, 10, 12, tzinfo=datetime.UTC)
PLUGIN = """
from nbgrader.plugins import BasePlugin

class APointAnHour(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return total_seconds_late / 3600
"""


def regrade(sheet: Sheet) -> str:
    """Grade as the engine does, without a kernel, and return what was done."""
    item, earlier = build_item(sheet, "ada"), read_result(sheet, "ada")
    timestamp = item.files.get("timestamp.txt")
    with gradebook_writer(sheet) as writer:
        if earlier is None or not writer.already_graded(earlier, item):
            writer.record(graded(item), item, earlier)
            return "graded"
        if writer.is_right(earlier, timestamp):
            return "left"
        writer.put_right(earlier, timestamp)
        return "put right"


@dataclass
class World:
    """A course with one group, changed from outside, and what is true of it."""

    builder: CourseBuilder
    hours_late: float = 0.0
    extension_hours: float = 0.0
    deadline_hours: float = 0.0
    has_penalty: bool = True
    second_notebook: bool = True
    marks: dict[str, float] = field(default_factory=dict)
    #: Marks that were given before the group handed in another answer stay until a tutor changes them.
    version: int = 0

    def __post_init__(self) -> None:
        self.builder.write("late_plugin.py", PLUGIN)
        for name in ("first", "second"):
            self.builder.source(*self.cells(name), notebook=name)
        self.write()

    def cells(self, name: str) -> tuple[NotebookNode, ...]:
        b = self.builder
        return (
            b.answer(f"{name}_code", f"y = {self.version}"),
            b.tests(f"{name}_test", "assert y is not None", points=6.0),
            b.answer(f"{name}_text", f"Because {self.version}.", points=4.0, markdown=True),
        )

    def write(self) -> None:
        lines = ["c = get_config()", "c.CourseDirectory.ignore = ['sheet.toml']"]
        lines += ["c.AssignLatePenalties.plugin_class = 'late_plugin.APointAnHour'"]
        lines += [] if self.has_penalty else ["c.AssignLatePenalties.enabled = False"]
        self.builder.write("nbgrader_config.py", "\n".join(lines) + "\n")
        due = DUE + datetime.timedelta(hours=self.deadline_hours)
        self.builder.write("source/sheet/sheet.toml", f"deadline = {due.isoformat()}\n")
        for name in ("first", "second"):
            path = self.builder.submit("ada", *self.cells(name), notebook=name)
            if name == "second" and not self.second_notebook:
                path.unlink()
        handed_in = DUE + datetime.timedelta(hours=self.hours_late)
        self.builder.write("submitted/ada/sheet/timestamp.txt", handed_in.strftime("%Y-%m-%d %H:%M:%S UTC"))

    def become(self, **facts: object) -> None:
        """Let facts be others, and write them down where they stand."""
        for name, value in facts.items():
            setattr(self, name, value)
        self.write()

    def sheet(self) -> Sheet:
        return Course.load(self.builder.root).sheet("sheet")

    def in_gradebook(self, change: Callable[[Gradebook], object]) -> None:
        with Gradebook(self.sheet().course.db_url) as gradebook:
            change(gradebook)
            gradebook.db.commit()

    def grade(self) -> str:
        done = regrade(self.sheet())
        if self.extension_hours:
            self.extend(self.extension_hours)
        return done

    def extend(self, hours: float) -> None:
        self.extension_hours = hours
        span = datetime.timedelta(hours=hours)

        def change(gradebook: Gradebook) -> None:
            gradebook.find_submission("sheet", "ada").extension = span

        self.in_gradebook(change)

    def decide(self, hours: float) -> None:
        Settling(self.sheet(), "ada", by="noether").extend(3600 * hours, "ill")
        self.extension_hours = hours

    def mark(self, name: str, points: float) -> None:
        def change(gradebook: Gradebook) -> None:
            grade = gradebook.find_grade(f"{name}_text", name, "sheet", "ada")
            grade.manual_score, grade.needs_manual_grade = points, False

        self.in_gradebook(change)
        self.marks[name] = points

    def overwrite(self, name: str) -> None:

        def change(gradebook: Gradebook) -> None:
            gradebook.find_grade(f"{name}_test", name, "sheet", "ada").auto_score = 1.25

        self.in_gradebook(change)

    def lose(self, name: str) -> None:
        (self.sheet().autograded_folder("ada") / f"{name}.ipynb").unlink(missing_ok=True)

    def expected(self) -> tuple[float, float]:
        """Return points before the penalty, and the penalty, by the facts alone."""
        late = max(0.0, self.hours_late - self.deadline_hours - self.extension_hours)
        total = penalty = 0.0
        for name in ("first", "second"):
            here = name == "first" or self.second_notebook
            points = (6.0 if here else 0.0) + self.marks.get(name, 0.0)
            total += points
            if here and self.has_penalty:
                penalty += min(points, late)
        return total, penalty

    def found(self) -> tuple[float, float]:
        score = self.score()
        return sum(cell.points for cell in score.cells), score.late_penalty

    def score(self) -> FinalScore:
        return read_final_scores(self.sheet())["ada"]


@functools.cache
def _graded_course() -> Path:
    """A course that is graded once; making one takes nbgrader seconds."""
    folder = Path(tempfile.mkdtemp(prefix="put-right-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    assert World(CourseBuilder(folder / "course")).grade() == "graded"
    return folder / "course"


def graded_world(folder: Path) -> World:
    shutil.copytree(_graded_course(), folder / "course")
    return World(CourseBuilder(folder / "course"))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return graded_world(tmp_path)


EVENTS: dict[str, Callable[[World], object]] = {
    "handed in late": lambda w: w.become(hours_late=3.0),
    "time corrected": lambda w: w.become(hours_late=-1.0),
    "deadline moved": lambda w: w.become(deadline_hours=2.0),
    "deadline back": lambda w: w.become(deadline_hours=0.0),
    "extension": lambda w: w.extend(1.0),
    "long extension": lambda w: w.extend(48.0),
    "more time decided": lambda w: w.decide(2.0),
    "more time taken back": lambda w: w.decide(0.0),
    "penalty off": lambda w: w.become(has_penalty=False),
    "penalty on": lambda w: w.become(has_penalty=True),
    "marked": lambda w: w.mark("first", 4.0),
    "marked with nothing": lambda w: w.mark("first", 0.0),
    "second marked": lambda w: w.mark("second", 2.5),
    "overwritten by others": lambda w: w.overwrite("first"),
    "handed in again": lambda w: w.become(version=w.version + 1),
    "second notebook gone": lambda w: w.become(second_notebook=False),
    "second notebook back": lambda w: w.become(second_notebook=True),
    "tutors' copy of a notebook lost": lambda w: w.lose("second"),
    "graded": lambda w: w.grade(),
}
#: What `grade` has to run anything for; the rest is put right in the gradebook.
NEW_WORK = {
    "handed in again",
    "second notebook gone",
    "second notebook back",
    "tutors' copy of a notebook lost",
}


@pytest.mark.parametrize("event", [name for name in EVENTS if name not in NEW_WORK])
def test_nothing_is_run_for_what_changes_no_answer(world: World, event: str) -> None:
    EVENTS["handed in late"](world)
    world.grade()
    EVENTS[event](world)
    assert world.grade() in {"put right", "left"}
    assert world.found() == pytest.approx(world.expected())
    assert world.grade() == "left"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(sorted(EVENTS)), max_size=8))
@example(["handed in late", "second marked", "second notebook gone"])
def test_any_sequence_of_events_ends_where_the_facts_say(events: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = graded_world(Path(folder))
        for event in events:
            EVENTS[event](world)
        world.grade()
        assert world.grade() == "left", events
        assert world.found() == pytest.approx(world.expected()), events


def test_a_dry_run_leaves_a_moved_deadline_alone(world: World) -> None:
    EVENTS["handed in late"](world)
    world.grade()
    before = world.found()
    EVENTS["deadline moved"](world)
    sheet = world.sheet()
    earlier = read_result(sheet, "ada")
    assert earlier is not None
    with gradebook_writer(sheet, dry_run=True) as writer:
        assert not writer.is_right(earlier, build_item(sheet, "ada").files.get("timestamp.txt"))
    assert world.found() == before
