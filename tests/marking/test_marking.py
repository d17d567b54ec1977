"""Answers, and marks that are given to them, in a real course with nbgrader's real gradebook."""

from __future__ import annotations

import os
import shutil

import msgspec
import pytest
from nbgrader.api import Gradebook

from sheetgrader.course.directory import Sheet
from sheetgrader.errors import MarkingError
from sheetgrader.marking.model import Conflict, Given, Mark, QuestionKind
from sheetgrader.marking.rubric_file import write_rubrics
from sheetgrader.results import Outcome
from sheetgrader.store.decisions import Marked, read_decisions
from sheetgrader.store.gradebook import gradebook_writer
from sheetgrader.store.kept_results import read_result
from sheetgrader.store.material import build_item
from sheetgrader.store.open_matters import Action
from sheetgrader.store.settling import Settling
from sheetgrader.store.standings import read_standings

from ..conftest import CourseBuilder
from ..store.test_gradebook import graded
from .courses import (
    CODE,
    RUBRIC,
    TASK,
    TEXT,
    answer_of,
    cells,
    give,
    grade,
    in_gradebook,
    mark_in_formgrader,
    marking,
    score,
)


def test_questions_are_those_of_the_sheet_in_its_order(sheet: Sheet) -> None:
    found = marking(sheet).questions()
    assert [(one.grade_id, one.name, one.kind, one.max_points) for one in found] == [
        ("ex1_test", "ex1", QuestionKind.TEST, 4.0),
        ("ex1_text", "ex1", QuestionKind.TEXT, 2.0),
        ("ex2_task", "ex1", QuestionKind.TASK, 3.0),
    ]


def test_answers_stand_together_where_they_say_the_same(sheet: Sheet) -> None:
    found = {answer.group: answer for answer in marking(sheet).answers(*TEXT)}
    assert {group for group, answer in found.items() if answer.is_empty} == {"kurt", "alan"}
    assert found["ada"].cluster == found["emmy"].cluster != found["grace"].cluster
    assert found["kurt"].cluster == found["alan"].cluster != found["ada"].cluster
    assert found["ada"].wording == found["emmy"].wording
    assert found["ada"].digest != found["emmy"].digest


def test_what_could_not_be_read_does_not_stand_with_empty_answers(sheet: Sheet) -> None:
    item = build_item(sheet, "kurt")
    with gradebook_writer(sheet) as writer:
        writer.record(graded(item, 0.0, error="sheet.ipynb is no notebook"), item, read_result(sheet, "kurt"))
    found = {answer.group: answer for answer in marking(sheet).answers(*TEXT)}
    assert (found["kurt"].is_unread, found["kurt"].is_empty) == (True, False)
    assert (found["alan"].is_unread, found["alan"].is_empty) == (False, True)
    assert found["kurt"].cluster != found["alan"].cluster


def test_a_mark_gets_into_the_folder_and_the_gradebook(sheet: Sheet) -> None:
    found = marking(sheet)
    given = give(found, "ada", Mark(applied={"sign": 1, "slips": 3}, adjustment=0.25, comment="Well done."))
    assert given.mark is not None
    assert (given.mark.points, given.mark.by, given.mark.is_others) == (1.55, "noether", False)
    assert in_gradebook(sheet, "ada") == (1.55, False, "Well done.")
    (line,) = read_decisions(sheet, "ada")
    assert isinstance(line, Marked)
    assert (line.points, line.answer, line.applied) == (1.55, given.digest, {"sign": 1, "slips": 3})
    assert answer_of(marking(sheet, "curie"), "ada") == given


def test_an_earlier_version_is_a_conflict_and_writes_nothing(sheet: Sheet) -> None:
    mine, theirs = marking(sheet), marking(sheet, "curie")
    seen = answer_of(mine, "ada")
    give(theirs, "ada", Mark(applied={"limit": 1}, comment="No sign."))
    lines = read_decisions(sheet, "ada")
    conflict = mine.give(seen.id, Mark(applied={"sign": 1}), seen.version)
    assert isinstance(conflict, Conflict)
    assert conflict.answer.mark is not None
    assert (conflict.answer.mark.by, conflict.answer.mark.points) == ("curie", 0.5)
    assert not conflict.answer_changed
    assert read_decisions(sheet, "ada") == lines
    assert in_gradebook(sheet, "ada") == (0.5, False, "No sign.")
    over = mine.give(seen.id, Mark(applied={"sign": 1}), conflict.answer.version)
    assert isinstance(over, Given)
    assert in_gradebook(sheet, "ada") == (1.0, False, "")


