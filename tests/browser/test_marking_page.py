"""A tutor at the marking page, with the keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
import pytest
from tests.browser.conftest import GROUPS, HOSTILE, TEXTS, Watched, choose, wait_for_answer

from sheetgrader.course.directory import Sheet
from sheetgrader.marking.rubric_file import read_rubrics, write_rubrics
from sheetgrader.store.decisions import Marked, read_all_decisions
from sheetgrader.store.final_scores import read_final_scores

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

_DERIVATIVE = "sheet/ex2_text"


def _saved(page: Page, count: int, question: str = _DERIVATIVE) -> None:
    """Wait until the server has taken as many marks."""
    page.wait_for_function(
        "([id, count]) => document.querySelector(`#question [value='${id}']`).textContent.includes(`· ${count}/`)",
        arg=[question, count],
    )
    page.wait_for_function("() => document.querySelector('#said[aria-busy=false]')?.textContent.startsWith('Saved')")


def _answer(page: Page) -> int:
    found = re.match(r"Answer (\d+) of (\d+)", page.inner_text("#position"))
    assert found, page.inner_text("#position")
    assert int(found[2]) == len(GROUPS)
    return int(found[1])


def _points(sheet: Sheet, grade_id: str = "ex2_text") -> dict[str, float | None]:
    return {
        group: cell.manual_points
        for group, score in read_final_scores(sheet).items()
        for cell in score.cells
        if cell.grade_id == grade_id
    }


def test_twenty_answers_are_marked_by_keyboard_alone(
    serve: Callable[..., str], open_page: Callable[..., Watched], sheet: Sheet
) -> None:
    watched = open_page()
    page = watched.open(serve("ada"))
    choose(page)
    seen = []
    for number in range(20):
        seen.append(_answer(page))
        page.keyboard.press("1")
        if number % 2:
            page.keyboard.press("2")
        page.keyboard.press("Enter")
        page.wait_for_function(
            "before => document.querySelector('#position').textContent !== before",
            arg=f"Answer {seen[-1]} of {len(GROUPS)}",
        )
    _saved(page, 20)
    assert len(set(seen)) == 20
    given = [points for points in _points(sheet).values() if points is not None]
    assert sorted(given) == [0.2] * 10 + [0.4] * 10
    marks = [
        decision for lines in read_all_decisions(sheet).values() for decision in lines if isinstance(decision, Marked)
    ]
    assert {mark.by for mark in marks} == {"ada"}
    assert len(marks) == 20
    assert "20 of 26 here" in page.inner_text("#progress")


def test_nobody_is_named(serve: Callable[..., str], open_page: Callable[..., Watched]) -> None:
    watched = open_page()
    texts: list[str] = []
    watched.page.on("response", lambda response: texts.append(response.text()) if "/api/" in response.url else None)
    page = watched.open(serve())
    choose(page)
    page.wait_for_load_state("networkidle")
    assert len(texts) >= 4
    for text in [*texts, page.content()]:
        assert not any(group in text for group in GROUPS)
        assert "Lovelace" not in text
        assert "test_hidden_name" not in text


def test_an_untouched_answer_is_not_marked_in_passing(
    serve: Callable[..., str], open_page: Callable[..., Watched], sheet: Sheet
) -> None:
    page = open_page().open(serve())
    choose(page)
    before = _answer(page)
    page.keyboard.press("Enter")
    assert "Nothing is chosen" in page.inner_text("#said")
    assert _answer(page) == before
    page.keyboard.press("0")
    page.keyboard.press("Enter")
    _saved(page, 1)
    assert sorted(filter(lambda points: points is not None, _points(sheet).values())) == [0.0]


def test_enter_leads_to_the_next_question(
    serve: Callable[..., str], open_page: Callable[..., Watched], sheet: Sheet
) -> None:
    page = open_page().open(serve())
    choose(page)
    first = page.input_value("#question")
    while page.locator("body.finished").count() == 0:
        page.keyboard.press("0")
        page.keyboard.press("g")
        page.keyboard.press("Enter")
    assert page.inner_text("#position") == "All answers to this question are marked"
    assert page.inner_text("#save").startswith("Next question: ")
    page.keyboard.press("Enter")
    page.locator("body:not(.finished)").wait_for()
    assert page.input_value("#question") != first
    assert page.inner_text("#position").startswith("Answer ")


def test_a_decimal_comma_is_one_and_too_much_is_refused(
    serve: Callable[..., str], open_page: Callable[..., Watched], sheet: Sheet
) -> None:
    page = open_page().open(serve())
    choose(page)
    page.keyboard.press("1")
    page.keyboard.press("a")
    page.keyboard.type("0,15")
    assert page.inner_text("#points b") == "0.35"
    page.keyboard.press("Control+a")
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    assert "5.2 of 0.5 points, 4.7 too many" in page.inner_text("#said")
    page.keyboard.press("Control+a")
    page.keyboard.type("zwei")
    page.keyboard.press("Enter")
    assert "is no number" in page.inner_text("#said")
    page.keyboard.press("Control+a")
    page.keyboard.type("0,15")
    page.keyboard.press("Enter")
    _saved(page, 1)
    assert [points for points in _points(sheet).values() if points is not None] == [0.35]


def test_an_item_may_apply_several_times(serve: Callable[..., str], open_page: Callable[..., Watched]) -> None:
    page = open_page().open(serve())
    choose(page)
    for key in "1244":
        page.keyboard.press(key)
    assert page.inner_text("#points b") == "0.3"
    page.keyboard.press("4")
    assert page.inner_text("#points b") == "0.25"
    page.keyboard.press("4")
    assert page.inner_text("#points b") == "0.4"


def test_equal_answers_are_marked_at_once_without_those_taken_out(
    serve: Callable[..., str], open_page: Callable[..., Watched], sheet: Sheet
) -> None:
    page = open_page().open(serve())
    choose(page)
    while "3 others are the same" not in page.inner_text("#notes"):
        page.keyboard.press("n")
    page.keyboard.press("g")
    boxes = page.locator("#group input[type=checkbox]")
    assert boxes.count() == 4
    boxes.nth(3).uncheck()
    assert "Save all 3" in page.inner_text("#save")
    page.locator("#position").focus()
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    _saved(page, 3)
    given = {group: points for group, points in _points(sheet).items() if points is not None}
    assert set(given.values()) == {0.2}
    assert len(given) == 3
    assert {TEXTS[group] for group in given} == {"By the chain rule."}


def test_what_was_given_last_is_taken_back(
    serve: Callable[..., str], open_page: Callable[..., Watched], sheet: Sheet
) -> None:
    page = open_page().open(serve())
    choose(page)
    first = _answer(page)
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    _saved(page, 1)
    page.keyboard.press("u")
    page.wait_for_function("() => document.querySelector('#said').textContent.startsWith('Taken back')")
    assert _answer(page) == first
    assert set(_points(sheet).values()) == {None}


def test_comments_are_kept_and_used_again(
    serve: Callable[..., str], open_page: Callable[..., Watched], sheet: Sheet
) -> None:
    page = open_page().open(serve())
    choose(page)
    page.keyboard.press("c")
    page.keyboard.type("Name the rule.")
    page.keyboard.press("Escape")
    page.keyboard.press("k")
    page.wait_for_selector("#chosen li")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    _saved(page, 1)
    page.keyboard.press("b")
    page.keyboard.type("rule")
    page.keyboard.press("Enter")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    _saved(page, 2)
    comments = [
        comment.text for score in read_final_scores(sheet).values() for comment in score.comments if comment.text
    ]
    assert comments == ["Name the rule."] * 2


def test_a_changed_item_is_looked_at_before_it_holds(
    serve: Callable[..., str], open_page: Callable[..., Watched], sheet: Sheet
) -> None:
    page = open_page().open(serve())
    choose(page)
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    _saved(page, 2)
    page.keyboard.press("r")
    dialog = page.locator("#changing")
    first = dialog.locator(".row").first
    first.get_by_label("Points").fill("0,25")
    assert dialog.locator("#apply").is_disabled()
    dialog.get_by_role("button", name="Show what changes").click()
    dialog.get_by_text("1 mark changes").wait_for()
    assert dialog.locator(".changes li").inner_text().endswith("0.2 → 0.25")
    assert "come to 0.55 points, but the cell is worth 0.5" in dialog.locator("#changes").inner_text()
    assert sorted(points for points in _points(sheet).values() if points is not None) == [0.2, 0.2]
    dialog.get_by_role("button", name="Apply to all").click()
    dialog.wait_for(state="hidden")
    page.get_by_role("button", name="the outer derivative").get_by_text("+0.25").wait_for()
    assert sorted(points for points in _points(sheet).values() if points is not None) == [0.2, 0.25]


def test_items_are_added_split_and_moved_by_keyboard(
    serve: Callable[..., str], open_page: Callable[..., Watched], sheet: Sheet
) -> None:
    page = open_page().open(serve())
    choose(page)
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    _saved(page, 1)
    page.keyboard.press("r")
    dialog = page.locator("#changing")
    # Split: the two halves stand in the item, and the first waits for its text.
    dialog.get_by_role("button", name="split: the outer derivative").press("Enter")
    page.keyboard.type("the square is there")
    inner = dialog.locator(".rows > li").first.locator("li")
    inner.nth(1).get_by_role("textbox", name="Text", exact=True).fill("the sign is there")
    assert [row.get_by_role("textbox", name="Points").input_value() for row in inner.all()] == ["0.1", "0.1"]
    # Moved: the focus goes along, and where the item stands now is said.
    dialog.get_by_role("button", name="move up: the sign is justified").press("Enter")
    assert dialog.locator("#changes").inner_text() == "Item 2 of 4 now."
    page.keyboard.press("Enter")
    assert dialog.locator("#changes").inner_text() == "Item 1 of 4 now."
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "move up: the sign is justified"
    assert page.evaluate("document.activeElement.getAttribute('aria-disabled')") == "true"
    # A deduction holds nothing that could be split off.
    assert dialog.get_by_role("button", name="add to it: a slip of the pen").is_disabled()
    dialog.get_by_role("button", name="Add an item").press("Enter")
    page.keyboard.type("a word of explanation")
    dialog.get_by_role("button", name="take out: the inner derivative").press("Enter")
    dialog.locator(".rows > li").last.get_by_role("textbox", name="Points").fill("0.2")
    assert dialog.locator("#apply").is_disabled()
    dialog.get_by_role("button", name="Show what changes").press("Enter")
    dialog.get_by_text("No points change; 1 mark looked at.").wait_for()
    assert dialog.locator("#changes .refused").count() == 0
    dialog.get_by_role("button", name="Apply to all").press("Enter")
    dialog.wait_for(state="hidden")
    page.get_by_role("button", name="a word of explanation").wait_for()
    items = read_rubrics(sheet)["sheet", "ex2_text"].items
    assert [item.text.split("$")[0].strip() for item in items] == [
        "the sign is justified",
        "the outer derivative",
        "a slip of the pen",
        "a word of explanation",
    ]
    assert [(item.text, item.points) for item in items[1].items] == [
        ("the square is there", 0.1),
        ("the sign is there", 0.1),
    ]
    # Whoever had all of what was split keeps it.
    assert [points for points in _points(sheet).values() if points is not None] == [0.2]


def test_a_change_that_was_cut_off_is_told_and_finished(
    serve: Callable[..., str], open_page: Callable[..., Watched], sheet: Sheet
) -> None:
    page = open_page().open(serve())
    choose(page)
    for _ in range(2):
        page.keyboard.press("1")
        page.keyboard.press("Enter")
    _saved(page, 2)
    # As it is where the rubric was written, and the marks were not.
    rubric = read_rubrics(sheet)["sheet", "ex2_text"]
    first = msgspec.structs.replace(rubric.items[0], points=0.25)
    write_rubrics(sheet, [msgspec.structs.replace(rubric, items=(first, *rubric.items[1:]))], instead_of=[rubric])
    page.reload()
    choose(page)
    notice = page.locator("#notices")
    notice.get_by_text("ex2: 2 marks have the points of an earlier rubric").wait_for()
    notice.get_by_role("button", name="Show what changes").click()
    dialog = page.locator("#changing")
    dialog.get_by_text("2 marks change").wait_for()
    dialog.get_by_role("button", name="Apply to all").click()
    dialog.wait_for(state="hidden")
    assert sorted(points for points in _points(sheet).values() if points is not None) == [0.25, 0.25]
    wait_for_answer(page)
    assert notice.inner_text() == ""


def test_two_tutors_at_once_do_not_write_over_each_other(
    serve: Callable[..., str], open_page: Callable[..., Watched], sheet: Sheet
) -> None:
    first = open_page().open(serve("ada"))
    second = open_page().open(serve("emmy"))
    for page in (first, second):
        choose(page)
    assert _answer(first) == _answer(second)
    first.keyboard.press("1")
    first.keyboard.press("Enter")
    _saved(first, 1)
    second.keyboard.press("2")
    second.keyboard.press("3")
    second.keyboard.press("Enter")
    notice = second.locator(".notice")
    notice.wait_for()
    assert "ada has given" in notice.inner_text()
    assert "0.2 points meanwhile" in notice.inner_text()
    assert [points for points in _points(sheet).values() if points is not None] == [0.2]
    notice.get_by_role("button", name="Give mine").click()
    second.wait_for_function("() => document.querySelector('#said').textContent.startsWith('Saved')")
    assert [points for points in _points(sheet).values() if points is not None] == [0.3]


def test_a_second_look_and_another_marker_are_asked_for(
    serve: Callable[..., str], open_page: Callable[..., Watched]
) -> None:
    page = open_page().open(serve("ada"))
    choose(page)
    page.keyboard.press("f")
    page.keyboard.type("Is that a proof?")
    page.get_by_role("dialog").get_by_role("button", name="Second look").click()
    page.get_by_text("second look: Is that a proof?").wait_for()
    page.keyboard.press("h")
    page.keyboard.type("emmy")
    page.get_by_role("dialog").get_by_role("button", name="Hand over").click()
    page.locator("#notes").get_by_text("handed to emmy").wait_for()
    number = _answer(page)
    other = open_page().open(serve("emmy"))
    choose(other)
    other.select_option("#choice", "handed to me")
    other.wait_for_function("() => document.querySelector('#position').textContent.startsWith('Answer')")
    other.locator("#notes").get_by_text("handed to emmy").wait_for()
    assert _answer(other) == number


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_of_a_students_runs_or_loads(
    serve: Callable[..., str], open_page: Callable[..., Watched], scheme: str
) -> None:
    watched = open_page(color_scheme=scheme)
    address = serve()
    page = watched.open(address)
    choose(page)
    page.select_option("#choice", "all")
    seen = ""
    for _ in range(len(GROUPS)):
        frame = page.locator(".frames iframe.shown")
        assert frame.get_attribute("sandbox") == ""
        seen += frame.get_attribute("srcdoc") or ""
        page.keyboard.press("n")
        wait_for_answer(page)
    assert "Look." in seen
    assert "Over." in seen
    assert len(HOSTILE) == 6
    assert page.title() == "Marking A sheet to mark"
    origin = address.partition("/sheetgrader")[0]
    assert all(asked.startswith((origin, "about:srcdoc", "data:")) for asked in watched.asked)


def test_marks_reach_feedback(serve: Callable[..., str], open_page: Callable[..., Watched], sheet: Sheet) -> None:
    from sheetgrader.commands.feedback import feedback
    from sheetgrader.commands.output import Output

    page = open_page().open(serve())
    choose(page)
    page.keyboard.press("1")
    page.keyboard.press("c")
    page.keyboard.type("Which rule?")
    page.keyboard.press("Control+Enter")
    _saved(page, 1)
    group = next(group for group, points in _points(sheet).items() if points is not None)
    feedback(sheet.course.root, "sheet", Output(json=True), groups=[group])
    text = (sheet.feedback_folder(group) / "sheet.html").read_text()
    assert "Which rule?" in text
    assert "Marked by a tutor" in text
