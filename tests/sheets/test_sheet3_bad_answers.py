"""Sheet 3: its graders against answers that return anything at all, fail, or never end."""

from __future__ import annotations

import pytest

from sheetgrader.audit.variant_grading import VariantGrading, cell_of, lost
from sheetgrader.results import Outcome

from .assertions import assert_all_points, assert_at_most, assert_judged_in_words, assert_only_these_lose
from .junk import JUNK, TOOLS, being, doing
from .sheets import SHEET3


@pytest.fixture(scope="module")
def sheet(graded_sheet) -> VariantGrading:
    return graded_sheet(SHEET3)


#: Every answer that others may build on does so.
BUILDING_ON_OTHERS = {
    "ex1b_code": SHEET3.variant("ex1b/right_walks_through_the_graph").source,
    "ex1c_code": SHEET3.variant("ex1c/right_walks_back_through_the_graph").source,
    "ex2b_code": SHEET3.variant("ex2b/right_by_adam_step").source,
    "ex2d_code": SHEET3.variant("ex2d/right_decay_afterwards").source,
    "ex3d_code": SHEET3.variant("ex3d/right_torch_schedulers").source,
    "ex3f_code": SHEET3.variant("ex3f/right_two_networks").source,
}
#: What others build on.
BUILT_ON = ("ex1a", "ex2a", "ex3a", "ex3c", "ex3e", "bonus4a")


@pytest.mark.slow
@pytest.mark.parametrize("body", ["return None", "raise ValueError('no')", "return float('nan')", "return 'text'"])
def test_a_broken_answer_costs_its_own_question_only(sheet, body):
    broken = {question.code: doing(body, question) for question in SHEET3.answered if question.name in BUILT_ON}
    assert_only_these_lose(sheet.grade({**BUILDING_ON_OTHERS, **broken}), BUILT_ON, SHEET3.answered)


@pytest.mark.slow
def test_a_mistake_costs_its_own_question_only(sheet):
    answers = {
        **BUILDING_ON_OTHERS,
        "ex1a_code": SHEET3.variant("ex1a/wrong_square_of_x").source,
        "ex2a_code": SHEET3.variant("ex2a/wrong_plus_sign").source,
        "ex3a_code": SHEET3.variant("ex3a/wrong_vectors").source,
        "ex3c_code": (
            "from torch import nn\n\nclass MeanMLP(nn.Linear):\n    def __init__(self):\n        super().__init__(2, 1)"
        ),
        "ex3e_code": SHEET3.variant("ex3e/wrong_standard_deviation").source,
        "bonus4a_code": SHEET3.variant("bonus4a/wrong_bound").source,
    }
    assert_only_these_lose(sheet.grade(answers), BUILT_ON, SHEET3.answered)


@pytest.mark.slow
def test_training_that_never_ends_costs_its_own_question_only(sheet):
    forever = "    while True:\n        model(torch.as_tensor(x))\n"
    code = (
        TOOLS
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
    assert_all_points(result, [question for question in SHEET3.answered if question.name != "ex3c"])


@pytest.mark.slow
def test_functions_that_never_end_are_judged(sheet):
    answers = {question.code: doing("while True: pass", question) for question in SHEET3.answered}
    result = sheet.grade(answers, call_seconds=1, question_seconds=10)
    cells = [cell_of(result, question.test) for question in SHEET3.answered]
    assert_judged_in_words(cells)
    assert_at_most(0, cells)


@pytest.mark.slow
@pytest.mark.parametrize(
    "junk",
    [
        name
        for name in JUNK[SHEET3]
        if name.startswith("a module") or name in ("None", "text", "an object that refuses")
    ],
)
def test_whatever_a_trained_model_answers_is_judged(sheet, junk):
    """Models are junk, while the functions that train them return a list of losses of the right length."""

    def training(name: str) -> str:
        return f"\n\ndef {name}(model, x, y, epochs, seed):\n    return [1 / (1 + epoch) for epoch in range(epochs)]\n"

    questions = [question for question in SHEET3.answered if question.name in ("ex3c", "ex3f", "bonus4a")]
    answers = {question.code: being(JUNK[SHEET3][junk], question) for question in questions}
    answers["ex3c_code"] += training("train_mean")
    answers["ex3f_code"] += training("train_mean_variance")
    answers["bonus4a_code"] += "\n\ndef block_bound(lipschitz_f):\n    return 1 + lipschitz_f\n"
    result = sheet.grade({**answers, "ex3d_code": ""})
    cells = [cell_of(result, question.test) for question in questions]
    assert_judged_in_words(cells)
    assert_at_most(0.5, cells)
