"""Sheet 1: its facts against NumPy, and what each mistake is told as."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np
import pytest

from sheetgrader.audit.variant_grading import VariantGrading, cell_of
from sheetgrader.results import Outcome

from .assertions import assert_all_points
from .sheets import SHEET1
from .solutions import source_of


@pytest.fixture(scope="module")
def sheet(graded_sheet) -> VariantGrading:
    return graded_sheet(SHEET1)


# The notebook


def test_every_answer_is_one_function(sheet):
    for question in SHEET1.answered:
        code = source_of(sheet.skeletons[SHEET1.name], question.code)
        (function,) = ast.parse(code).body
        assert ast.get_source_segment(code, function) == code, question.name


def test_the_skeleton_shows_the_printed_example(sheet):
    assert any("[0.5, -1.0, 2.0, 1.0]" in cell.source for cell in sheet.skeletons[SHEET1.name].cells)


# The facts


def test_the_printed_example_of_question_5():
    x = np.array([0.5, -1, 2, 1])
    W1 = np.array([[-0.2, 0.9, 0.4], [-0.1, 0.3, 0.4], [0.2, 0.5, -0.7], [0.2, -0.5, 0.5]])
    W2 = np.array([[0.6, -0.2], [-0.1, 0.8], [-0.5, -0.3]])
    h = np.maximum(0, x @ W1)
    o = h @ W2
    np.testing.assert_allclose(h, [0.6, 0.65, 0], atol=1e-12)
    np.testing.assert_allclose(o, [0.295, 0.4], atol=1e-12)
    np.testing.assert_allclose(np.exp(o) / np.exp(o).sum(), [0.473774, 0.526226], atol=5e-7)


def test_the_tiny_network_is_not_convex_where_the_model_answer_says(sheet):
    names: dict[str, Any] = {"np": np}
    # The sheet's own cell.
    exec(next(cell.source for cell in sheet.sources[SHEET1.name].cells if cell.id == "ex2c_network"), names)  # noqa: S102
    loss = names["tiny_network_loss"]
    w0, w1 = np.array([1.0, -1, 1, 1]), np.array([-1.0, 1, 1, 1])
    assert (loss(w0), loss(w1), loss((w0 + w1) / 2)) == (0.0, 0.0, 2.0)


# The graders


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("while True: pass", marks=pytest.mark.slow),
        "import os; os._exit(0)",
        "raise ValueError",
        "return None",
        "return 3 * x",
    ],
)
def test_a_mistake_in_the_sigmoid_costs_its_own_question_only(sheet, body):
    answers = {
        "ex1a_code": f"def sigmoid(x):\n    {body}",
        "ex1d_code": "def tanh_derivative(x):\n    return 1 - tanh_from_sigmoid(x) ** 2",
    }
    result = sheet.grade(answers, call_seconds=1, cell_seconds=5)
    assert cell_of(result, "ex1a_test").points < 0.1
    assert_all_points(result, [question for question in SHEET1.answered if question.name != "ex1a"])


#: What each mistake in a training script is told as, by the variant that makes it.
TOLD = {
    "ex6a/wrong_options": "unrecognized arguments: --seed",
    "ex6a/wrong_writes_nothing": "wrote no metrics.json into its output folder; it is empty",
    "ex6a/wrong_writes_ten_gigabytes": "wrote more than the 64 MiB that it may",
    "ex6a/wrong_pickle_bomb": "because it holds more than tensors",
    # After 20 s of a processor's time, or after 60 s where the machine is busy.
    "ex6a/wrong_never_ends": "0 s and was stopped",
    "ex6a/wrong_trains_at_import": "train_fashion_mnist.py cannot be imported: SystemExit",
    "ex6a/wrong_writes_at_import": "Importing the script wrote 1 files, started.txt among them",
    "ex6c/wrong_no_zero_grad": "The gradient of the step before was still there",
    "ex6c/wrong_rate_of_zero": "is the learning rate 0?",
    "ex6c/wrong_trains_on_the_test_set": "cannot know without having been trained on them",
    "ex6c/wrong_made_up": "metrics.json reports test_accuracy 0.9700; the network in model.pt reaches",
    "ex6c/wrong_labels_shuffled": "were trained towards another class than they have in load_splits",
    "ex6c/wrong_untrained_model": "of its own training images; the best constant guess is right for",
    "ex6c/wrong_adam": "the optimizer is called Adam",
    "ex6c/wrong_one_hidden_layer": "uses 2 weight matrices; two hidden layers and the output make three",
    "ex6c/wrong_two_epochs": "reports 10 epochs and a history of 2 entries",
    "ex6c/wrong_other_model": "The weights in model.pt do not fit the network of build_model()",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", TOLD)
def test_each_mistake_in_training_is_told_by_its_own_sentence(sheet, name):
    result = sheet.grade(variants=[SHEET1.variant(name)])
    messages = [
        criterion.message for cell in result.cells for criterion in cell.criteria if cell.grade_id.startswith("ex6")
    ]
    assert any(TOLD[name] in message for message in messages), messages
    assert Outcome.NOT_JUDGED not in {criterion.outcome for cell in result.cells for criterion in cell.criteria}
