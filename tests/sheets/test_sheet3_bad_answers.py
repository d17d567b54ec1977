"""Sheet 3: its graders against answers that return anything at all, fail, or never end."""

from __future__ import annotations

import pytest

from sheetgrader.results import CellResult, Outcome, SubmissionResult

from .sheet3 import CODE, SHEET
from .variants import GradedSheet, cell_of, lost, variants_of

VARIANTS = variants_of(SHEET)


#: What a function or a constructor returns in the place of an answer.
JUNK = {
    "None": "None",
    "text": "'a number'",
    "an object": "object()",
    "not finite": "float('inf')",
    "NaN in the right shape": "np.full(np.shape(values[0] if values else 0.0), np.nan)",
    "huge in the right shape": "np.full(np.shape(values[0] if values else 0.0), 1e308)",
    "complex numbers": "np.full((3, 1), 1j)",
    "a huge integer": "10**400",
    "nothing at all": "[]",
    "a ragged list": "[[1.0, 2.0], [3.0]]",
    "a list in itself": "endless",
    "two objects": "(object(), None)",
    "three objects": "(object(), None, 'x')",
    "entries that are none": "[('a', 'exp', None), ('b', 3, ('a',)), (None,), 7]",
    "unhashable names": "[([], 'exp', ('x',)), ('b', [], ([],))]",
    "two huge arrays": "(np.full(3, 1e308), np.full(2, 1e308))",
    "three huge arrays": "(np.full(np.shape(values[0]) if values else 3, 1e308),) * 3",
    "three negative arrays": "(np.full(np.shape(values[0]) if values else 3, -1.0),) * 3",
    "four columns": "(np.zeros((660, 1)), np.zeros((660, 1)), np.zeros((340, 1)), np.zeros((340, 1)))",
    "four columns without rows": "(np.zeros((0, 1)),) * 4",
    "a dictionary of nothing": "{'too_big': None, 'too_small': (), 'scheduled': ([], [])}",
    "a dictionary of texts": "{'too_big': ('a', 'b'), 'too_small': ('a', 'b'), 'scheduled': ('a', 'b')}",
    "two hundred losses": "list(range(200, 0, -1))",
    "a module without weights": "nn.Identity()",
    "a module with other weights": "nn.Linear(5, 7)",
    "a module that raises": "Raising()",
    "a module that returns objects": "Returning(object())",
    "a module that returns NaN": "Returning(torch.full((3, 1), torch.nan))",
    "a module in double precision": "nn.Linear(1, 1).double()",
    "a module that stores integers": "Integers()",
    "a module with huge outputs": "Scaling(1e300)",
    "a module whose outputs change their sign": "Scaling(-1e30)",
    "a class": "nn.Linear",
    "an array of objects": "np.array([object(), None])",
    "an object that refuses": "Refusing()",
    "a huge array": "np.zeros((4000, 4000))",
    "an iterator without an end": "itertools.count()",
    "a generator": "(value for value in 'abc')",
}
#: What is tried each time.
QUICK = ("NaN in the right shape", "three objects")
#: What the bodies of bad answers use.
PRELUDE = """
import itertools

import numpy as np
import torch
from torch import nn

endless = []
endless.append(endless)


class Refusing:
    def __getattr__(self, name):
        raise OSError(name)

    def __array__(self, *arguments, **keywords):
        raise KeyError("no")


class Raising(nn.Module):
    def forward(self, x):
        raise KeyError("no")


class Returning(nn.Module):
    def __init__(self, value):
        super().__init__()
        self.value = value

    def forward(self, x):
        return self.value


class Scaling(nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, x):
        return x * self.factor * self.weight


class Integers(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(32, dtype=torch.int64), requires_grad=False)

    def forward(self, x):
        return x * self.weight.sum()
"""


@pytest.fixture(scope="module")
def sheet(graded_sheet) -> GradedSheet:
    return graded_sheet(SHEET)


def source_of(variant: str) -> str:
    (found,) = [each.source for each in VARIANTS if str(each) == variant]
    return found


#: Every answer that others may build on does so.
BUILDING_ON_OTHERS = {
    "ex1b_code": source_of("ex1b/right_walks_through_the_graph"),
    "ex1c_code": source_of("ex1c/right_walks_back_through_the_graph"),
    "ex2b_code": source_of("ex2b/right_by_adam_step"),
    "ex2d_code": source_of("ex2d/right_decay_afterwards"),
    "ex3d_code": source_of("ex3d/right_torch_schedulers"),
    "ex3f_code": source_of("ex3f/right_two_networks"),
}
#: What others build on.
BUILT_ON = ("ex1a", "ex2a", "ex3a", "ex3c", "ex3e", "bonus4a")


def returning(body: str, *questions: str) -> dict[str, str]:
    """Return answers to these questions all of whose functions and constructors have the same body."""
    return {
        f"{question.name}_code": (
            PRELUDE
            + "".join(f"\n\ndef {name.split('(')[0]}(*values, **more):\n    {body}\n" for name in question.defines)
        )
        for question in CODE
        if question.name in questions
    }


