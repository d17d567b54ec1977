"""Everybody can use the marking page: axe finds nothing, on a screen or a phone, in light and dark."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
import pytest
from tests.browser.conftest import Watched, choose

from sheetgrader.report.marking_page.documents import AnswerContent, make

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

_DESKTOP = {"width": 1280, "height": 800}
_PHONE = {"width": 390, "height": 844}


def _violations(page: Page) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"iframes": False}).response["violations"]
    return [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("viewport", [_DESKTOP, _PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(
    serve: Callable[..., str], open_page: Callable[..., Watched], scheme: str, viewport: dict[str, int]
) -> None:
    page = open_page(color_scheme=scheme, viewport=viewport).open(serve())
    choose(page)
    page.keyboard.press("1")
    assert _violations(page) == []
    page.keyboard.press("?")
    assert _violations(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    assert _violations(page) == []
    page.keyboard.press("Escape")
    while "3 others are the same" not in page.inner_text("#notes"):
        page.keyboard.press("n")
    page.keyboard.press("g")
    page.wait_for_selector("#group iframe")
    assert _violations(page) == []


#: What a screen reader stumbles over, in a student's HTML and in what a cell put out.
_ODD = """<li>An item of no list</li>

<ul><p>no item</p>text<b>bold</b></ul> <dl><p>odd</p><dt>term</dt></dl> <dd>no list</dd>

<table><tr><th></th><th scope="bogus">a</th></tr><tr><td headers="none">1</td></tr></table>

<img src="x.png"> <a href="https://example.org"></a> <h5>Five</h5> <details><p>more</p></details>
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_inside_a_frame(open_page: Callable[..., Watched], scheme: str) -> None:
    outputs = [
        {"output_type": "display_data", "data": {"text/html": _ODD}},
        {"output_type": "stream", "name": "stderr", "text": "A warning."},
        {"output_type": "error", "ename": "E", "evalue": "no", "traceback": ["E: no"]},
    ]
    cells = (
        {"cell_type": "markdown", "source": _ODD},
        {"cell_type": "code", "source": "@f\nclass A:\n    x = 'a', None, 1.5  # why", "outputs": outputs},
    )
    page = open_page(color_scheme=scheme).page
    for content in (AnswerContent(cells=cells), AnswerContent(cells=())):
        page.set_content(make(msgspec.msgpack.encode(content)).decode())
        # Axe reads what stands in the frame; what a whole page has to have, the page around it has.
        assert [found for found in _violations(page) if not found.startswith("page-has-heading-one")] == []


def test_the_page_fits_a_phone(serve: Callable[..., str], open_page: Callable[..., Watched]) -> None:
    page = open_page(viewport=_PHONE).open(serve())
    assert page.evaluate("document.documentElement.scrollWidth") <= _PHONE["width"]


def test_keys_that_act_can_be_turned_off(serve: Callable[..., str], open_page: Callable[..., Watched]) -> None:
    page = open_page().open(serve())
    choose(page)
    page.keyboard.press("?")
    page.get_by_label("Single keys act").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    assert page.locator("#items button[aria-pressed=true]").count() == 0
