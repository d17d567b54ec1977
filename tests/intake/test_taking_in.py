"""A class is taken in as if what one of them makes the program stumble over were not there."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sheetgrader.course.directory import Course, Sheet
from sheetgrader.course.files import HandedIn
from sheetgrader.errors import UsageError
from sheetgrader.intake.keeping import read_teams
from sheetgrader.intake.receiving import expected_of
from sheetgrader.intake.sources import Delivery
from sheetgrader.intake.taking_in import DeliveryReport, find, take_in

from ..fuzzing.targets import damaged
from .hostile_archives import HOSTILE, timed_zip_of, zip_of
from .test_teams import HOSTILE_VALUES

if TYPE_CHECKING:
    from tests.conftest import CourseBuilder

TIME = datetime(2024, 1, 8, 10, tzinfo=UTC)
ADA = {"name": "Ada Lovelace", "student_id": "1", "email": "ada@example.org"}
ZOE = {"name": "Zoe Z", "student_id": "9", "email": "zoe@example.org"}


@pytest.fixture
def sheet(builder: CourseBuilder) -> Sheet:
    builder.write("nbgrader_config.py", "c = get_config()\n")
    builder.write("source/sheet/sheet.toml", 'files = ["sheet.ipynb"]\ndeadline = 2024-01-08T12:00:00Z\n')
    builder.source(builder.answer("ex1", "pass"))
    return builder.load().sheet("sheet")


def notebook(team: str, content: str = "") -> bytes:
    cells = [
        {"cell_type": "code", "metadata": {"nbgrader": {"grade_id": "team"}}, "source": team},
        {"cell_type": "code", "metadata": {}, "source": content},
    ]
    return json.dumps({"cells": cells}).encode()


def folder(name: str, number: int) -> str:
    return f"{name}_{number}_assignsubmission_file_"


def with_honest(files: dict[str, tuple[bytes, datetime]]) -> dict[str, tuple[bytes, datetime]]:
    """Put what two honest groups hand in around it, in an LMS's export."""
    return {
        f"{folder('Ada Lovelace', 5001)}/sheet.ipynb": (notebook(f"TEAM = {[ADA]!r}"), TIME - timedelta(hours=1)),
        **files,
        f"{folder('Zoe Z', 5009)}/sheet.ipynb": (notebook(f"TEAM = {[ZOE]!r}"), TIME + timedelta(hours=1)),
    }


def unexpected() -> Path:
    raise


def take_in_paths(
    sheet: Sheet, *paths: Path, force: bool = False, keep_traceback: Callable[[], Path] = unexpected
) -> list[DeliveryReport]:
    expected = expected_of(sheet)
    with ExitStack() as opened:
        found = find(paths, expected, opened, keep_traceback=keep_traceback)
        return list(take_in(sheet, found.deliveries, expected, force=force, keep_traceback=keep_traceback))


def assert_honest_are_taken_in(reports: Sequence[DeliveryReport]) -> None:
    by_group = {report.group: report.status for report in reports}
    assert (by_group["Lovelace_1"], by_group["Z_9"]) == ("taken in", "taken in")
    json.dumps([repr(report) for report in reports]).encode()


@pytest.mark.parametrize("value", HOSTILE_VALUES, ids=range(len(HOSTILE_VALUES)))
def test_odd_team_costs_nobody_else(sheet: Sheet, tmp_path: Path, value: str) -> None:
    team = f"TEAM = [{{'name': {value}, 'student_id': {value}, 'email': {value}}}]"
    files = {f"{folder('Eve', 5005)}/sheet.ipynb": (notebook(team), TIME)}
    path = tmp_path / "export.zip"
    path.write_bytes(timed_zip_of(with_honest(files)))
    reports = take_in_paths(sheet, path)
    assert_honest_are_taken_in(reports)
    assert len(reports) == len(sheet.submissions()) == 3


def test_attacks_by_archives_cost_nobody_else(sheet: Sheet, tmp_path: Path) -> None:
    files = {
        f"{folder('Eve', number)}/eve{attack.ending}": (attack.build({"sheet.ipynb": b"{}"}), TIME)
        for number, attack in enumerate(HOSTILE)
    }
    path = tmp_path / "export.zip"
    path.write_bytes(timed_zip_of(with_honest(files)))
    reports = take_in_paths(sheet, path)
    assert_honest_are_taken_in(reports)
    assert len(reports) == len(HOSTILE) + 2


@pytest.mark.parametrize(
    "error", [ValueError("x" * 10**6), RecursionError(), MemoryError(), KeyError("\udcff"), StopIteration(), OSError()]
)
def test_what_nobody_expects_costs_that_one(sheet: Sheet, tmp_path: Path, error: Exception) -> None:
    def read() -> HandedIn:
        raise error

    def keep_traceback() -> Path:
        kept.append(error)
        return Path("errors.log")

    kept: list[Exception] = []
    honest = [
        Delivery(name, name, (name,), TIME, lambda team=team: HandedIn({"sheet.ipynb": team}, frozenset(), ()))  # type: ignore[misc]
        for name, team in (("a", notebook(f"TEAM = {[ADA]!r}")), ("z", notebook(f"TEAM = {[ZOE]!r}")))
    ]
    odd = replace(honest[0], source="mallory", name="mallory", read=read)
    expected = expected_of(sheet)
    reports = list(take_in(sheet, [honest[0], odd, honest[1]], expected, force=False, keep_traceback=keep_traceback))
    assert_honest_are_taken_in(reports)
    (report,) = [report for report in reports if report.status == "not taken in"]
    assert report.error == (
        f"mallory could not be taken in: something went wrong inside sheetgrader ({type(error).__name__}); the details"
        " are in errors.log."
    )
    assert kept == [error]


