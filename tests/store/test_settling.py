"""What people decide about a group that is graded: in a course with a late penalty and two notebooks."""

from __future__ import annotations

import datetime

import pytest
from nbgrader.api import Gradebook

from sheetgrader.errors import UsageError
from sheetgrader.store.decisions import (
    Extended,
    LookedAt,
    Settled,
    SettlementKind,
    add_decisions,
    now,
    read_decisions,
)
from sheetgrader.store.facts import State
from sheetgrader.store.open_matters import Action, Matter
from sheetgrader.store.settling import Settling, confirmable
from sheetgrader.store.standing import GroupStanding
from sheetgrader.store.standings import read_standings

from .test_put_right import EVENTS, World
from .test_put_right import world as world


def standing(world: World) -> GroupStanding:
    return read_standings(world.sheet())["ada"]


def settling(world: World, group: str = "ada") -> Settling:
    return Settling(world.sheet(), group, by="noether")


def flags(world: World) -> dict[str, bool]:
    return {cell.grade_id: cell.needs_manual_grade for cell in world.score().cells}


def test_an_extension_takes_the_penalty_back_and_can_be_taken_back(world: World) -> None:
    EVENTS["handed in late"](world)
    world.grade()
    assert standing(world).penalty == 6.0
    found = settling(world).extend(2 * 3600, "ill")
    assert (found.penalty, found.handed_in.extension_seconds, found.handed_in.seconds_late) == (2.0, 7200, 3600)
    assert world.grade() == "left"
    assert settling(world).extend(0, "a mistake").penalty == 6.0
    assert world.grade() == "left"


def test_an_extension_holds_for_what_is_handed_in_later(world: World) -> None:
    sheet = world.sheet()
    Settling(sheet, "kurt", by="noether", is_new=True).extend(4 * 3600, "ill")
    assert read_standings(sheet)["kurt"].handed_in.extension_seconds == 4 * 3600
    for name in ("first", "second"):
        world.builder.submit("kurt", *world.cells(name), notebook=name)
    world.builder.write("submitted/kurt/sheet/timestamp.txt", "2024-01-10 15:00:00 UTC")
    from sheetgrader.store.gradebook import gradebook_writer
    from sheetgrader.store.material import build_item

    from .test_gradebook import graded

    item = build_item(sheet, "kurt")
    with gradebook_writer(sheet) as writer:
        writer.record(graded(item), item, None)
    found = read_standings(sheet)["kurt"]
    assert (found.handed_in.extension_seconds, found.penalty, found.is_late) == (4 * 3600, 0.0, False)


def test_an_extension_that_others_gave_in_the_gradebook_is_written_down(world: World) -> None:
    def change(gradebook: Gradebook) -> None:
        gradebook.find_submission("sheet", "ada").extension = datetime.timedelta(hours=5)

    world.in_gradebook(change)
    world.grade()
    (decision,) = read_decisions(world.sheet(), "ada")
    assert isinstance(decision, Extended)
    assert (decision.seconds, decision.by) == (5 * 3600, "the gradebook")
    world.grade()
    assert len(read_decisions(world.sheet(), "ada")) == 1


@pytest.mark.parametrize("kind", SettlementKind)
def test_handing_in_something_else_undoes_a_settlement(world: World, kind: SettlementKind) -> None:
    points = standing(world).final
    found = settling(world).settle(kind, "copied")
    assert (found.settled.kind, found.open) == (kind, ()) if found.settled else False
    assert found.final == (0.0 if kind is SettlementKind.ZERO else None)
    # Grading again what was settled leaves it so.
    world.grade()
    assert standing(world).settled is not None
    EVENTS["handed in again"](world)
    assert standing(world).state is State.HANDED_IN_AGAIN
    assert standing(world).settled is None
    world.grade()
    assert standing(world).final == points


def test_a_settlement_can_be_taken_back(world: World) -> None:
    before = standing(world)
    settling(world).settle(SettlementKind.ZERO, "copied")
    assert settling(world).reopen("it was not") == before
    with pytest.raises(UsageError, match="nothing to reopen"):
        settling(world).reopen("again")


def test_who_handed_in_nothing_can_be_settled(world: World) -> None:
    with pytest.raises(UsageError, match=r"nobody called 'kurt'.*--new"):
        settling(world, "kurt")
    Settling(world.sheet(), "kurt", by="noether", is_new=True).settle(SettlementKind.EXCUSED, "ill")
    found = read_standings(world.sheet())["kurt"]
    assert (found.state, found.final, found.open) == (State.NOT_HANDED_IN, None, ())


def test_a_group_that_is_nearly_named_is_asked_about(world: World) -> None:
    with pytest.raises(UsageError, match="did you mean ada"):
        settling(world, "adda")


