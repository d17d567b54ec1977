"""What a tutor has begun is not lost: another question, a server that is gone, a login that has ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
import pytest
from tests.browser.conftest import GROUPS, Watched, choose

from sheetgrader.course.directory import Sheet
from sheetgrader.report.marking_page.documents import AnswerContent, make
from sheetgrader.store.final_scores import read_final_scores

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

pytestmark = pytest.mark.browser

_DERIVATIVE = "sheet/ex2_text"
_PLOT = "sheet/ex3_text"


def _marked(page: Page) -> str:
    return page.inner_text("#progress").partition(" ")[0]


def test_what_was_begun_is_there_after_another_question(
    serve: Callable[..., str], open_page: Callable[..., Watched]
) -> None:
    page = open_page().open(serve())
    choose(page, _DERIVATIVE)
    page.keyboard.press("1")
    page.fill("#comment", "A long comment.")
    choose(page, _PLOT)
    assert page.input_value("#comment") == ""
    choose(page, _DERIVATIVE)
    assert page.input_value("#comment") == "A long comment."
    assert page.locator("#items button[aria-pressed=true]").count() == 1


def test_a_mark_is_kept_while_the_server_is_gone(
    serve: Callable[..., str], open_page: Callable[..., Watched], sheet: Sheet
) -> None:
    watched = open_page()
    page = watched.open(serve())
    choose(page, _DERIVATIVE)
    page.route("**/api/marks", lambda route: route.abort())
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Try again")
    assert "cannot be reached" in page.inner_text("#notices")
    assert _marked(page) == "0"
    page.unroute("**/api/marks")
    page.click("text=Try again")
    page.wait_for_function("() => document.querySelector('#said').textContent.startsWith('Saved')")
    assert _marked(page) == "1"
    given = [cell.manual_points for score in read_final_scores(sheet).values() for cell in score.cells]
    assert [points for points in given if points] == [0.2]
    asked: list[str] = []
    page.on("dialog", lambda dialog: asked.append(dialog.type))
    page.reload()
    page.wait_for_selector(".frames .shown")
    assert asked == [], "nothing is left to be saved"
    watched.said.clear()


def test_who_is_not_known_any_more_is_told(serve: Callable[..., str], open_page: Callable[..., Watched]) -> None:
    watched = open_page()
    page = watched.open(serve())
    page.context.clear_cookies()
    page.select_option("#question", _PLOT)
    page.wait_for_selector("#notices .notice")
    assert "does not know you any more" in page.inner_text("#notices")
    watched.said.clear()


def test_a_link_does_not_take_the_answer_away(serve: Callable[..., str], open_page: Callable[..., Watched]) -> None:
    watched = open_page()
    page = watched.page
    cell = {"cell_type": "markdown", "source": "[A link](https://example.org/away)"}
    document = make(msgspec.msgpack.encode(AnswerContent(cells=(cell,)))).decode()
    page.route("**/api/content?*", lambda route: route.fulfill(body=document, content_type="text/plain"))
    watched.open(serve())
    shown = page.frame_locator(".frames .shown")
    shown.get_by_text("A link").click()
    shown.get_by_text("A link").focus()
    page.keyboard.press("Enter")
    page.wait_for_timeout(500)
    assert shown.get_by_text("A link").is_visible()
    assert {frame.url for frame in page.frames[1:]} == {"about:srcdoc"}
    assert not any("example.org" in address for address in watched.asked)
    assert len(page.context.pages) == 1
    watched.said.clear()


def test_the_question_chosen_last_is_the_one_that_is_shown(
    serve: Callable[..., str], open_page: Callable[..., Watched]
) -> None:
    page = open_page().open(serve())
    choose(page, _DERIVATIVE)
    held: list[Route] = []
    page.route("**/api/answers?question=sheet%2Fex3_text", lambda route: held.append(route))
    page.select_option("#question", _PLOT)
    page.wait_for_timeout(300)
    choose(page, _DERIVATIVE)
    for route in held:
        route.continue_()
    page.wait_for_timeout(1000)
    assert "ex2_text" in page.evaluate("location.hash")
    assert f"of {len(GROUPS)}" in page.inner_text("#position")
    assert page.locator("#items button").count() == 5