def test_a_mark_of_the_formgrader_is_respected(sheet: Sheet) -> None:
    found = marking(sheet)
    seen = answer_of(found, "ada")
    mark_in_formgrader(sheet, "ada", 1.75, "By hand.")
    conflict = found.give(seen.id, Mark(applied={"sign": 1}), seen.version)
    assert isinstance(conflict, Conflict)
    mark = conflict.answer.mark
    assert mark is not None
    assert (mark.points, mark.mark.comment, mark.is_others, mark.by) == (1.75, "By hand.", True, "the gradebook")
    assert in_gradebook(sheet, "ada") == (1.75, False, "By hand.")
    assert answer_of(marking(sheet), "ada").mark == mark


@pytest.mark.parametrize("theirs", [(1.75, "By hand."), (None, "Only words."), (None, None)])
def test_what_the_formgrader_makes_of_our_mark_is_respected_and_comes_back(
    sheet: Sheet, theirs: tuple[float | None, str | None]
) -> None:
    found = marking(sheet)
    give(found, "ada", Mark(applied={"sign": 1}, comment="Ours."))
    mark_in_formgrader(sheet, "ada", *theirs)
    there = in_gradebook(sheet, "ada")
    assert found.put_right() == 0
    before = answer_of(found, "ada")
    assert in_gradebook(sheet, "ada") == there
    after = give(found, "ada", Mark(applied={"limit": 1}))
    assert in_gradebook(sheet, "ada") == (0.5, False, "")
    undone = found.undo(after.id, after.version)
    assert isinstance(undone, Given)
    assert undone.answer == before
    assert in_gradebook(sheet, "ada") == there
    assert answer_of(marking(sheet), "ada") == before


def test_undo_goes_back_step_by_step(sheet: Sheet) -> None:
    found = marking(sheet)
    steps = [answer_of(found, "ada")]
    steps += [give(found, "ada", Mark(adjustment=number / 2)) for number in (1, 2, 3)]
    for before in reversed(steps[:-1]):
        undone = found.undo(before.id, answer_of(found, "ada").version)
        assert isinstance(undone, Given)
        assert undone.answer == before
    with pytest.raises(MarkingError, match="nothing was given here"):
        found.undo(steps[0].id, steps[0].version)
    assert in_gradebook(sheet, "ada") == (None, True, "")


def test_the_same_mark_once_more_writes_nothing(sheet: Sheet) -> None:
    found = marking(sheet)
    first = give(found, "ada", Mark(applied={"sign": 1, "limit": 0}))
    assert give(found, "ada", Mark(applied={"sign": 1})) == first
    assert len(read_decisions(sheet, "ada")) == 1


@pytest.mark.parametrize(
    ("mark", "sentence"),
    [
        (Mark(adjustment=-0.5), "less than 0"),
        (Mark(adjustment=2.001), "more than the 2 that it is worth"),
        (Mark(adjustment=float("nan")), "are no points"),
        (Mark(applied={"gone": 1}), "has no item 'gone' now"),
        (Mark(applied={"sign": -1}), "cannot apply -1 times"),
        (Mark(comment="a\0b"), "cannot be written down"),
        (Mark(comment="\ud800"), "cannot be written down"),
        (Mark(comment="x" * 20_001), "make it shorter"),
        (Mark(comments=("gone",)), "no kept comment 'gone'"),
    ],
)
def test_what_cannot_be_given_is_refused_in_a_sentence(sheet: Sheet, mark: Mark, sentence: str) -> None:
    found = marking(sheet)
    with pytest.raises(MarkingError, match=sentence):
        give(found, "ada", mark)
    assert read_decisions(sheet, "ada") == ()
    assert in_gradebook(sheet, "ada") == (None, True, "")


def test_extra_credit_of_others_stays(sheet: Sheet) -> None:
    with Gradebook(sheet.course.db_url) as gradebook:
        gradebook.find_grade("ex1_text", "sheet", "sheet", "ada").extra_credit = 0.5
        gradebook.db.commit()
    found = marking(sheet)
    assert give(found, "ada", Mark(applied={"sign": 1})).extra_credit == 0.5
    row = next(cell for cell in score(sheet, "ada").cells if cell.grade_id == "ex1_text")
    assert (row.points, row.extra_credit) == (1.5, 0.5)