def assert_others_keep_their_points(result: SubmissionResult) -> None:
    for question in CODE:
        cell = cell_of(result, f"{question.name}_test")
        if question.name in BUILT_ON:
            assert cell.points < cell.max_points, question.name
        else:
            assert cell.points == cell.max_points, (question.name, lost(cell))


@pytest.mark.slow
@pytest.mark.parametrize("body", ["return None", "raise ValueError('no')", "return float('nan')", "return 'text'"])
def test_a_broken_answer_costs_its_own_question_only(sheet, body):
    assert_others_keep_their_points(sheet.grade({**BUILDING_ON_OTHERS, **returning(body, *BUILT_ON)}))


@pytest.mark.slow
def test_a_mistake_costs_its_own_question_only(sheet):
    answers = {
        **BUILDING_ON_OTHERS,
        "ex1a_code": source_of("ex1a/wrong_square_of_x"),
        "ex2a_code": source_of("ex2a/wrong_plus_sign"),
        "ex3a_code": source_of("ex3a/wrong_vectors"),
        "ex3c_code": (
            "from torch import nn\n\nclass MeanMLP(nn.Linear):\n    def __init__(self):\n        super().__init__(2, 1)"
        ),
        "ex3e_code": source_of("ex3e/wrong_standard_deviation"),
        "bonus4a_code": source_of("bonus4a/wrong_bound"),
    }
    assert_others_keep_their_points(sheet.grade(answers))


@pytest.mark.slow
def test_training_that_never_ends_costs_its_own_question_only(sheet):
    forever = "    while True:\n        model(torch.as_tensor(x))\n"
    code = (
        PRELUDE
        + f"""

def MeanMLP():
    return nn.Sequential(nn.Linear(1, 32), nn.ReLU(), nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 1))


def train_mean(model, x, y, epochs, seed):
{forever}"""
    )
    result = sheet.grade({"ex3c_code": code})
    outcomes = {criterion.outcome for criterion in cell_of(result, "ex3c_test").criteria}
    assert outcomes == {Outcome.RIGHT, Outcome.TIMED_OUT}
    assert "did not finish within" in next(iter(lost(cell_of(result, "ex3c_test")).values()))
    for question in CODE:
        cell = cell_of(result, f"{question.name}_test")
        assert question.name == "ex3c" or cell.points == cell.max_points, (question.name, lost(cell))


@pytest.mark.slow
def test_functions_that_never_end_are_judged(sheet):
    result = sheet.grade(
        returning("while True: pass", *(question.name for question in CODE)), call_seconds=1, question_seconds=10
    )
    for question in CODE:
        assert_judged_in_words(cell_of(result, f"{question.name}_test"), at_most=0)


def assert_judged_in_words(cell: CellResult, *, at_most: float) -> None:
    """Check that points are lost, none by a failure of the graders, and that a student is told why."""
    for criterion in cell.criteria:
        assert criterion.outcome is not Outcome.NOT_JUDGED, (criterion.name, criterion.detail)
        if criterion.fraction < 1:
            assert len(criterion.message) > 20, criterion.name
            for word in ("Traceback", "sheetgrader", "Looking at what you defined"):
                assert word not in criterion.message, (criterion.name, criterion.message)
    assert cell.points <= at_most * cell.max_points, (cell.grade_id, cell.points)


@pytest.mark.parametrize(
    "junk",
    [pytest.param(junk, id=name, marks=() if name in QUICK else pytest.mark.slow) for name, junk in JUNK.items()],
)
def test_whatever_comes_back_is_judged(sheet, junk):
    result = sheet.grade(returning(f"return {junk}", *(question.name for question in CODE)))
    for question in CODE:
        assert_judged_in_words(cell_of(result, f"{question.name}_test"), at_most=0.4)


@pytest.mark.slow
@pytest.mark.parametrize(
    "junk", [name for name in JUNK if name.startswith("a module") or name in ("None", "text", "an object that refuses")]
)
def test_whatever_a_trained_model_answers_is_judged(sheet, junk):
    """Models are junk, while the functions that train them return a list of losses of the right length."""

    def training(name: str) -> str:
        return f"\n\ndef {name}(model, x, y, epochs, seed):\n    return [1 / (1 + epoch) for epoch in range(epochs)]\n"

    answers = returning(f"return {JUNK[junk]}", "ex3c", "ex3f", "bonus4a")
    answers["ex3c_code"] += training("train_mean")
    answers["ex3f_code"] += training("train_mean_variance")
    answers["bonus4a_code"] += "\n\ndef block_bound(lipschitz_f):\n    return 1 + lipschitz_f\n"
    result = sheet.grade({**answers, "ex3d_code": ""})
    for name in ("ex3c", "ex3f", "bonus4a"):
        assert_judged_in_words(cell_of(result, f"{name}_test"), at_most=0.5)