def test_path_that_cannot_be_read_costs_no_other_path(sheet: Sheet, tmp_path: Path) -> None:
    honest = tmp_path / "Lovelace"
    honest.mkdir()
    (honest / "sheet.ipynb").write_bytes(notebook(f"TEAM = {[ADA]!r}"))
    for number, attack in enumerate(HOSTILE):
        (tmp_path / f"mallory-{number}{attack.ending}").write_bytes(attack.build({"sheet.ipynb": b"{}"}))
    reports = take_in_paths(sheet, *sorted(tmp_path.glob("mallory-*")), honest)
    assert {report.group: report.status for report in reports}["Lovelace_1"] == "taken in"
    with pytest.raises(UsageError):
        take_in_paths(sheet, tmp_path / "nowhere", honest)


def test_odd_files_among_those_that_are_there_cost_nobody(sheet: Sheet, tmp_path: Path) -> None:
    # Put there by hand, with whatever a group had packed.
    there = sheet.submitted_folder("by-hand")
    for name, content in (
        (".members.json", b'{"x": ' + b"[" * 50_000),
        ("timestamp.txt", b"9" * 10_000),
        ("sheet.ipynb", b"{"),
    ):
        there.mkdir(parents=True, exist_ok=True)
        (there / name).write_bytes(content)
    linked = sheet.submitted_folder("linked")
    linked.mkdir(parents=True)
    os.mkfifo(linked / ".members.json")
    path = tmp_path / "export.zip"
    path.write_bytes(timed_zip_of(with_honest({})))
    assert_honest_are_taken_in(take_in_paths(sheet, path))


def test_name_with_a_formula_is_text_wherever_it_stands(sheet: Sheet, tmp_path: Path) -> None:
    evil = {"name": "=cmd|' /C calc'!A0\t\u202e", "student_id": "@7", "email": "+e\r\n@x"}
    files = {f"{folder('=HYPERLINK(1) Eve', 5005)}/sheet.ipynb": (notebook(f"TEAM = {[evil]!r}"), TIME)}
    path = tmp_path / "export.zip"
    path.write_bytes(timed_zip_of(files))
    (report,) = take_in_paths(sheet, path)
    assert report.group == "calc-A0_-7"
    (team,) = read_teams(sheet).values()
    assert team.members == report.members
    (member,) = team.members
    assert (member.name, member.student_id, member.email) == ("=cmd|' /C calc'!A0", "@7", "+e @x")
    assert team.handed_in_by == "=HYPERLINK(1) Eve"


#: What a hostile group may change of what it hands in, by the seed of a damage.
SEEDS = (
    notebook(f"TEAM = {[ADA, ZOE]!r}"),
    notebook("TEAM = [{'name': 0xff, 'student_id': '1'}]"),
    zip_of({"sheet.ipynb": notebook(f"TEAM = {[ADA]!r}"), "data/a.csv": b"1"}),
    b'{"members": [{"name": "Ada", "student_id": "1", "email": ""}], "handed_in_by": "A", "origin": "account 1"}',
    b"2024-01-08 10:00:00 UTC",
)
NAMES = st.sampled_from(
    ["sheet.ipynb", "a.zip", "a.tar.gz", "timestamp.txt", ".members.json", "data", "data/x", "b.ipynb", "x/sheet.ipynb"]
) | st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=30)
FOLDERS = st.sampled_from([folder("Ada Lovelace", 5001), folder("Eve", 5005), "eve", "sheet"]) | st.text(
    st.characters(exclude_characters="\0"), min_size=1, max_size=40
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    files=st.lists(st.tuples(FOLDERS, NAMES, st.sampled_from(SEEDS), st.integers(0, 10**6)), max_size=8),
    there=st.lists(st.tuples(st.sampled_from([".members.json", "timestamp.txt"]), st.integers(0, 10**6)), max_size=2),
    year=st.integers(1980, 2107),
)
def test_whatever_one_hands_in_the_others_are_taken_in(
    sheet: Sheet,
    tmp_path_factory: pytest.TempPathFactory,
    files: list[tuple[str, str, bytes, int]],
    there: list[tuple[str, int]],
    year: int,
) -> None:
    root = tmp_path_factory.mktemp("fuzz")
    course = replace_submitted(sheet, root)
    for name, seed in there:
        (course.submitted_folder("by-hand") / name).write_bytes(spoiled(SEEDS[3 + seed % 2], seed))
    hostile = {f"{top}/{name}": (spoiled(content, seed), TIME.replace(year=year)) for top, name, content, seed in files}
    path = root / "export.zip"
    path.write_bytes(timed_zip_of(with_honest(hostile)))
    reports = take_in_paths(course, path)
    mine = {each for each in hostile if each.startswith(folder("Ada Lovelace", 5001))}
    honest = {report.group: report.status for report in reports if report.group in {"Lovelace_1", "Z_9"}}
    assert "Z_9" in honest
    assert mine or "Lovelace_1" in honest, reports
    assert not [report for report in reports if "inside sheetgrader" in report.error]


def spoiled(content: bytes, seed: int) -> bytes:
    return damaged(content, random.Random(seed)) if seed % 3 else content  # noqa: S311 # repeatable, not secret


def replace_submitted(sheet: Sheet, root: Path) -> Sheet:
    """Return the same sheet in a fresh copy of its course."""
    shutil.copytree(sheet.course.root, root / "course", ignore=shutil.ignore_patterns("submitted"))
    fresh = Course.load(root / "course").sheet(sheet.name)
    fresh.submitted_folder("by-hand").mkdir(parents=True)
    return fresh