def test_a_mark_to_an_earlier_answer_is_told_and_holds_once_it_is_given_again(
    builder: CourseBuilder, sheet: Sheet
) -> None:
    found = marking(sheet)
    first = give(found, "ada", Mark(applied={"sign": 1}))
    builder.submit("ada", *cells(builder, "Another text."))
    grade(sheet, "ada")
    again = answer_of(found, "ada")
    assert again.mark is not None
    assert again.mark.is_for_earlier_answer
    assert again.is_open
    conflict = found.give(first.id, Mark(applied={"limit": 1}), first.version)
    assert isinstance(conflict, Conflict)
    assert conflict.answer_changed
    (matter,) = read_standings(sheet)["ada"].open_for(Action.LOOK_AGAIN)
    assert matter.grade_id == "ex1_text"
    after = give(found, "ada", Mark(applied={"sign": 1}))
    assert not after.is_open
    assert read_standings(sheet)["ada"].open_for(Action.LOOK_AGAIN) == []
    undone = found.undo(after.id, after.version)
    assert isinstance(undone, Given)
    assert undone.answer == again
    Settling(sheet, "ada", by="curie").confirm([], "It holds.")
    assert not answer_of(found, "ada").is_open


def test_a_mark_beside_another_verdict_is_told(builder: CourseBuilder, sheet: Sheet) -> None:
    found = marking(sheet)
    give(found, "ada", Mark(adjustment=3.0), CODE)
    item = build_item(sheet, "ada")
    with gradebook_writer(sheet) as writer:
        writer.record(graded(item, 0.0, outcome=Outcome.WRONG), item, read_result(sheet, "ada"))
    again = answer_of(found, "ada", CODE)
    assert again.mark is not None
    assert again.mark.is_beside_other_verdict
    assert not again.mark.is_for_earlier_answer
    after = give(found, "ada", Mark(adjustment=3.0, comment="Yes."), CODE)
    assert not after.is_open
    undone = found.undo(after.id, after.version)
    assert isinstance(undone, Given)
    assert undone.answer == again


def test_a_comment_on_tests_stands_at_the_answer_above_them(sheet: Sheet) -> None:
    given = give(marking(sheet), "ada", Mark(adjustment=3.0, comment="One off."), CODE)
    assert given.verdict is not None
    assert given.auto_points == 4.0
    comment = next(one for one in score(sheet, "ada").comments if one.grade_id == "ex1_code")
    assert comment.manual == "One off."


def test_many_are_given_the_same_mark_and_conflicts_keep_theirs(sheet: Sheet) -> None:
    found = marking(sheet)
    seen = {answer.group: answer for answer in found.answers(*TEXT)}
    give(marking(sheet, "curie"), "emmy", Mark(adjustment=2.0))
    outcomes = found.give_many(
        [(seen[group].id, seen[group].version) for group in ("ada", "emmy", "grace")], Mark(adjustment=1.0)
    )
    assert [type(one) for one in outcomes] == [Given, Conflict, Given]
    assert [in_gradebook(sheet, group)[0] for group in ("ada", "emmy", "grace", "kurt")] == [1.0, 2.0, 1.0, None]
    with pytest.raises(MarkingError, match="two marks at once"):
        found.give_many([(seen["ada"].id, seen["ada"].version)] * 2, Mark())


def test_flags_and_hand_overs(sheet: Sheet) -> None:
    found = marking(sheet)
    answer = answer_of(found, "ada")
    assert found.second_look(answer.id, is_wanted=True, why="odd").second_look == "odd"
    assert found.hand_over(answer.id, "curie").handed_to == "curie"
    text = next(one for one in found.progress().questions if one.grade_id == "ex1_text")
    # nbgrader gives 0 points for an answer cell that is as it was released.
    assert (text.answers, text.done, text.second_looks, text.handed_over) == (5, 1, 1, {"curie": 1})
    assert found.shares(["curie", "noether"])["curie"].count(answer.id) == 1
    assert found.second_look(answer.id, is_wanted=False).second_look is None
    assert found.hand_over(answer.id, "").handed_to == ""
    with pytest.raises(MarkingError, match="cannot be the name"):
        found.hand_over(answer.id, "a\nb")


def test_progress_counts_who_has_marked(sheet: Sheet) -> None:
    give(marking(sheet), "ada", Mark())
    give(marking(sheet, "curie"), "emmy", Mark(adjustment=1.0))
    mark_in_formgrader(sheet, "grace", 1.0)
    progress = marking(sheet).progress()
    text = next(one for one in progress.questions if one.grade_id == "ex1_text")
    assert text.by_marker == {"curie": 1, "noether": 1, "the gradebook": 1}
    assert (text.answers, text.done) == (5, 4)
    # Tests have judged, so nobody has to.
    assert next(one for one in progress.questions if one.grade_id == "ex1_test").answers == 0
    assert (progress.answers, progress.done) == (10, 4)


