"""Whether a class is as it was when there was nothing to do: told by names, sizes and times alone."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from sheetgrader.commands.grade import grade
from sheetgrader.commands.output import KeptOutput
from sheetgrader.execution.unchanged import Place, fingerprint, places_of, read_unchanged

if TYPE_CHECKING:
    from tests.conftest import CourseBuilder

Change = Callable[[Path], object]


def _rewrite(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[::-1])
    os.utime(path, ns=(1, 1))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("ada/sheet/a.txt", "ada/other/b.txt", "bob/sheet/deep/c.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


@pytest.mark.parametrize(
    "change",
    [
        lambda tree: (tree / "ada/sheet/a.txt").write_text("ada/sheet/A.txt"),
        lambda tree: _rewrite(tree / "ada/sheet/a.txt"),
        lambda tree: (tree / "ada/sheet/a.txt").rename(tree / "ada/sheet/z.txt"),
        lambda tree: (tree / "ada/sheet/a.txt").unlink(),
        lambda tree: (tree / "ada/sheet/a.txt").chmod(0o600),
        lambda tree: (tree / "ada/sheet/new").mkdir(),
        lambda tree: (tree / "bob/sheet/deep/d.txt").touch(),
        lambda tree: (tree / "eve").mkdir(),
        lambda tree: (tree / "bob").rename(tree / "kay"),
        lambda tree: (tree / "bob/sheet/deep").rename(tree / "bob/sheet/deeper"),
        lambda tree: (tree / "bob/sheet/deep/c.txt").rename(tree / "bob/sheet/c.txt"),
    ],
)
def test_whatever_changes_below_is_seen(tree: Path, change: Change) -> None:
    places = (Place(folder=str(tree), below="sheet"),)
    before = fingerprint(places)
    assert before == fingerprint(places)
    change(tree)
    assert fingerprint(places) not in ("", before)


def test_what_stands_elsewhere_is_not_looked_at(tree: Path) -> None:
    places = (Place(folder=str(tree), below="sheet"), Place(folder=str(tree / "ada/sheet"), is_flat=True))
    before = fingerprint(places)
    (tree / "ada/other/b.txt").write_text("changed")
    (tree / "ada/sheet/__pycache__").mkdir()
    assert fingerprint(places) == before


def test_a_link_makes_it_unclear(tree: Path) -> None:
    (tree / "ada/sheet/link").symlink_to("/etc/hostname")
    assert fingerprint((Place(folder=str(tree)),)) == ""


def test_a_folder_that_is_not_there_may_come(tree: Path) -> None:
    places = (Place(folder=str(tree / "kay")),)
    before = fingerprint(places)
    (tree / "kay").mkdir()
    (tree / "kay" / "file").touch()
    assert fingerprint(places) not in ("", before)


# The command.


@pytest.fixture
def course(builder: CourseBuilder) -> CourseBuilder:
    def cells(code: str) -> tuple[Any, Any, Any]:
        return (
            builder.answer("ex1_code", code),
            builder.tests("ex1_test", "assert x == 2"),
            builder.answer("ex2_text", "Because.", points=1.0, markdown=True),
        )

    builder.source(*cells("x = 2"))
    for group in ("ada", "bob"):
        builder.submit(group, *cells(f"x = {len(group) - 1}"))
    return builder


@pytest.fixture
def run(course: CourseBuilder, capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:
    def grade_all(**options: Any) -> dict[str, Any]:
        usual: dict[str, Any] = {
            "groups": (),
            "workers": 2,
            "force": False,
            "affected_by": "",
            "dry_run": False,
            "twice": False,
            "isolation": None,
            "verbose": False,
        }
        capsys.readouterr()
        assert grade(course.root, "sheet", KeptOutput(json=True), **{**usual, **options}) == 0
        document: dict[str, Any] = msgspec.json.decode(capsys.readouterr().out)
        return document

    return grade_all


def _is_kept(course: CourseBuilder) -> bool:
    return read_unchanged(course.root, "sheet") is not None


def test_what_is_said_without_looking_is_what_looking_says(
    course: CourseBuilder, run: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [group["status"] for group in run()["groups"]] == ["graded", "graded"]
    assert not _is_kept(course)
    looked = run()
    assert _is_kept(course)
    monkeypatch.setattr("sheetgrader.commands.grade.WarmStart", None)
    said = run()
    assert {**said, "seconds": 0, "workers": 0} == {**looked, "seconds": 0, "workers": 0}


@pytest.mark.parametrize(
    "change",
    [
        lambda root: _touch(root / "submitted/ada/sheet/sheet.ipynb"),
        lambda root: _touch(root / "submitted/kay/sheet/notes.txt"),
        lambda root: _touch(root / "source/sheet/sheet.ipynb"),
        lambda root: _touch(root / "grader_tests/sheet/test_ex1.py"),
        lambda root: _touch(root / "gradebook.db"),
        lambda root: _touch(root / "nbgrader_config.py"),
        lambda root: _touch(root / "marking/sheet/ada.jsonl"),
        lambda root: _touch(root / "reports/sheet/results/ada.json"),
        lambda root: (root / ".sheetgrader/secret").unlink(),
    ],
)
def test_whatever_grading_reads_has_it_look_again(
    course: CourseBuilder, run: Callable[..., dict[str, Any]], change: Change
) -> None:
    run()
    run()
    assert _is_kept(course)
    change(course.root)
    assert not _is_kept(course)


def _touch(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


@pytest.mark.parametrize(
    "options", [{"force": True}, {"groups": ("ada",)}, {"dry_run": True}, {"twice": True}, {"verbose": True}]
)
def test_who_asks_for_more_gets_it(
    course: CourseBuilder, run: Callable[..., dict[str, Any]], options: dict[str, Any]
) -> None:
    run()
    run()
    told = run(**options)
    looked = {"force": 2, "groups": 0, "dry_run": 0, "twice": 2, "verbose": 0}[next(iter(options))]
    assert len([group for group in told["groups"] if group["status"] == "graded"]) == looked
    assert len(told["groups"]) == (1 if "groups" in options else 2)


@pytest.mark.parametrize("damage", [b"", b"{}", b"[1]", b"\xff\xfe"])
def test_a_damaged_file_is_looked_behind(
    course: CourseBuilder, run: Callable[..., dict[str, Any]], damage: bytes
) -> None:
    run()
    run()
    (course.root / "reports/sheet/unchanged.json").write_bytes(damage)
    assert [group["status"] for group in run()["groups"]] == ["already graded"] * 2
    assert _is_kept(course)


def test_a_gradebook_elsewhere_is_always_asked(course: CourseBuilder) -> None:
    course.write("nbgrader_config.py", "c = get_config()\nc.CourseDirectory.db_url = 'postgresql://db/course'\n")
    assert places_of(course.load().sheet("sheet"), course.root) == ()