def test_marks_are_confirmed_one_by_one_or_together(world: World) -> None:
    world.mark("first", 3.0)
    world.mark("second", 2.0)
    EVENTS["handed in again"](world)
    world.grade()
    found = standing(world)
    assert [matter.grade_id for matter in found.open_for(Action.LOOK_AGAIN)] == ["first_text", "second_text"]
    assert all(question.has_earlier_mark for question in found.questions if question.marks)
    found, matters = settling(world).confirm(["first_text"], "the same proof")
    assert [matter.grade_id for matter in matters] == ["first_text"]
    assert [matter.grade_id for matter in found.open_for(Action.LOOK_AGAIN)] == ["second_text"]
    found, _ = settling(world).confirm([], "")
    assert not found.open_for(Action.LOOK_AGAIN)
    with pytest.raises(UsageError, match="no mark of ada waits"):
        settling(world).confirm([], "")
    looked = [decision for decision in read_decisions(world.sheet(), "ada") if isinstance(decision, LookedAt)]
    assert [(decision.grade_id, decision.points) for decision in looked] == [("first_text", 3.0), ("second_text", 2.0)]
    world.grade()
    assert not any(flags(world).values())


def test_why_a_mark_is_looked_at_again_stays_until_somebody_has(world: World) -> None:
    world.mark("first", 3.0)
    EVENTS["handed in again"](world)
    world.grade()
    why = [matter.why for matter in standing(world).open_for(Action.LOOK_AGAIN)]
    assert why == ["The answer is not the one that the mark of 3 was given to."]
    EVENTS["second notebook gone"](world)
    world.grade()
    assert [matter.why for matter in standing(world).open_for(Action.LOOK_AGAIN)] == why


def test_lateness_is_known_before_anything_is_graded(world: World) -> None:
    world.builder.write("submitted/kurt/sheet/first.ipynb", "{}")
    world.builder.write("submitted/kurt/sheet/timestamp.txt", "2024-01-10 13:00:00 UTC")
    found = read_standings(world.sheet())["kurt"]
    assert (found.state, found.handed_in.seconds_late) == (State.NOT_GRADED, 3600)


def test_a_corrected_time_is_told_until_it_is_graded(world: World) -> None:
    EVENTS["handed in late"](world)
    found = standing(world)
    assert found.is_late
    assert [matter.action for matter in found.open_for(Action.GRADE)] == [Action.GRADE]
    world.grade()
    assert not standing(world).open_for(Action.GRADE)


def test_an_extension_where_the_gradebook_has_lost_the_group(world: World) -> None:
    world.in_gradebook(lambda gradebook: gradebook.remove_student("ada"))
    found = settling(world).extend(3600, "ill")
    assert (found.state, found.handed_in.extension_seconds) == (State.NOT_GRADED, 3600)


@pytest.mark.parametrize("name", ["", ".", "..", "../evil", "a/b", "two\nlines", "\x1b[31mred", "\udcff"])
def test_no_group_can_have_such_a_name(world: World, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be the name of a group"):
        Settling(world.sheet(), name, by="noether", is_new=True)


def test_the_last_decision_counts_though_another_clock_was_ahead(world: World) -> None:
    ahead = now() + datetime.timedelta(days=9)
    settled = Settled(by="a", when=ahead, why="x", kind=SettlementKind.ZERO, handed_in="")
    add_decisions(world.sheet(), "emmy", [settled])
    emmy = Settling(world.sheet(), "emmy", by="noether")
    assert emmy.reopen("a mistake").settled is None
    settled_again = emmy.settle(SettlementKind.EXCUSED, "ill").settled
    assert settled_again is not None
    assert settled_again.kind is SettlementKind.EXCUSED
    assert [decision.why for decision in read_decisions(world.sheet(), "emmy")] == ["x", "a mistake", "ill"]


def test_words_that_are_no_text_are_kept_as_far_as_they_are(world: World) -> None:
    settling(world).settle(SettlementKind.ZERO, "ill \udcff")
    (decision,) = read_decisions(world.sheet(), "ada")
    assert decision.why == "ill \N{REPLACEMENT CHARACTER}"


def test_what_has_no_points_yet_cannot_be_confirmed(world: World) -> None:
    """An unstable verdict waits for a mark; taking its flag away would hide it from the formgrader."""

    def undecide(gradebook: Gradebook) -> None:
        for notebook in gradebook.find_submission("sheet", "ada").notebooks:
            for grade in notebook.grades:
                grade.auto_score, grade.manual_score, grade.needs_manual_grade = None, None, True

    marked, *_ = (cell for cell in world.score().cells if cell.auto_points is not None)
    matter = Matter(action=Action.LOOK_AGAIN, notebook=marked.notebook, grade_id=marked.grade_id)
    assert confirmable([matter], world.score()) == (matter,)
    world.in_gradebook(undecide)
    with pytest.raises(UsageError, match=f"no points for {marked.grade_id} yet that could hold"):
        confirmable([matter], world.score())


def test_an_extension_is_not_lost_where_the_gradebook_was_never_told(world: World) -> None:
    """Another row was made by somebody else since, or the decision came with the lines of another folder."""
    settling(world).extend(2 * 3600, "ill")

    def forget(gradebook: Gradebook) -> None:
        gradebook.find_submission("sheet", "ada").extension = None

    world.in_gradebook(forget)
    world.grade()
    assert standing(world).handed_in.extension_seconds == 2 * 3600
    assert [decision.by for decision in read_decisions(world.sheet(), "ada")] == ["noether"]
