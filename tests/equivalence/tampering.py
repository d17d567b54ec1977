"""What groups do to one notebook: right and wrong answers, tricks, and cells that are deleted, repeated, renamed or
relabelled.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import nbformat
from nbformat import NotebookNode

from .courses import Assignment, Submission
from .notebooks import (
    Change,
    as_released,
    by_hand,
    cell_of,
    code,
    deleting,
    in_turn,
    inserting,
    locked,
    notebook,
    relabelling,
    repeating,
    solution,
    task,
    tests,
    text,
    to_bytes,
    writing,
)


def _squares() -> NotebookNode:
    return notebook(
        text("# Squares"),
        code("import math"),
        locked("helpers", "def close(a, b):\n    return abs(a - b) < 1e-9"),
        text("Write squares."),
        solution("squares", "def squares(n):\n    return [i ** 2 for i in range(1, n + 1)]"),
        code("squares(10)"),
        tests("squares_small", 1, "assert squares(3) == [1, 4, 9]"),
        tests(
            "squares_hidden",
            2,
            "assert squares(1) == [1]\n### BEGIN HIDDEN TESTS\nassert squares(0) == []\nassert len(squares(50)) =="
            " 50\n### END HIDDEN TESTS",
        ),
        tests("squares_partly", 3, "sum(squares(n) == [i * i for i in range(1, n + 1)] for n in (1, 2, 5))"),
        solution("root", "def root(x):\n    return math.sqrt(x)"),
        tests("root_close", 1.5, "assert close(root(2.0), 1.4142135623730951)"),
        by_hand("why", 2, "Because of the definition."),
        by_hand("plot", 3, "### BEGIN SOLUTION\nresult = squares(4)\n### END SOLUTION", "code"),
        task("report", 4, "Write a report.\n\n=== BEGIN MARK SCHEME ===\n4 for all\n=== END MARK SCHEME ==="),
        tests("end", 0, "assert True"),
        kernel="python3",
    )


_RIGHT: Final = writing(
    squares="def squares(n):\n    return [i * i for i in range(1, n + 1)]",
    root="root = math.sqrt",
    why="Since.",
    plot="result = 1",
)


def _without_language(released: NotebookNode) -> NotebookNode:
    released.metadata = nbformat.from_dict({})
    return released


def _other_kernel(released: NotebookNode) -> NotebookNode:
    released.metadata.kernelspec = nbformat.from_dict(
        {"name": "julia-1.9", "display_name": "Julia", "language": "julia"}
    )
    return released


def _with_outputs(released: NotebookNode) -> NotebookNode:
    for cell in released.cells:
        if cell.cell_type == "code":
            cell.outputs = [nbformat.v4.new_output("stream", name="stderr", text="left over")]
            cell.execution_count = 77
    return released


def _as_format_4_4(released: NotebookNode) -> NotebookNode:
    released.nbformat_minor = 4
    for cell in released.cells:
        cell.pop("id", None)
    return released


def _shuffled(released: NotebookNode) -> NotebookNode:
    released.cells = released.cells[::-1]
    return released


def _tests_first(released: NotebookNode) -> NotebookNode:
    first = cell_of(released, "squares_small")
    released.cells = [first, *(cell for cell in released.cells if cell is not first)]
    return released


def _turned_into_text(grade_id: str) -> Change:
    def change(released: NotebookNode) -> NotebookNode:
        cell = cell_of(released, grade_id)
        cell.cell_type = "markdown"
        del cell["outputs"], cell["execution_count"]
        return released

    return change


def _without_labels(grade_id: str) -> Change:
    def change(released: NotebookNode) -> NotebookNode:
        del cell_of(released, grade_id).metadata["nbgrader"]
        return released

    return change


def _tagged(grade_id: str, *tags: str) -> Change:
    def change(released: NotebookNode) -> NotebookNode:
        cell_of(released, grade_id).metadata["tags"] = list(tags)
        return released

    return change


_LIST: Final = "[i * i for i in range(1, n + 1)]"
_SQUARES: Final = f"def squares(n):\n    return {_LIST}"

#: What groups often do with the notebook on squares.
ANSWERS: Final[Mapping[str, Change | bytes]] = {
    "untouched": as_released,
    "right": _RIGHT,
    "right_with_outputs": in_turn(_RIGHT, _with_outputs),
    "right_with_another_kernelspec": in_turn(_RIGHT, _other_kernel),
    "some_right": writing(squares="def squares(n):\n    return [1, 4, 9][:n]"),
    "hidden_wrong": writing(squares=f"{_SQUARES} or None"),
    "warns": writing(squares=f"import warnings\ndef squares(n):\n    warnings.warn('slow')\n    return {_LIST}"),
    "prints": writing(squares=f"def squares(n):\n    print('working on', n)\n    return {_LIST}"),
    "leaves": writing(squares="import sys\ndef squares(n):\n    sys.exit(0)"),
    "redefines_helpers": writing(root="def root(x): return 0\nclose = lambda a, b: True"),
    "redefines_squares_later": in_turn(_RIGHT, inserting("squares_partly", code("squares = lambda n: []"))),
    "hides_tracebacks": writing(squares="get_ipython().showtraceback = lambda *a, **k: None\ndef squares(n): return 7"),
    "changes_folder": in_turn(_RIGHT, inserting("squares", code("import os\nos.makedirs('sub')\nos.chdir('sub')"))),
    "breaks_cells_of_its_own": in_turn(
        _RIGHT, inserting("squares", code("1 / 0"), code("def ("), code("%nosuch"), text("~~"), code(""))
    ),
    "deletes_a_test": in_turn(_RIGHT, deleting("squares_small")),
    "deletes_a_solution": deleting("squares"),
    "deletes_by_hand": in_turn(_RIGHT, deleting("why", "plot")),
    "deletes_a_task": in_turn(_RIGHT, deleting("report")),
    "rewrites_a_test": writing(squares_small="assert True", squares_hidden="2", squares_partly="3"),
    "more_points": in_turn(
        _RIGHT, relabelling("squares_small", points=100), relabelling("why", points=50), relabelling("report", points=9)
    ),
    "unlocked": in_turn(writing(squares_small="assert True"), relabelling("squares_small", locked=False)),
    "answer_as_test": in_turn(_RIGHT, relabelling("plot", solution=False)),
    "no_labels_on_a_test": in_turn(_RIGHT, _without_labels("squares_small")),
    "skips_tests": in_turn(_tagged("squares_small", "skip-execution"), _tagged("squares_partly", "skip-execution")),
    "shuffled": in_turn(_RIGHT, _shuffled),
    "empty_notebook": to_bytes(notebook()),
}

HANGING_ANSWERS: Final[Mapping[str, Change | bytes]] = {
    "hangs_at_once": writing(squares="while True: pass", root="root = math.sqrt"),
    "hangs": writing(squares="def squares(n):\n    while True: pass", root="root = math.sqrt"),
}

_EQUAL_TO_ALL: Final = """class Three:
    def __eq__(self, other): return Three()
    def __radd__(self, other): return self
    def __add__(self, other): return self
    def __len__(self): return 50
    def __repr__(self): return '3.0'
