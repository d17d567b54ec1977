"""No regular expression takes more time over a text than the text is long, whoever wrote it."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from .slow_patterns import slow_text, uses

SOURCE = Path(__file__).parents[1] / "src/sheetgrader"
FOUND = list(uses(SOURCE))
#: The room that reads the instructor's own files alone.
OF_INSTRUCTORS = "audit/"
FIXED = [use for use in FOUND if use.pattern is not None and not use.place.startswith(OF_INSTRUCTORS)]

#: The headings of a notebook, as they once were found: a line of 4,000 spaces took hours.
HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(\S.*?)[ \t]*#*[ \t]*$", re.MULTILINE)


@pytest.mark.parametrize("use", FIXED, ids=lambda use: f"{use.place} {use.written}")
def test_no_pattern_of_the_project_is_slow(use) -> None:
    assert slow_text(use.pattern, use.asked) is None


def test_patterns_that_are_put_together_at_run_time_are_known() -> None:
    known = {
        # The instructor's own; names of files that are held against it have a length.
        "course/regulations.py": "regulations.archive_name",
        "intake/teams.py": "pattern",
        # The folders of a course, where every name ends at a slash.
        "course/directory.py": "expression",
    }
    unknown = {(use.place, use.written) for use in FOUND if use.pattern is None} - set(known.items())
    # A key of the instructor's own file, in a line of it; names of groups, in a sentence of this program's.
    assert {place for place, _ in unknown} == {"course/regulations.py", "report/marking_page/blindness.py"}
    assert all("re.escape(" in written or "any_of_them" in written for _, written in unknown)


@pytest.mark.parametrize(
    "pattern",
    [
        HEADING,
        re.compile(r"\s*\([^()]*\bpoints?\b[^()]*\)$"),
        re.compile(r"\[.*\]$", re.DOTALL),
        re.compile(r"(a+)+$"),
        re.compile(r"(?:ab|a|b)*c"),
        re.compile(r"(?:a|A)*c", re.IGNORECASE),
        re.compile(rb"\s+$"),
        re.compile(r"<!--.*?-->", re.DOTALL),
        re.compile(r"^\s*\n\s*$", re.MULTILINE),
        re.compile(r"^(\w+\s?)*$"),
        re.compile(r"(?:a{1,3})*b"),
        re.compile(r"(?:a{2,5}b?)*c"),
    ],
    ids=lambda pattern: pattern.pattern,
)
def test_slow_patterns_are_found(pattern) -> None:
    assert slow_text(pattern) is not None


def test_the_text_that_is_found_is_what_the_pattern_is_slow_on() -> None:
    text = slow_text(HEADING)
    seconds = []
    for times in (100, 400):
        begun = time.process_time()
        HEADING.findall("# a" + text * times + "b")
        seconds.append(time.process_time() - begun)
    # A pattern that is through in time takes four times as long over four times as much, this one 64 times.
    assert seconds[1] > 16 * seconds[0]


@pytest.mark.parametrize(
    ("pattern", "asked"),
    [
        (r"\s+", "findall"),
        (r"\s+$", "match"),
        (r"[^\n]*x", "match"),
        (r"(?:[^>\"']++|\"[^\"]*+\"?)*+", "finditer"),
        (r"\x1b\[[0-9;]*m", "sub"),
        (r"(?:;[a-z]{1,40})*,", "match"),
        (r"(a{2,5}b)*c", "match"),
    ],
)
def test_patterns_that_are_in_time_are_not(pattern: str, asked: str) -> None:
    assert slow_text(re.compile(pattern), [asked]) is None
