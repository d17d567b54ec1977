"""The warm process learns what a sheet imports; what groups import decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import msgspec
import pytest

from sheetgrader.commands.doctor import doctor
from sheetgrader.commands.output import Output
from sheetgrader.execution.class_grading import ClassGrading, GradeOptions
from sheetgrader.execution.releasing import checked_release
from sheetgrader.kernels.launcher import Zygote, ZygoteConnection
from sheetgrader.sandbox.limits import SandboxLimits
from sheetgrader.store.kept_imports import KeptImports, imports_file, read_imports

if TYPE_CHECKING:
    from tests.conftest import CourseBuilder

    from sheetgrader.course.directory import Sheet

#: Of the standard library, and in no kernel by itself.
LAZY, OF_ONE_GROUP, SPEAKS, OF_A_SCRIPT = "wave", "colorsys", "this", "pyclbr"
GROUPS = tuple(f"group-{number}" for number in range(6))
_CALLS = f"def f():\n    import {LAZY}\n    return 1"


@pytest.fixture
def own_zygote() -> Iterator[Zygote]:
    """A zygote that has learnt nothing."""
    with Zygote.start(preload=()) as zygote:
        yield zygote


@pytest.fixture
def sheet(builder: CourseBuilder) -> Sheet:
    def cells(code: str) -> tuple[object, ...]:
        return builder.answer("ex1_code", code), builder.tests("ex1_test", "assert f() == 1")

    solution = f"### BEGIN SOLUTION\nimport {SPEAKS}\n{_CALLS}\n### END SOLUTION"
    builder.source(*cells(solution))  # type: ignore[arg-type]  # cells
    builder.write("source/sheet/train.py", f"import helper, {OF_A_SCRIPT}\n")
    builder.write("source/sheet/helper.py", "")
    for group in GROUPS:
        builder.submit(group, *cells(f"import {OF_ONE_GROUP}\n{_CALLS}"))  # type: ignore[arg-type]  # cells
    return builder.load().sheet("sheet")


@pytest.fixture
def grading(sheet: Sheet, own_zygote: Zygote) -> Callable[..., ClassGrading]:
    return lambda groups=GROUPS: ClassGrading(sheet, groups, own_zygote, GradeOptions(2))


def _kept(sheet: Sheet) -> KeptImports:
    kept = read_imports(sheet)
    assert kept is not None
    return kept


def test_a_class_learns_from_the_sheets_own_notebook_what_its_kernels_share(
    sheet: Sheet, grading: Callable[..., ClassGrading]
) -> None:
    report = grading().report()
    assert [group.status for group in report.groups] == ["graded"] * len(GROUPS)
    kept = _kept(sheet)
    assert {LAZY, OF_A_SCRIPT} <= set(kept.modules)
    assert kept.left_out == {SPEAKS: "it says something when it is imported"}
    assert OF_ONE_GROUP not in kept.modules


def test_kernels_that_are_forked_from_then_on_have_it(
    sheet: Sheet, grading: Callable[..., ClassGrading], own_zygote: Zygote, ask: Callable[..., object]
) -> None:
    grading().report()
    connection = ZygoteConnection(own_zygote.address)
    kernel = connection.fork(files={}, limits=SandboxLimits())
    names = (LAZY, SPEAKS, OF_ONE_GROUP)
    assert ask(kernel, f"import sys\nanswer = [name in sys.modules for name in {names!r}]") == [True, False, False]
    connection.close()


def test_what_was_learnt_regrades_nobody_and_is_not_learnt_again(
    sheet: Sheet, grading: Callable[..., ClassGrading]
) -> None:
    grading().report()
    written = imports_file(sheet).stat().st_mtime_ns
    report = grading().report()
    assert [group.status for group in report.groups] == ["already graded"] * len(GROUPS)
    assert imports_file(sheet).stat().st_mtime_ns == written


def test_few_groups_are_graded_without_a_run_more_than_theirs(
    sheet: Sheet, grading: Callable[..., ClassGrading]
) -> None:
    grading(GROUPS[:2]).report()
    assert not imports_file(sheet).exists()


def test_another_source_or_other_libraries_are_learnt_anew(sheet: Sheet, grading: Callable[..., ClassGrading]) -> None:
    grading().report()
    kept = _kept(sheet)
    path = imports_file(sheet)
    path.write_bytes(msgspec.json.encode(msgspec.structs.replace(kept, environment="another")))
    assert read_imports(sheet) is None
    path.write_bytes(msgspec.json.encode(kept))
    (sheet.source_folder / "helper.py").write_text("x = 2\n")
    assert read_imports(sheet) is None


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"\xff"])
def test_a_damaged_file_is_no_knowledge(sheet: Sheet, damage: bytes) -> None:
    path = imports_file(sheet)
    path.parent.mkdir(parents=True)
    path.write_bytes(damage)
    assert read_imports(sheet) is None


def test_a_release_learns_as_well(sheet: Sheet, own_zygote: Zygote) -> None:
    assert checked_release(sheet, own_zygote).released
    assert LAZY in _kept(sheet).modules


def test_doctor_tells_what_kernels_share_and_what_they_cannot(
    sheet: Sheet, grading: Callable[..., ClassGrading], capsys: pytest.CaptureFixture[str]
) -> None:
    grading().report()
    doctor(sheet.course.root, Output(json=True))
    (told,) = msgspec.json.decode(capsys.readouterr().out)["shared_imports"]
    assert told["sheet"] == "sheet"
    assert LAZY in told["modules"]
    assert told["left_out"] == {SPEAKS: "it says something when it is imported"}
