"""The report of a class, as a tutor sees it in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sheetgrader.course.directory import Course
from sheetgrader.report.class_report.facts import ClassFacts
from sheetgrader.report.class_report.writing import pages_folder, write_report

from ..conftest import CourseBuilder
from ..report.class_report.small_class import GROUPS, OUTLIER, make_small_class

pytestmark = pytest.mark.browser

_PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def report(tmp_path_factory, zygote) -> Path:
    root = make_small_class(CourseBuilder(tmp_path_factory.mktemp("report") / "course"), zygote)
    sheet = Course.load(root).sheet("sheet")
    write_report(ClassFacts(sheet), lambda: None)
    return pages_folder(sheet)


@pytest.fixture
def look(chromium, report):
    """Opens a page; nothing it says or asks for may be unexpected."""
    contexts, said = [], []

    def look(name: str, **options: Any) -> Any:
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: said.append(request.url) if request.url.startswith("http") else None)
        page.goto((report / name).as_uri())
        return page

    yield look
    for context in contexts:
        context.close()
    assert said == []


def _groups(page):
    return page.locator("#grid tbody tr:visible th").all_inner_texts()


def test_the_overview_is_sorted_by_any_column(look):
    page = look("index.html")
    assert _groups(page) == sorted(GROUPS)
    points = page.get_by_role("button", name="Points")
    points.click()
    found = [float(text) for text in page.locator("#grid tbody td:nth-child(2)").all_inner_texts()]
    assert found == sorted(found, reverse=True)
    assert page.locator("#grid thead th").nth(1).get_attribute("aria-sort") == "descending"
    points.press("Enter")
    found = [float(text) for text in page.locator("#grid tbody td:nth-child(2)").all_inner_texts()]
    assert found == sorted(found)
    page.get_by_role("button", name="Group").click()
    assert _groups(page) == sorted(GROUPS)


def test_the_overview_is_filtered_by_name_and_by_flag(look):
    page = look("index.html")
    page.get_by_label("Group or name").fill("OB")
    assert _groups(page) == ["bob"]
    assert page.get_by_role("status").inner_text() == f"1 of {len(GROUPS)} shown"
    page.get_by_label("Group or name").fill("")
    page.get_by_label("Show").select_option("similar code")
    assert _groups(page) == ["ada", "bob"]


def test_without_a_script_all_is_there_to_be_read(look):
    page = look("index.html", java_script_enabled=False)
    assert _groups(page) == sorted(GROUPS)
    assert not page.locator("#filter").is_visible()


def test_the_contact_sheet_shows_every_figure(look):
    page = look("questions/03-ex3-figures.html")
    images = page.locator("figure img")
    assert images.count() == len(GROUPS)
    for position in range(images.count()):
        images.nth(position).scroll_into_view_if_needed()
        assert images.nth(position).evaluate("image => image.decode().then(() => image.naturalWidth)") > 100


def test_from_the_overview_to_the_odd_curve_and_its_group(look):
    page = look("index.html")
    page.get_by_role("link", name="curves of ex3").click()
    page.locator(".apart .out a").first.click()
    assert page.get_by_role("heading", level=1).inner_text() == OUTLIER


def test_nothing_of_a_students_runs(look):
    page = look("groups/hostile.html")
    assert page.title() == "hostile"
    assert "document.title" in page.locator("main").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [{"width": 1280, "height": 800}, _PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing(look, report, scheme, size):
    from axe_playwright_python.sync_playwright import Axe

    names = [
        "index.html",
        "statistics.html",
        "similar.html",
        "regrades.html",
        "pairs/1.html",
        "groups/emil.html",
        "groups/hostile.html",
        "questions/01-ex1.html",
        "questions/02-ex2-answers.html",
        "questions/03-ex3-figures.html",
        "questions/03-ex3-curves.html",
    ]
    for name in names:
        page = look(name, color_scheme=scheme, viewport=size)
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        found = Axe().run(page).response["violations"]
        assert found == [], (name, [(each["id"], [node["html"][:200] for node in each["nodes"][:3]]) for each in found])
        page.context.close()


@pytest.mark.parametrize("name", ["index.html", "groups/emil.html", "questions/02-ex2-answers.html", "pairs/1.html"])
def test_a_phone_does_not_scroll_sideways(look, name):
    page = look(name, viewport=_PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= _PHONE["width"]
