"""Scans beside answers: on the page of a server and in a packet, without the names of files."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from sheetgrader.audit.example_scans import scan

from .conftest import Watched, choose

pytestmark = pytest.mark.browser
_OTHER_PAGES = ("group-00", "group-01")


@pytest.fixture
def scanned(course: Path) -> Path:
    """A class that has handed in what it wrote on paper: whichever group comes first, it has scans."""
    for folder in (course / "submitted").iterdir():
        pages = [["First the outer derivative,", "then the inner one."]] * (2 if folder.name in _OTHER_PAGES else 1)
        (folder / "sheet" / "by-ada-lovelace.pdf").write_bytes(scan(pages, legible=True))
    return course


def _see_scans(page: Page, watched: Watched) -> None:
    assert page.locator("#scans").is_visible()
    page.keyboard.press("p")
    image = page.frame_locator("#scans-frame iframe").locator("img").first
    image.wait_for()
    assert image.get_attribute("alt") == "Scan 1, page 1"
    assert image.evaluate("image => image.complete && image.naturalWidth > 200")
    assert Axe().run(page, options={"iframes": False}).violations_count == 0
    # Nothing runs in the frame, so axe looks at what stands in it by itself.
    alone = page.context.new_page()
    alone.set_content(page.locator("#scans-frame iframe").get_attribute("srcdoc") or "")
    found = Axe().run(alone).response["violations"]
    assert {one["id"] for one in found} <= {"page-has-heading-one"}
    alone.close()
    assert "lovelace" not in page.content().lower()
    assert not watched.said


def test_scans_are_shown_on_the_page(
    scanned: Path, serve: Callable[..., str], open_page: Callable[..., Watched]
) -> None:
    watched = open_page()
    page = watched.open(serve("ada"))
    choose(page)
    _see_scans(page, watched)
    # Whoever looks at scans goes on to look at them.
    page.keyboard.press("n")
    page.wait_for_function("() => document.querySelector('#scans').open")


def test_a_group_without_scans_has_no_place_for_them(
    course: Path, serve: Callable[..., str], open_page: Callable[..., Watched]
) -> None:
    page = open_page().open(serve("ada"))
    choose(page)
    assert page.locator("#scans").is_hidden()
    page.keyboard.press("p")
    assert page.locator("#scans").is_hidden()


def test_a_packet_holds_the_scans_of_each_group_once(
    scanned: Path, tmp_path: Path, open_page: Callable[..., Watched]
) -> None:
    command: list[str | Path] = [
        str(shutil.which("sheetgrader", path=str(Path(sys.executable).parent))),
        "--course",
        scanned,
    ]
    subprocess.run([*command, "mark", "sheet", "--packets", tmp_path / "packets"], check=True, capture_output=True)
    (packet,) = (tmp_path / "packets").iterdir()
    written = packet.read_text(encoding="utf-8")
    groups = len(list((scanned / "submitted").iterdir()))
    assert len(re.findall("Scan 1, page 1", written)) == groups
    assert "lovelace" not in written.lower()
    watched = open_page()
    page = watched.open(packet.as_uri())
    choose(page)
    _see_scans(page, watched)
