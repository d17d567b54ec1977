from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pypdfium2
import pytest

from sheetgrader.audit.example_class import (
    SHEETS,
    Example,
    few_scans,
    few_submissions,
    misbehaving,
    read_example,
    submissions,
)
from sheetgrader.course.directory import Course
from sheetgrader.errors import CourseError
from sheetgrader.store.generation import regenerate

if TYPE_CHECKING:
    from tests.conftest import CourseBuilder

ROOT = Path(__file__).parents[2]


def _example(name: str, folder: Path) -> Example:
    sheet = Course.load(ROOT).sheet(name)
    return read_example(sheet, regenerate(sheet, folder))


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Example:
    return _example(SHEETS[0], tmp_path_factory.mktemp("skeleton"))


@pytest.mark.parametrize("name", SHEETS[1:])
def test_few_groups_answer_what_takes_no_training(name: str, tmp_path: Path) -> None:
    example = _example(name, tmp_path)
    assert len(example.quick) >= 3
    notebooks = {
        group: nbformat.reads(content.decode(), as_version=4) for group, content in few_submissions(example).items()
    }
    sources = {
        group: [cell.source for cell in notebook.cells if cell.metadata.nbgrader.grade_id.endswith("_code")]
        for group, notebook in notebooks.items()
    }
    assert len(set(map(tuple, sources.values()))) == len(sources) == 5
    assert differing(sources["without-training"], sources["one-mistake"]) == 1
    assert differing(sources["empty-skeleton"], sources["without-training"]) == len(example.quick)


def test_tutors_have_answers_of_all_kinds_to_mark(example: Example) -> None:
    groups = {
        name: nbformat.reads(content.decode(), as_version=4)
        for name, content in submissions(example).items()
        if name != "damaged-file"
    }
    asked = {cell.metadata.nbgrader.grade_id: cell.source for cell in example.skeleton.cells}
    for question in (name for name in example.reference if name.endswith("_text")):
        texts = [
            cell.source
            for notebook in groups.values()
            for cell in notebook.cells
            if cell.metadata.nbgrader.grade_id == question
        ]
        answered = [text for text in texts if text != asked[question]]
        assert len(answered) < len(texts), f"everybody has answered {question}"
        assert 2 <= len(set(answered)) < len(answered), f"nobody, or everybody, answers {question} alike"
        assert example.reference[question] not in texts
    plots = [cell.source for notebook in groups.values() for cell in notebook.cells if "plt.plot(" in cell.source]
    assert len(set(plots)) >= 3


def test_two_groups_hand_in_scans(tmp_path: Path) -> None:
    example = _example(SHEETS[1], tmp_path)
    scans = few_scans(example)
    assert len(scans) == 2
    assert scans.keys() < few_submissions(example).keys()
    for group, content in scans.items():
        document = pypdfium2.PdfDocument(content)
        assert len(document) >= 1, group
        assert document[0].render().to_pil().size[0] > 500, group
        assert len(content) < 200_000, group
    assert scans == few_scans(example)


def test_other_sheets_have_no_scans(example: Example) -> None:
    assert few_scans(example) == {}


def differing(one: list[str], other: list[str]) -> int:
    return sum(first != second for first, second in zip(one, other, strict=True))


def test_class_is_large_and_mixed(example: Example) -> None:
    names = list(submissions(example))
    assert len(names) >= 16
    for kind in (
        "all-right",
        "right-in-style",
        "partly-right",
        "all-wrong",
        "empty-skeleton",
        "damaged-file",
        "hangs",
        "exits",
        "fills-memory",
    ):
        assert any(name.startswith(kind) for name in names), kind


def test_everybody_hands_in_the_skeleton_with_only_answers_changed(example: Example) -> None:
    locked = [cell.source for cell in example.skeleton.cells if cell.metadata.get("nbgrader", {}).get("locked")]
    for name, content in submissions(example).items():
        if name == "damaged-file":
            continue
        notebook = nbformat.reads(content.decode(), as_version=4)
        assert [cell.source for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("locked")] == locked
        assert len(notebook.cells) == len(example.skeleton.cells)


def test_answers_are_as_students_write_them(example: Example) -> None:
    for name, content in submissions(example).items():
        assert b"Loses:" not in content, name
        assert b"BEGIN SOLUTION" not in content, name
        assert b"BEGIN MARK SCHEME" not in content, name


def test_damaged_notebook_is_no_json(example: Example) -> None:
    with pytest.raises(json.JSONDecodeError):
        json.loads(submissions(example)["damaged-file"])


def test_groups_differ(example: Example) -> None:
    notebooks = submissions(example)
    assert len(set(notebooks.values())) == len(notebooks)


def test_misbehaving_keeps_what_stands_around_the_function() -> None:
    source = 'import os\n\n\ndef f(x):\n    """Return x."""\n    if x:\n        return 1\n    return 2\n\n\ny = 3\n'
    changed = misbehaving(source, "while True:\n        pass")
    assert changed == "import os\n\n\ndef f(x):\n    while True:\n        pass\n\n\ny = 3"
    ast.parse(changed)


def test_sheet_without_variants_is_one_sentence(builder: CourseBuilder) -> None:
    builder.source()
    with pytest.raises(CourseError, match="holds no variants to make a class from"):
        read_example(builder.load().sheet("sheet"), builder.root)
