from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from sheetgrader.audit.patches import parse_patch
from sheetgrader.errors import CourseError

FILE = "one\ntwo\n\nthree\ntwo\n"
PATCH = """Two is said in another way.

Loses: test_two
--- count.txt
+++ count.txt
@@ -1,2 +1,3 @@ counting
 one
-two
+zwei
+deux
@@ -4 +5,0 @@
-three
"""
PATH = Path("variants/ex1/wrong_two.patch")


def test_a_patch_says_what_it_is_about_and_changes_the_file():
    patch = parse_patch(PATCH, PATH)
    assert patch.note == "Two is said in another way.\n\nLoses: test_two"
    assert patch.file == "count.txt"
    assert patch.apply(FILE) == "one\nzwei\ndeux\n\ntwo\n"


def test_other_programs_read_a_patch_alike(tmp_path):
    (tmp_path / "count.txt").write_text(FILE)
    subprocess.run(["git", "apply", "--unidiff-zero", "-p0", "-"], cwd=tmp_path, input=PATCH.encode(), check=True)
    assert (tmp_path / "count.txt").read_text() == parse_patch(PATCH, PATH).apply(FILE)


def test_what_diff_writes_is_a_patch(tmp_path):
    changed = FILE.replace("three", "drei") + "four\n"
    (tmp_path / "old").write_text(FILE)
    (tmp_path / "new").write_text(changed)
    command = ["diff", "-U1", "--label", "count.txt", "--label", "count.txt", "old", "new"]
    written = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).stdout
    assert parse_patch(f"Three and four.\n{written}", PATH).apply(FILE) == changed


def test_lines_added_elsewhere_leave_a_patch_as_good_as_it_was():
    assert parse_patch(PATCH, PATH).apply(f"zero\n{FILE}") == "zero\none\nzwei\ndeux\n\ntwo\n"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (FILE.replace("three", "drei"), "no longer fits count.txt, which does not hold 'three'; write the patch anew"),
        (
            FILE.replace("one\n", "one\n\n"),
            "no longer fits count.txt, which does not hold 'one' with the lines after it",
        ),
        ("", "no longer fits count.txt"),
        (FILE + "three\n", "may mean several places in count.txt, which holds 'three' 2 times; add a line beside it"),
    ],
)
def test_a_patch_that_does_not_fit_is_one_sentence(text, complaint):
    with pytest.raises(CourseError) as caught:
        parse_patch(PATCH, PATH).apply(text)
    assert str(caught.value).startswith(f"{PATH} ")
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "is no patch: below its note it needs '--- NAME', '+++ NAME' and lines from '@@' on"),
        ("A note.\n", "is no patch"),
        (PATCH.replace("+++ count.txt", "+++ other.txt"), "is no patch"),
        (
            PATCH.replace("+deux\n", ""),
            "is damaged: '@@ -1,2 +1,3 @@ counting' does not announce the lines that follow it",
        ),
        (PATCH.replace("-three\n", "-three\n\n"), "is damaged: '@@ -4 +5,0 @@'"),
        (PATCH.replace("@@ -4 +5,0 @@", "@@ three @@"), "is damaged: '@@ three @@'"),
        (PATCH.replace("@@ -4 +5,0 @@\n-three", "@@ -3,0 +5 @@\n+drei"), "does not show where 'drei' belongs"),
        (PATCH.replace("@@ -4 +5,0 @@\n-three", "@@ -4 +5 @@\n three"), "changes nothing at '@@ -4 +5 @@'"),
    ],
)
def test_what_is_no_patch_is_one_sentence(text, complaint):
    with pytest.raises(CourseError) as caught:
        parse_patch(text, PATH)
    assert str(caught.value).startswith(f"{PATH} ")
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_else_may_end_a_line_stays_within_its_line():
    patch = parse_patch("--- a.py\n+++ a.py\n@@ -1 +1 @@\n-x = 1\n+x = '\x1d'", PATH)
    assert patch.apply("x = 1\ny = '\x0c\u2028'\n") == "x = '\x1d'\ny = '\x0c\u2028'\n"
