from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from sheetgrader.audit.variants import Variant, batches, variants_of
from sheetgrader.course.directory import Sheet
from sheetgrader.errors import CourseError

SCRIPT = '"""Train."""\n\nRATE = 0.05\nsave(train(RATE))\n'
PATCH = """Learns nothing.
Loses: test_learns, test_saves
--- train.py
+++ train.py
@@ -3 +3 @@
-RATE = 0.05
+RATE = 0
"""


@pytest.fixture
def sheet(builder) -> Callable[[dict[str, str | bytes]], Sheet]:
    """Make a sheet with these variants, by their paths."""

    def make(variants: dict[str, str | bytes]) -> Sheet:
        builder.source()
        builder.write(
            "source/sheet/sheet.toml", 'title = "Sheet"\ngroup_size = [1, 1]\nfiles = ["sheet.ipynb", "train.py"]\n'
        )
        builder.write("solutions/sheet/train.py", SCRIPT)
        for path, content in variants.items():
            builder.write(f"grader_tests/sheet/variants/{path}", content)
        return builder.load().sheet("sheet")

    return make


def test_variants_are_cells_patches_and_whole_files(sheet):
    files = {
        "ex1/wrong_sign.py": '"""Minus.\n\nLoses: test_sign\n"""\n\ndef f(x):\n    return -x\n',
        "ex1/right_lambda.py": "f = lambda x: x\n",
        "ex2/wrong_rate.patch": PATCH,
        "ex2/right_short/train.py": '"""In one line."""\n\nsave(train(0.05))\n',
        "ex1/__pycache__/wrong_sign.pyc": b"\0",
        "ex1/.hidden": "",
    }
    assert variants_of(sheet(files)) == [
        Variant("ex1", "right_lambda", "", "f = lambda x: x"),
        Variant("ex1", "wrong_sign", "Minus.\n\nLoses: test_sign", "def f(x):\n    return -x"),
        Variant("ex2", "right_short", "In one line.", "save(train(0.05))", "train.py"),
        Variant(
            "ex2",
            "wrong_rate",
            "Learns nothing.\nLoses: test_learns, test_saves",
            SCRIPT.replace("0.05", "0"),
            "train.py",
        ),
    ]


def test_a_variant_says_what_it_is_worth(sheet):
    found = {str(variant): variant for variant in variants_of(sheet({"ex2/wrong_rate.patch": PATCH}))}
    assert found["ex2/wrong_rate"].loses == frozenset({"test_learns", "test_saves"})
    assert not found["ex2/wrong_rate"].is_right
    assert Variant("ex1", "right_way", "", "").loses == frozenset()
    assert Variant("ex1", "wrong_way", "It does not say.", "").loses is None


def test_an_answer_that_is_no_python_is_a_variant_without_a_note(sheet):
    (variant,) = variants_of(sheet({"ex1/wrong_colon.py": '"""Forgot the colon."""\ndef f(x)\n'}))
    assert (variant.note, variant.loses) == ("", None)
    assert "def f(x)" in variant.source


def test_a_sheet_without_variants_has_none(sheet):
    assert variants_of(sheet({})) == []


@pytest.mark.parametrize(
    ("path", "content", "complaint"),
    [
        ("ex1/wrnog_sign.py", "", "wrnog_sign.py does not say what it is: the name of a variant begins with right_ or"),
        ("README.md", "", "README.md is no variant: a .py file, a .patch or a folder is expected below a question"),
        ("ex1/wrong_sign.txt", "", "wrong_sign.txt is no variant"),
        ("ex1/wrong_sign.py", b"\xff", "wrong_sign.py is not encoded as UTF-8 (byte 0)"),
        ("ex2/wrong_rate.patch", "RATE = 0\n", "wrong_rate.patch is no patch"),
        ("ex2/wrong_rate.patch", PATCH.replace("0.05", "0.1"), "wrong_rate.patch no longer fits train.py"),
        (
            "ex2/wrong_rate.patch",
            PATCH.replace("train.py", "test.py"),
            "wrong_rate.patch changes test.py, which the reference solution does not hand in",
        ),
    ],
)
def test_what_is_no_variant_is_one_sentence(sheet, path, content, complaint):
    with pytest.raises(CourseError, match=re.escape(complaint)) as caught:
        variants_of(sheet({path: content}))
    assert "\n" not in str(caught.value)


def test_a_wrong_variant_stands_beside_right_answers_to_what_it_builds_on():
    wrong1, wrong2, right1, right2 = (
        Variant(question, name, "", "") for name in ("wrong_a", "right_a") for question in ("ex1", "ex2")
    )
    assert batches([right1, wrong1, right2, wrong2], {}) == [
        {"ex1": wrong1, "ex2": wrong2},
        {"ex1": right1, "ex2": right2},
    ]
    found = batches([right1, wrong1, right2, wrong2], {"ex2": ("ex1",)})
    assert [sorted(map(str, batch.values())) for batch in found] == [
        ["ex1/wrong_a", "ex2/right_a"],
        ["ex2/wrong_a"],
        ["ex1/right_a"],
    ]


def test_one_file_takes_one_place():
    one, other = (Variant(question, "wrong_rate", "", "", "train.py") for question in ("ex1", "ex2"))
    assert batches([one, other], {}) == [{"ex1": one}, {"ex2": other}]