def test_shares_keep_clusters_together_and_are_always_the_same(sheet: Sheet) -> None:
    found = marking(sheet)
    shares = found.shares(["b", "a"])
    assert shares == marking(sheet, "else").shares(["a", "b"])
    everything = [answer.id for cell in (TEXT, TASK) for answer in found.answers(*cell)]
    assert sorted(shares["a"] + shares["b"]) == sorted(everything)
    clusters = {answer.id: answer.cluster for cell in (TEXT, TASK) for answer in found.answers(*cell)}
    assert not {clusters[one] for one in shares["a"]} & {clusters[one] for one in shares["b"]}
    assert abs(len(shares["a"]) - len(shares["b"])) <= 2
    with pytest.raises(MarkingError, match="different names"):
        found.shares(["a", "a"])


def test_ids_and_order_follow_from_the_courses_secret(sheet: Sheet) -> None:
    first = [answer.id for answer in marking(sheet).answers(*TEXT)]
    assert first == [answer.id for answer in marking(sheet).answers(*TEXT)]
    assert len(set(first)) == 5
    (sheet.course.private_folder / "secret").write_bytes(b"x" * 32)
    assert not {answer.id for answer in marking(sheet).answers(*TEXT)} & set(first)


def test_cells_are_those_of_the_answer(sheet: Sheet) -> None:
    found = marking(sheet)
    (cell,) = found.cells(answer_of(found, "grace").id)
    assert (cell["cell_type"], cell["source"]) == ("markdown", "Something else.")
    (below,) = found.cells(answer_of(found, "grace", TASK).id)
    assert below["source"] == "Task of grace: Something else."
    (code,) = found.cells(answer_of(found, "grace", CODE).id)
    assert (code["source"], code["outputs"]) == ("y = 1", [])


def test_a_damaged_notebook_costs_itself_only(sheet: Sheet) -> None:
    found = marking(sheet)
    lost = answer_of(found, "ada")
    path = sheet.autograded_folder("ada") / "sheet.ipynb"
    for content in (
        b"{",
        b"[]",
        b'{"cells": [1]}',
        b'{"cells": ' + b"[" * 100_000,
        b'{"cells": [{"cell_type": "markdown"}]}',
    ):
        path.write_bytes(content)
        assert {answer.group for answer in found.answers(*TEXT)} == {"alan", "emmy", "grace", "kurt"}
        assert found.remarks() == (f"{path} is damaged; run: sheetgrader grade sheet --group ada --force",)
        with pytest.raises(MarkingError, match="has no answer"):
            found.give(lost.id, Mark(), lost.version)
    path.unlink()
    assert len(found.answers(*TEXT)) == 4
    assert found.remarks() == (f"{path} is lost; run: sheetgrader grade sheet --group ada --force",)
    os.mkfifo(path)
    assert len(found.answers(*TEXT)) == 4
    assert found.remarks() == (f"{path} cannot be read: it is no plain file",)


def test_what_is_not_in_the_gradebook_is_remarked_on(builder: CourseBuilder, sheet: Sheet) -> None:
    shutil.copytree(sheet.autograded_folder("ada"), sheet.autograded_folder("zoe"))
    found = marking(sheet)
    assert "zoe" not in {answer.group for answer in found.answers(*TEXT)}
    assert found.remarks() == (
        "the gradebook does not hold what zoe has handed in; run: sheetgrader grade sheet --group zoe",
    )


def test_a_damaged_index_is_made_anew(sheet: Sheet) -> None:
    before = marking(sheet).answers(*TEXT)
    for path in (sheet.course.private_folder / "marking" / "sheet").iterdir():
        path.write_bytes(b"nothing")
    assert marking(sheet).answers(*TEXT) == before


def test_what_the_source_renames_is_marked_by_its_rubric_until_the_next_release(
    builder: CourseBuilder, sheet: Sheet
) -> None:
    give(marking(sheet), "ada", Mark(applied={"sign": 1}))
    path = builder.root / "source/sheet/sheet.ipynb"
    path.write_text(path.read_text().replace("ex1_text", "ex1_words"))
    found = marking(sheet)
    question = found.question(*TEXT)
    assert (question.rubric.items, question.max_points) == (RUBRIC.items, 2.0)
    after = give(found, "ada", Mark(applied={"sign": 1, "limit": 1})).mark
    assert after is not None
    assert (after.points, after.is_by_earlier_rubric) == (1.5, False)
    write_rubrics(sheet, [msgspec.structs.replace(RUBRIC, items=())], instead_of=[RUBRIC])
    assert marking(sheet).question(*TEXT).rubric.items == ()


def test_groups_whose_answers_are_not_graded_are_told(builder: CourseBuilder, sheet: Sheet) -> None:
    assert marking(sheet).remarks() == ()
    builder.submit("hilbert", *cells(builder, "Later."))
    shutil.rmtree(sheet.autograded_folder("ada"))
    assert marking(sheet).remarks() == (
        "2 of 6 that were handed in are not graded, so that their answers are not here (ada, hilbert); run:"
        " sheetgrader grade sheet",
    )
