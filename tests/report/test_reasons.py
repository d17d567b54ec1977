from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from sheetgrader.report.reasons import Failures, Place, Reason, defines, explained
from sheetgrader.results import CellRun, Outcome


def _notebook(*sources: str) -> NotebookNode:
    return new_notebook(cells=[new_code_cell(source) for source in sources])


def _failures(notebook: NotebookNode, **failed: tuple[Outcome, str]) -> Failures:
    runs = [
        CellRun(notebook="sheet", cell=name.replace("_", " "), outcome=outcome, message=message)
        for name, (outcome, message) in failed.items()
    ]
    places = {position: Place(f"cell-1-{position + 1}", "1a) Sigmoid") for position in range(len(notebook.cells))}
    return Failures(notebook, runs, places)


def test_a_name_is_missing_because_an_earlier_cell_failed() -> None:
    notebook = _notebook("import google.colab\nimport numpy as np", "def f(x): return np.sum(x)", "# judged")
    failures = _failures(notebook, cell_1=(Outcome.RAISED, "ModuleNotFoundError: No module named 'google.colab'"))
    told = "It raised NameError: name 'np' is not defined"
    assert failures.of(told, 2) == (
        Reason(
            "`np` is missing because",
            "cell-1-1",
            "a cell in “1a) Sigmoid”",
            "failed: ModuleNotFoundError: No module named 'google.colab'.",
        ),
    )
    assert failures.of("f(2) was asked for. `f` is not defined.", 2) == ()


def test_the_nearest_cell_that_failed_is_named_and_syntax_errors_without_a_file() -> None:
    notebook = _notebook("f = 1", "def f(x)\n    return x", "# judged")
    failures = _failures(
        notebook,
        cell_1=(Outcome.TIMED_OUT, "it was stopped after 3 s, the limit for one cell"),
        cell_2=(Outcome.RAISED, "SyntaxError: expected ':' (2924601919.py, line 1)"),
    )
    (reason,) = failures.of("`f` is not defined.", 2)
    assert (reason.anchor, reason.rest) == ("cell-1-2", "failed: SyntaxError: expected ':' (line 1).")
    (reason,) = failures.of("`f` is not defined.", 1)
    assert reason.rest == "failed: it was stopped after 3 s, the limit for one cell."


def test_what_is_defined_further_down_comes_too_late() -> None:
    failures = _failures(_notebook("# judged", "f = abs"))
    (reason,) = failures.of("`f` is not defined.", 0)
    assert (reason.anchor, reason.rest) == ("cell-1-2", "defines it.")
    assert failures.of("`g` is not defined.", 0) == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "URLError: <urlopen error [Errno -3] Temporary failure in name resolution>",
            "The sheet is graded without a network: hand in",
        ),
        ("OSError: [Errno 101] Network is unreachable", "The sheet is graded without a network: hand in"),
        (
            "RuntimeError: Error downloading train-images-idx3-ubyte.gz",
            "The sheet is graded without a network: hand in",
        ),
        ("URLError: no (the sheet is graded without a network)", "Hand in what it needs"),
        ("ModuleNotFoundError: No module named 'google.colab'", "The sheet is graded without a network"),
        ("FileNotFoundError: No such file or directory: '/content/drive/a'", "The sheet is graded without a network"),
        ("ModuleNotFoundError: No module named 'tensorflow'", "`tensorflow` is neither a library"),
        ("FileNotFoundError: [Errno 2] No such file or directory: '../data/x.csv'", "That file is not there"),
        (
            "StdinNotImplementedError: raw_input was called, but this frontend does not support input requests.",
            "Nobody",
        ),
    ],
)
def test_errors_that_lie_in_where_it_is_graded_are_explained(text: str, told: str) -> None:
    (found,) = explained(text)
    assert found.startswith(told)


@pytest.mark.parametrize("text", ["", "ValueError: bad", "ConnectionRefusedError: [Errno 111] Connection refused"])
def test_other_errors_speak_for_themselves(text: str) -> None:
    assert explained(text) == []


@pytest.mark.parametrize(
    "source",
    [
        "f = 1",
        "a, f = 1, 2",
        "(a, f) = 1, 2",
        "f: int = 3",
        "f += 1",
        "def f(x): pass",
        "    async def f(): pass",
        "class f: pass",
        "class f(Base):",
        "import f",
        "from a import b as f, c",
        "for i, f in enumerate(x):",
        "with open('x') as f:",
    ],
)
def test_what_gives_a_name_a_value_defines_it(source: str) -> None:
    assert defines(f"# first\n{source}\n", "f")


@pytest.mark.parametrize(
    "source", ["", "print(f)", "f == 1", "g(f)[0] = 1", "# f", "def g(f): pass", "fun = 1", "x = f"]
)
def test_what_only_uses_a_name_does_not_define_it(source: str) -> None:
    assert not defines(source, "f")


@given(st.text())
def test_any_text_can_be_looked_through(source: str) -> None:
    assert defines(source, "f") in (True, False)


def test_many_names_in_much_code_take_no_more_than_a_moment() -> None:
    notebook = _notebook(*(["x = 1\n" * 1000] * 200))
    failures = _failures(notebook)
    begun = time.process_time()
    for number in range(5000):
        failures.of(f"`x{number}` is not defined.", 100)
    assert time.process_time() - begun < 5
