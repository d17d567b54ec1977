"""Scans beside answers: drawn once, under numbers, and within what a packet has room for."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from sheetgrader.course.directory import Sheet
from sheetgrader.report.marking_page.scanned import ScannedPages, has_scans

from ...conftest import CourseBuilder
from ..class_report.small_class import pdf


@pytest.fixture(scope="module")
def scanned() -> Iterator[ScannedPages]:
    with ScannedPages() as pages:
        yield pages


@pytest.fixture
def sheet(builder: CourseBuilder) -> Sheet:
    cells = [builder.answer("ex1_text", "See the scan.", points=1.0, markdown=True)]
    builder.source(*cells)
    for group in ("ada", "bob"):
        builder.submit(group, *cells)
    return builder.load().sheet("sheet")


def _hand_in(sheet: Sheet, group: str, name: str, shade: int) -> Path:
    path = sheet.submitted_folder(group) / name
    path.write_bytes(pdf(Image.new("L", (80, 120), shade)))
    return path


def test_scans_stand_under_numbers_in_the_order_of_their_names(sheet: Sheet, scanned: ScannedPages) -> None:
    _hand_in(sheet, "ada", "b-lovelace.pdf", 40)
    _hand_in(sheet, "ada", "a-lovelace.pdf", 200)
    document = scanned.document(sheet, "ada")
    assert document.index("Scan 1, page 1") < document.index("Scan 2, page 1")
    assert "lovelace" not in document
    assert document.count("data:image/webp;base64,") == 2


def test_what_is_drawn_is_kept_until_other_scans_are_handed_in(sheet: Sheet, scanned: ScannedPages) -> None:
    path = _hand_in(sheet, "ada", "scan.pdf", 40)
    drawn = scanned.document(sheet, "ada")
    assert scanned.document(sheet, "ada") is drawn
    # The same pages are the same document, whoever has handed them in and whatever they are called.
    (sheet.submitted_folder("bob") / "other.pdf").write_bytes(path.read_bytes())
    assert scanned.document(sheet, "bob") is drawn
    _hand_in(sheet, "ada", "scan.pdf", 200)
    assert scanned.document(sheet, "ada") != drawn


def test_a_group_without_a_pdf_has_no_scans(sheet: Sheet) -> None:
    assert not has_scans(sheet, "ada")
    _hand_in(sheet, "ada", "scan.PDF", 40)
    assert has_scans(sheet, "ada")
    assert not has_scans(sheet, "nobody")


def test_documents_are_kept_as_long_as_there_is_room() -> None:
    from sheetgrader.report.marking_page.kept_documents import KeptDocuments

    kept = KeptDocuments(100)
    keys = [bytes([number]) for number in range(4)]
    for key, letter in zip(keys, itertools.cycle("abcd"), strict=False):
        kept.keep(key, letter * 40)
    assert kept.get(keys[0]) is None
    assert kept.get(keys[3]) == "d" * 40
