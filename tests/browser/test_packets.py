"""Packets: marked from a file, without a server, and taken in again."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.browser.conftest import GROUPS, Watched, choose

from sheetgrader.course.directory import Sheet
from sheetgrader.store.final_scores import read_final_scores

pytestmark = pytest.mark.browser


def _sheetgrader(course: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = Path(sys.executable).with_name("sheetgrader")
    return subprocess.run(
        [command, "--course", course, "mark", "sheet", *arguments], capture_output=True, text=True, check=False
    )


def _packets(course: Path, folder: Path, *options: str) -> list[dict[str, Any]]:
    done = _sheetgrader(course, "--packets", str(folder), "--json", *options)
    assert done.returncode == 0, done.stderr
    packets: list[dict[str, Any]] = json.loads(done.stdout)["packets"]
    return packets


def _mark(watched: Watched, packet: str, keys: list[str], marker: str, saved: Path) -> Path:
    """Mark the first answers to the second question, each with one key, and save."""
    page = watched.page
    page.goto(Path(packet).as_uri())
    page.wait_for_selector(".frames .shown")
    page.fill("#marker", marker)
    page.locator("#position").focus()
    choose(page)
    page.locator("#position").focus()
    for key in keys:
        before = page.inner_text("#position")
        page.keyboard.press(key)
        page.keyboard.press("Enter")
        page.wait_for_function("before => document.querySelector('#position').textContent !== before", arg=before)
    assert f"Save {len(keys)} mark" in page.inner_text("#save-file")
    with page.expect_download() as download:
        page.keyboard.press("s")
    saved.mkdir(exist_ok=True)
    path = saved / f"{marker}.jsonl"
    download.value.save_as(path)
    assert "Marks are saved" in page.inner_text("#save-file")
    return path


def test_marks_come_back_from_a_packet(
    course: Path, sheet: Sheet, tmp_path: Path, open_page: Callable[..., Watched]
) -> None:
    (packet,) = _packets(course, tmp_path / "out")
    assert packet["answers"] == 2 * len(GROUPS)
    watched = open_page()
    marks = _mark(watched, packet["path"], ["1", "2", "3"], "emmy", tmp_path / "saved")
    assert all(asked.startswith(("file:", "about:srcdoc", "data:", "blob:")) for asked in watched.asked)
    done = _sheetgrader(course, "--merge", str(marks))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 marks taken in" in done.stdout
    given = [
        cell.manual_points
        for score in read_final_scores(sheet).values()
        for cell in score.cells
        if cell.grade_id == "ex2_text"
    ]
    assert sorted(points for points in given if points is not None) == [0.1, 0.2, 0.2]
    again = _sheetgrader(course, "--merge", str(marks))
    assert again.returncode == 0
    assert "0 marks taken in, 3 there already" in again.stdout


def test_what_two_markers_see_otherwise_is_shown_and_not_decided(
    course: Path, sheet: Sheet, tmp_path: Path, open_page: Callable[..., Watched]
) -> None:
    (packet,) = _packets(course, tmp_path / "out")
    first = _mark(open_page(), packet["path"], ["1", "2"], "emmy", tmp_path / "saved")
    second = _mark(open_page(), packet["path"], ["3"], "sofya", tmp_path / "saved")
    stranger = json.loads(second.read_text().splitlines()[0]) | {"answer": "nobody-knows"}
    second.write_text(second.read_text() + json.dumps(stranger) + "\n")
    assert _sheetgrader(course, "--merge", str(first)).returncode == 0
    done = _sheetgrader(course, "--merge", str(second), "--json")
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert report["taken"] == []
    assert len(report["conflicts"]) == 1
    assert len(report["unknown"]) == 1
    assert report["conflicts"][0]["packet_mark"]["by"] == "sofya"
    told = _sheetgrader(course, "--merge", str(second))
    assert told.returncode == 1
    row = next(line for line in told.stdout.splitlines() if "marked otherwise" in line).split()
    assert row[3].isdigit(), "the number that the page gives the answer"
    assert row[5:7] == ["sofya", "0.1"], "who gave what"
    assert "unknown" in told.stdout


def test_marks_stay_in_the_browser_and_belong_to_their_packet(
    course: Path, tmp_path: Path, open_page: Callable[..., Watched]
) -> None:
    one, other = _packets(course, tmp_path / "out", "--markers", "emmy,sofya")
    assert one["answers"] + other["answers"] == 2 * len(GROUPS)
    watched = open_page()
    page = watched.page
    page.goto(Path(one["path"]).as_uri())
    page.wait_for_selector(".frames .shown")
    assert page.input_value("#marker") == "emmy"
    page.keyboard.press("0")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('#save-file').textContent.includes('Save 1 mark')")
    asked: list[str] = []
    page.once("dialog", lambda dialog: asked.append(dialog.type))
    page.reload()
    page.wait_for_selector(".frames .shown")
    assert asked == ["beforeunload"]
    assert "Save 1 mark" in page.inner_text("#save-file")
    page.goto(Path(other["path"]).as_uri())
    page.wait_for_selector(".frames .shown")
    assert "Save marks" in page.inner_text("#save-file")


def test_two_windows_of_a_packet_lose_no_mark(course: Path, tmp_path: Path, open_page: Callable[..., Watched]) -> None:
    (packet,) = _packets(course, tmp_path / "out")
    one = open_page().page
    other = one.context.new_page()
    other.on("dialog", lambda dialog: dialog.accept())
    for window in (one, other):
        window.goto(Path(packet["path"]).as_uri())
        window.wait_for_selector(".frames .shown")
    saves = "count => document.querySelector('#save-file').textContent.includes(`Save ${count} mark`)"
    one.keyboard.press("0")
    one.keyboard.press("Enter")
    other.wait_for_function(saves, arg=1)
    assert "0 given by" in other.inner_text("#notes"), "the same answer, as it is now"
    other.keyboard.press("n")
    other.keyboard.press("0")
    other.keyboard.press("Enter")
    one.wait_for_function(saves, arg=2)
    other.close()
    one.reload()
    one.wait_for_selector(".frames .shown")
    one.wait_for_function(saves, arg=2)


def test_no_packet_is_written_over_another(course: Path, tmp_path: Path) -> None:
    packets = _packets(course, tmp_path / "out", "--markers", "emmy n,emmy-n,Emmy N")
    paths = {packet["path"].casefold() for packet in packets}
    assert len(paths) == 3
    assert sum(packet["answers"] for packet in packets) == 2 * len(GROUPS)
    again = _sheetgrader(course, "--packets", str(tmp_path / "out"), "--markers", "emmy n,emmy-n,Emmy N")
    assert again.returncode != 0
    assert "is there already" in again.stderr
    assert {packet["packet"] in Path(packet["path"]).read_text() for packet in packets} == {True}


def test_a_packet_names_nobody_and_loads_nothing(course: Path, tmp_path: Path) -> None:
    (packet,) = _packets(course, tmp_path / "out")
    text = Path(packet["path"]).read_text()
    assert not any(group in text for group in GROUPS)
    assert "Lovelace" not in text
    assert "test_hidden_name" not in text
    assert "MARK SCHEME" not in text
    assert "https://" not in text.replace("https://example.org", "")


def test_what_does_not_go_together_is_told(course: Path, tmp_path: Path) -> None:
    for arguments, sentence in (
        (("--packets", str(tmp_path), "--merge", "x"), "one at a time"),
        (("x.jsonl",), "taken in with --merge"),
        (("--json",), "--json goes with"),
        (("--merge", str(tmp_path / "none.jsonl")), "none.jsonl"),
    ):
        done = _sheetgrader(course, *arguments)
        assert done.returncode != 0
        assert sentence in done.stderr
