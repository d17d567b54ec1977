"""Markers, the formgrader, grading, packets and changed rubrics, one after another in any order, and what must hold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import msgspec
import pytest

from sheetgrader.course.directory import Course, Sheet
from sheetgrader.errors import MarkingError
from sheetgrader.marking.changing import apply, preview
from sheetgrader.marking.comments import change_comment, keep_comment
from sheetgrader.marking.marking import Marking
from sheetgrader.marking.merging import merge
from sheetgrader.marking.model import Given, Mark, PacketMark
from sheetgrader.store.open_matters import Action
from sheetgrader.store.settling import Settling
from sheetgrader.store.standings import read_standings

from ..conftest import CourseBuilder
from .courses import RUBRIC, answer_of, cells, grade, in_gradebook, mark_in_formgrader, marking

GROUPS = ("ada", "kurt")
STEPS = 16


class Walk:
    """A course, and what people do to it; each step checks what must hold after it."""

    def __init__(self, root: Path, random: Random) -> None:
        self.builder = CourseBuilder(root)
        self.sheet: Sheet = Course.load(root).sheet("sheet")
        self.random = random
        self.markers = [marking(self.sheet, name) for name in ("curie", "euler")]
        self.kept = keep_comment(self.markers[0], "Kept.")
        self.packets: list[PacketMark] = []
        self.count = 0

    def step(self) -> str:
        self.count += 1
        found, group = self.random.choice(self.markers), self.random.choice(GROUPS)
        steps: list[Callable[[Marking, str], None]] = [
            self.give, self.give, self.undo, self.formgrader, self.hand_in_again, self.regrade,
            self.pack, self.merge, self.change_rubric, self.confirm, self.reword,
        ]  # fmt: skip
        step = self.random.choice(steps)
        step(found, group)
        for each in GROUPS:
            here, anew = answer_of(found, each), answer_of(marking(self.sheet, "noether"), each)
            assert (here.mark, here.is_open, here.version) == (anew.mark, anew.is_open, anew.version)
            points = None if anew.mark is None else anew.mark.points
            assert in_gradebook(self.sheet, each)[:2] == (points, anew.is_open)
        return f"{step.__name__} {group}"

    def give(self, found: Marking, group: str) -> None:
        mark = Mark(
            applied={"sign": self.random.randint(0, 1)},
            adjustment=self.random.choice([0, 0.125, 0.5]),
            comments=self.random.choice([(), (self.kept.id,)]),
            comment=self.random.choice(["", f"In step {self.count}."]),
        )
        before = answer_of(found, group)
        given = found.give(before.id, mark, before.version)
        assert isinstance(given, Given)
        assert given.answer.mark is not None
        assert (given.answer.mark.by, given.answer.is_open) == (found.by, False)

    def undo(self, found: Marking, group: str) -> None:
        before = answer_of(found, group)
        try:
            assert isinstance(found.undo(before.id, before.version), Given)
        except MarkingError:
            assert before.mark is None or before.mark.is_others

    def formgrader(self, _: Marking, group: str) -> None:
        points = self.random.choice([None, 0.0, 1.75, in_gradebook(self.sheet, group)[0]])
        mark_in_formgrader(self.sheet, group, points, self.random.choice([None, f"In step {self.count}."]))

    def hand_in_again(self, found: Marking, group: str) -> None:
        self.builder.submit(group, *cells(self.builder, f"The answer of step {self.count}."))
        grade(self.sheet, group)
        assert answer_of(found, group).is_open

    def regrade(self, found: Marking, group: str) -> None:
        before = answer_of(found, group)
        grade(self.sheet, group)
        assert answer_of(found, group) == before

    def pack(self, found: Marking, group: str) -> None:
        answer = answer_of(found, group)
        self.packets.append(
            PacketMark(
                packet="p1",
                answer=answer.id,
                digest=answer.digest,
                version=answer.version,
                by=self.random.choice(["curie", "hilbert"]),
                when=datetime.now(UTC),
                mark=Mark(adjustment=self.random.choice([0.25, 1.0])),
            )
        )

    def merge(self, found: Marking, _: str) -> None:
        some = [one for one in self.packets if self.random.random() < 0.7]
        merge(found, some)
        before = [answer_of(found, each) for each in GROUPS]
        assert not merge(found, some[::-1]).taken
        assert [answer_of(found, each) for each in GROUPS] == before

    def change_rubric(self, found: Marking, _: str) -> None:
        first = msgspec.structs.replace(RUBRIC.items[0], points=self.random.choice([0.9, 1.0, 1.1]))
        before = [answer_of(found, each).is_open for each in GROUPS]
        changed = msgspec.structs.replace(RUBRIC, items=(first, *RUBRIC.items[1:]))
        assert apply(found, preview(found, changed)) is None
        assert [answer_of(found, each).is_open for each in GROUPS] == before

    def confirm(self, found: Marking, group: str) -> None:
        matters = read_standings(self.sheet)[group].open
        if any((one.action, one.grade_id) == (Action.LOOK_AGAIN, "ex1_text") for one in matters):
            Settling(self.sheet, group, by="noether").confirm(["ex1_text"], "")
            assert not answer_of(found, group).is_open

    def reword(self, found: Marking, _: str) -> None:
        change_comment(found, self.kept.id, f"Kept since step {self.count}.")


@pytest.mark.parametrize("seed", range(3))
def test_whatever_people_do_all_see_the_same_and_nothing_comes_back(builder: CourseBuilder, seed: int) -> None:
    walk = Walk(builder.root, Random(seed))  # noqa: S311 # to be repeated
    done: list[str] = []
    for _ in range(STEPS):
        try:
            done.append(walk.step())
        except AssertionError as error:
            error.add_note(f"after {', '.join(done)}")
            raise
    assert marking(walk.sheet).put_right() == 0
