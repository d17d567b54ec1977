"""How answers become files: none larger than is allowed, each under a name of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from sheetgrader.course.directory import Sheet
from sheetgrader.report.marking_page import packets
from sheetgrader.report.marking_page.packets import PacketsReport, waiting, write_packets
from sheetgrader.report.marking_page.rendered import RenderedAnswers
from sheetgrader.report.marking_page.scanned import ScannedPages

from ...conftest import CourseBuilder
from ...marking.courses import marking, write_course
from ..class_report.small_class import pdf

_TEXTS = {f"group-{number}": f"Answer {number}: {'because ' * 600}" for number in range(6)}


@pytest.fixture
def sheet(builder: CourseBuilder) -> Sheet:
    return write_course(builder, _TEXTS)


@pytest.fixture(scope="module")
def made() -> Iterator[tuple[RenderedAnswers, ScannedPages]]:
    with RenderedAnswers() as rendered, ScannedPages() as scanned:
        yield rendered, scanned


def _written(
    sheet: Sheet, made: tuple[RenderedAnswers, ScannedPages], folder: Path, most: int, *markers: str
) -> PacketsReport:
    return write_packets(marking(sheet), *made, folder, markers=markers, most_bytes=most)


def test_what_would_be_too_large_becomes_several_and_none_is_too_large(
    sheet: Sheet, made: tuple[RenderedAnswers, ScannedPages], tmp_path: Path
) -> None:
    most = 1_025_000
    report = _written(sheet, made, tmp_path / "packets", most)
    count = len(report.packets)
    assert count > 1
    names = [Path(packet.path).name for packet in report.packets]
    assert names == [f"sheet-{place}-of-{count}.html" for place in range(1, count + 1)]
    assert all(Path(packet.path).stat().st_size == packet.bytes <= most for packet in report.packets)
    assert sum(packet.answers for packet in report.packets) == waiting(marking(sheet))
    assert f"so there are {count}; each is saved by itself" in report.remarks[0]


def test_markers_whose_names_a_file_cannot_hold_do_not_share_one(
    sheet: Sheet, made: tuple[RenderedAnswers, ScannedPages], tmp_path: Path
) -> None:
    report = _written(sheet, made, tmp_path, packets.MOST_BYTES, "a b", "a/b")
    assert [packet.marker for packet in report.packets] == ["a b", "a/b"]
    names = [Path(packet.path).name for packet in report.packets]
    assert len({name.casefold() for name in names}) == 2
    assert all(name.startswith("sheet-a-b-") for name in names)
    assert sum(packet.answers for packet in report.packets) == waiting(marking(sheet))


def test_scans_that_are_too_large_are_told_and_left_out(
    sheet: Sheet, made: tuple[RenderedAnswers, ScannedPages], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = pdf(Image.effect_noise((600, 800), 90))
    for group in ("group-0", "group-1"):
        (sheet.submitted_folder(group) / "scan.pdf").write_bytes(scan)
    (sheet.submitted_folder("group-1") / "scan.pdf").write_bytes(pdf(Image.new("L", (80, 120), 40)))
    monkeypatch.setattr(packets, "_MOST_SCANNED", 50_000)
    report = _written(sheet, made, tmp_path / "packets", packets.MOST_BYTES)
    (packet,) = report.packets
    page = Path(packet.path).read_text(encoding="utf-8")
    assert page.count("data:image/webp;base64,") == 1
    assert "These scans are too large for a packet" in page
    assert report.remarks[-1].startswith("The scans of 1 group are too large for a packet")
