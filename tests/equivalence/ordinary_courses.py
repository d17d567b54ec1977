"""Courses as instructors set them up: several notebooks, files, deadlines, configuration; and what nbgrader gives up
on.
"""

from __future__ import annotations

import json
from typing import Final

from nbformat import NotebookNode

from .courses import SHORT_CLOCK, Assignment, CourseDescription, Submission
from .notebooks import (
    Change,
    as_released,
    by_hand,
    code,
    deleting,
    in_turn,
    inserting,
    notebook,
    solution,
    tests,
    to_bytes,
    writing,
)
from .put_out import OUTPUTS
from .random_answers import random_answer
from .tampering import ANSWERS, HANGING_ANSWERS, RARE_ANSWERS, REFUSED_ANSWERS, REPEATING_ANSWERS, squares


def _files_notebook() -> NotebookNode:
    return notebook(
        solution("read", "rows = open('data/table.csv').read().split()"),
        tests("read_rows", 1, "assert rows == ['1', '2', '3']"),
        tests("read_again", 1, "assert open('data/table.csv').read().split() == ['1', '2', '3']"),
        tests("helper", 1, "import helper\nassert helper.answer == 42"),
        tests("own_module", 1, "import mine\nmine.value"),
        tests(
            "listing", 1, "import os\nassert 'table.csv' in os.listdir('data') and not os.path.exists('gradebook.db')"
        ),
        tests("writes", 1, "open('data/new.txt', 'w').write('x')\nassert open('data/new.txt').read() == 'x'"),
    )


def _second_notebook() -> NotebookNode:
    return notebook(
        solution("read", "x = 1"),
        tests("read_rows", 4, "assert x == 1"),
        tests("forgets", 2, "assert 'rows' not in globals()"),
    )


_READS: Final = writing(read="rows = open('data/table.csv').read().split()")

_COMPLETE: Final = {"first": _READS, "second": writing(read="x = 1")}
_LIBRARY: Final = {"first": inserting("read", code("import numpy")), "second": as_released}


def _files(submissions: dict[str, Submission]) -> Assignment:
    """A sheet of several notebooks with files beside them."""
    notebooks = {"first": _files_notebook(), "second": _second_notebook()}
    return Assignment("files", notebooks, submissions, {"data/table.csv": b"1\n2\n3\n", "helper.py": b"answer = 42\n"})


_FILES: Final = _files(
    {
        "complete": Submission(_COMPLETE, {"mine.py": b"value = 0.5"}),
        "changed_files": Submission(
            {"first": _READS, "second": as_released},
            {"data/table.csv": b"7 8 9", "helper.py": b"answer = 7", "mine.py": b""},
        ),
        "one_missing": Submission({"second": writing(read="x = 1")}, {"mine.py": b"value = 1"}),
        "extra_notebook": Submission({**_COMPLETE, "first copy": b"no notebook at all"}),
    }
)
_RARE_FILES: Final = _files(
    {
        "other_missing": Submission({"first": _READS}, {"mine.py": b"value = 1\nprint('imported')"}),
        "module_hides_helper": Submission(_COMPLETE, {"helper/__init__.py": b"answer = 7"}),
        "module_hides_library": Submission(_LIBRARY, {"numpy.py": b"1 / 0", "mine.py": b"value = 1"}),
        "nested": Submission(_COMPLETE, {"a/b/c.txt": b"c", "mine/__init__.py": b"value = 0.25"}),
    }
)

PLAIN: Final = CourseDescription("plain", [OUTPUTS, squares(ANSWERS), _FILES])
RANDOM: Final = CourseDescription("random", [squares({f"seed_{seed}": random_answer(seed) for seed in range(40)})])
HANGING: Final = CourseDescription("hanging_answers", [squares(HANGING_ANSWERS)], SHORT_CLOCK)
RARE: Final = CourseDescription("rare", [squares(RARE_ANSWERS), _RARE_FILES])
REFUSED: Final = CourseDescription("refused_answers", [squares(REFUSED_ANSWERS)])
REPEATING: Final = CourseDescription(
    "repeating", [squares({name: answer for name, (answer, _) in REPEATING_ANSWERS.items()})]
)


def _graded_late() -> NotebookNode:
    return notebook(solution("a", "a = 1"), tests("test_a", 5, "assert a == 1"), by_hand("why", 3, "Because."))


def _late(timestamp: str, change: Change = writing(a="a = 1")) -> Submission:  # noqa: B008  # changes have no state
    return Submission({"late": change}, {"timestamp.txt": timestamp.encode()})


_DEADLINE: Final = "2015-02-02 15:00:00 UTC"
_LATE_PLUGIN: Final = b'''from nbgrader.plugins import BasePlugin


class PerHour(BasePlugin):
    """One point for each hour, and a present for those who are very late."""

    def late_submission_penalty(self, student_id, score, total_seconds_late):
        hours = total_seconds_late / 3600
        return -1 if hours > 100 else hours
'''


