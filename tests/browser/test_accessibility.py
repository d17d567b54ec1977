"""Everybody can use the marking page: axe finds nothing, on a screen or a phone, in light and dark."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from tests.browser.conftest import Watched, choose

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