def squares(n): return Three()"""
_WITHOUT_ASSERTS: Final = """import ast
class NoAsserts(ast.NodeTransformer):
    def visit_Assert(self, node): return ast.Pass()
get_ipython().ast_transformers.append(NoAsserts())
def squares(n): return 7"""
_WITHOUT_TRACEBACKS: Final = """import IPython.core.interactiveshell as s
s.InteractiveShell.showtraceback = lambda *a, **k: None
def squares(n): return 7"""

#: What few groups do.
RARE_ANSWERS: Final[Mapping[str, Change | bytes]] = {
    "right_in_format_4_4": in_turn(_RIGHT, _as_format_4_4),
    "right_without_kernelspec": in_turn(_RIGHT, _without_language),
    "returns_nothing": writing(squares="def squares(n): pass", root="def root(x): return None"),
    "warns_always": writing(
        squares=(
            "import warnings\nwarnings.simplefilter('always')\ndef squares(n):\n    warnings.warn('slow')\n    return"
            f" {_LIST}"
        )
    ),
    "deletes_helpers": in_turn(_RIGHT, inserting("root_close", code("del close"))),
    "patches_assertion": in_turn(
        writing(squares="def squares(n): return 7"), inserting("squares", code("AssertionError = ValueError"))
    ),
    "hides_tracebacks_in_class": writing(squares=_WITHOUT_TRACEBACKS),
    "silences_stderr": writing(
        squares=(
            "import sys\nsys.stderr = open('/dev/null', 'w')\ndef squares(n):\n    print('oh', file=sys.stderr)\n   "
            " return [1]"
        )
    ),
    "swaps_streams": writing(
        squares=(
            "import sys\nsys.stderr = sys.stdout\ndef squares(n):\n    print('oh', file=sys.stderr)\n    return [1,"
            " 4, 9]"
        )
    ),
    "shows_points": writing(squares="def squares(n):\n    display(3)\n    return 7"),
    "points_by_repr": writing(squares=_EQUAL_TO_ALL),
    "removes_asserts": writing(squares=_WITHOUT_ASSERTS),
    "shows_all": writing(squares=f"get_ipython().ast_node_interactivity = 'all'\n{_SQUARES}"),
    "asks_for_input": in_turn(_RIGHT, inserting("squares", code("n = int(input())"))),
    "deletes_all_tests": in_turn(
        _RIGHT, deleting("squares_small", "squares_hidden", "squares_partly", "root_close", "end")
    ),
    "deletes_a_locked_cell": in_turn(_RIGHT, deleting("helpers")),
    "rewrites_a_locked_cell": writing(helpers="close = lambda a, b: True", root="root = abs"),
    "rewrites_a_task": in_turn(_RIGHT, writing(report="My report")),
    "no_points": in_turn(_RIGHT, relabelling("squares_small", points=0)),
    "not_a_solution": in_turn(_RIGHT, relabelling("squares", solution=False)),
    "swapped_names": in_turn(
        _RIGHT,
        relabelling("squares_small", grade_id="x"),
        relabelling("squares_hidden", grade_id="squares_small"),
        relabelling("x", grade_id="squares_hidden"),
    ),
    "no_checksum": relabelling("why", checksum=None),
    "other_checksum": relabelling("plot", checksum="0" * 32),
    "no_labels_on_a_solution": in_turn(_RIGHT, _without_labels("squares")),
    "no_labels_on_an_answer": in_turn(_RIGHT, _without_labels("why")),
    "expects_exceptions": in_turn(
        _tagged("squares_small", "raises-exception"), _tagged("squares_partly", "raises-exception")
    ),
    "test_as_text": in_turn(_RIGHT, _turned_into_text("squares_small")),
    "solution_as_text": in_turn(_RIGHT, _turned_into_text("squares")),
    "tests_first": in_turn(_RIGHT, _tests_first),
    "somebody_elses_notebook": to_bytes(notebook(code("print('hello')"), text("nothing"), kernel=None)),
}

#: What nbgrader refuses.
REFUSED_ANSWERS: Final[Mapping[str, Change | bytes]] = {
    "points_as_text": in_turn(_RIGHT, relabelling("squares_small", points="1")),
    "test_as_solution": in_turn(_RIGHT, relabelling("squares_small", solution=True)),
    "not_graded": in_turn(_RIGHT, relabelling("squares_small", grade=False)),
    "renamed_test": in_turn(_RIGHT, relabelling("squares_small", grade_id="mine")),
    "renamed_solution": in_turn(_RIGHT, relabelling("squares", grade_id="mine")),
}

#: What nbgrader refuses although there is an obvious way to grade it, and what the notebook is worth.
REPEATING_ANSWERS: Final[Mapping[str, tuple[Change | bytes, float]]] = {
    "repeats_a_test_below": (in_turn(_RIGHT, repeating("squares_small", "assert False")), 7.5),
    "repeats_a_test_above": (in_turn(_RIGHT, repeating("squares_small", "assert True", above=True)), 7.5),
    "repeats_a_solution": (in_turn(_RIGHT, repeating("squares", "def squares(n): return 7")), 1.5),
    "repeats_an_answer": (in_turn(_RIGHT, repeating("why", "Another answer.")), 7.5),
}


def squares(answers: Mapping[str, Change | bytes]) -> Assignment:
    """A sheet with the notebook on squares, answered in these ways by groups of the same names."""
    return Assignment(
        "squares", {"squares": _squares()}, {name: Submission({"squares": answer}) for name, answer in answers.items()}
    )