def _late_course(name: str, configuration: str = "", **files: bytes) -> CourseDescription:
    """A course with submissions before and after the deadline."""
    submissions = {
        "two_hours_late": _late("2015-02-02 17:00:00 UTC"),
        "two_hours_late_and_wrong": _late("2015-02-02 17:00:00 UTC", as_released),
        "ten_hours_late": _late("2015-02-02 17:00:00 America/Los_Angeles"),
        "months_late": _late("2015-05-02 17:00:00 UTC"),
        "no_timestamp": Submission({"late": writing(a="a = 1")}),
    }
    return CourseDescription(
        name, [Assignment("late", {"late": _graded_late()}, submissions, due=_DEADLINE)], configuration, files
    )


LATE: Final = [
    _late_course("late_is_zero", "c.LateSubmissionPlugin.penalty_method = 'zero'\n"),
    _late_course(
        "late_by_plugin",
        "c.AssignLatePenalties.plugin_class = 'late_plugin.PerHour'\n",
        **{"late_plugin.py": _LATE_PLUGIN},
    ),
]


def _noisy() -> NotebookNode:
    return notebook(
        solution("a", "a = 1"),
        tests("warned", 1, "import warnings\nwarnings.warn('known and harmless')"),
        tests(
            "warned_twice",
            1,
            "import sys\nwarnings.warn('known and harmless')\nsys.stderr.flush()\ndisplay(1)\nprint('another',"
            " file=sys.stderr)",
        ),
        tests("wrong", 1, "assert a == 1"),
        tests("hidden", 2, "a\n#>> secret\nassert a == 1\n#<< secret"),
        tests("lines", 1, "for i in range(9): print(i)\nsys.stdout.flush()\nprint('oh', file=sys.stderr)"),
    )


CONFIGURED: Final = CourseDescription(
    "configured",
    [
        Assignment(
            "noisy",
            {"noisy": _noisy()},
            {
                "right": Submission({"noisy": writing(a="a = 1")}),
                "wrong": Submission({"noisy": writing(a="a = 0.5")}),
                "untouched": Submission({"noisy": as_released}),
                "without_tests": Submission(
                    {"noisy": in_turn(writing(a="a = 1"), deleting("warned", "wrong", "hidden"))}
                ),
                "excluded": Submission({"noisy": as_released}),
            },
            {"shared.txt": b"shared", "own.txt": b"own"},
        )
    ],
    """
c.IgnorePattern.enabled = True
c.IgnorePattern.pattern = ".*known and harmless.*"
c.LimitOutput.max_lines = 5
c.OverwriteCells.add_missing_cells = True
c.ClearSolutions.code_stub = {"python": "# write here"}
c.ClearHiddenTests.begin_test_delimeter = "#>> secret"
c.ClearHiddenTests.end_test_delimeter = "#<< secret"
c.Autograde.exclude_overwriting = {"noisy": ["own.txt"]}
c.CourseDirectory.student_id_exclude = "excluded,nobody"
""",
)


def _over_the_points() -> NotebookNode:
    return notebook(tests("lost", 1, "2"), tests("kept", 1, "assert True"))


#: What nbgrader itself gives up on, together with all other cells of the submission.
BEYOND: Final = CourseDescription(
    "beyond",
    [
        Assignment("over", {"over": _over_the_points()}, {"group": Submission({"over": as_released})}),
        Assignment(
            "infinite",
            {"infinite": notebook(tests("lost", 1, "float('inf')"), tests("kept", 1, "assert True"))},
            {"group": Submission({"infinite": as_released})},
        ),
        Assignment(
            "dies",
            {"dies": notebook(solution("f", "x = 1"), tests("lost", 1, "f()"), tests("kept", 1, "assert True"))},
            {
                "ends_itself": Submission({"dies": writing(f="import os\ndef f(): os._exit(0)")}),
                "crashes": Submission({"dies": writing(f="import ctypes\ndef f(): ctypes.string_at(0)")}),
                "will_not_stop": Submission(
                    {
                        "dies": writing(
                            f=(
                                "import time\ndef f():\n    while True:\n        try:\n            time.sleep(9)\n     "
                                "   except BaseException: pass"
                            )
                        )
                    }
                ),
                "quits": Submission({"dies": in_turn(writing(f="def f(): pass"), inserting("lost", code("quit()")))}),
                "floods": Submission({"dies": writing(f="def f():\n    while True: print('x' * 1000)")}),
            },
        ),
        Assignment(
            "damaged",
            {"damaged": _over_the_points()},
            {
                "no_json": Submission({"damaged": b"not a notebook"}),
                "empty_file": Submission({"damaged": b""}),
                "half_a_file": Submission({"damaged": to_bytes(_over_the_points())[:200]}),
                "other_json": Submission({"damaged": json.dumps({"cells": "none"}).encode()}),
                "unknown_format": Submission(
                    {"damaged": json.dumps({"nbformat": 99, "nbformat_minor": 0, "metadata": {}, "cells": []}).encode()}
                ),
            },
        ),
    ],
    SHORT_CLOCK,
)
