"""Sheet 4: answers that are no answers are judged in plain sentences, and cost points only where they stand."""

from __future__ import annotations

import ast
from collections.abc import Collection

import pytest

from sheetgrader.results import CellResult, Outcome, SubmissionResult

from .sheet4 import BONUS, CODE, SHEET
from .variants import GradedSheet, cell_of, lost

pytestmark = pytest.mark.slow

CLASSES = ("SmallAutoencoder", "LargeAutoencoder", "PCAAutoencoder")
#: Seconds for a cell, and for all calls of a question; an answer that never ends takes both.
SHORT = {"cell_seconds": 8, "question_seconds": 70}


@pytest.fixture(scope="module")
def sheet(graded_sheet) -> GradedSheet:
    return graded_sheet(SHEET)


@pytest.fixture(scope="module")
def right(sheet) -> dict[str, str]:
    """The definitions of the reference solution, without the training and the plots that follow them, by name."""
    found: dict[str, str] = {}
    for question in CODE:
        (source,) = [cell.source for cell in sheet.source.cells if cell.id == f"{question.name}_code"]
        for node in ast.parse(source).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and question.name not in BONUS:
                found[node.name] = ast.get_source_segment(source, node) or ""
    return found


def answers(right: dict[str, str], wrong: dict[str, str]) -> dict[str, str]:
    """Return the cells of question 1 with some definitions replaced by others."""
    cells = {}
    for question in CODE:
        if question.name not in BONUS:
            names = [name.partition("(")[0] for name in question.defines]
            cells[f"{question.name}_code"] = "\n\n\n".join(wrong.get(name, right[name]) for name in names)
    return cells


def assert_all_criteria_were_judged(result: SubmissionResult) -> None:
    for cell in result.cells:
        for criterion in cell.criteria:
            assert criterion.outcome is not Outcome.NOT_JUDGED, (criterion.name, criterion.detail)
            if criterion.fraction < 1:
                # What raised is told in the exception's own words.
                assert criterion.outcome is Outcome.RAISED or criterion.message.endswith("."), (
                    criterion.name,
                    criterion.message,
                )
                assert len(criterion.message.split()) > 5, (criterion.name, criterion.message)
                for word in ("Traceback", "assert", "grader_tests", "StudentError"):
                    assert word not in criterion.message, (criterion.name, criterion.message)


def assert_only_these_lose(result: SubmissionResult, losing: Collection[str]) -> None:
    assert_all_criteria_were_judged(result)
    for question in CODE:
        cell: CellResult = cell_of(result, f"{question.name}_test")
        assert (cell.points < cell.max_points) == (question.name in losing), (question.name, lost(cell))


TOOLS = """
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


class Model(nn.Module):
    def __init__(self, encoder, decoder):
        super().__init__()
        self.encoder, self.decoder = encoder, decoder

    def forward(self, x):
        return self.decoder(self.encoder(x))


class Lambda(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, x):
        return self.function(x)


def fail(x):
    raise KeyError("no")


class Pretending(nn.Module):
    encoder = decoder = "a text"

    def parameters(self, *arguments):
        raise ValueError("none")

    def modules(self):
        return None

    def forward(self, x):
        return None
"""

JUNK = {
    "None": "None",
    "text": "'a number'",
    "a number": "7",
    "an object": "object()",
    "not finite": "float('inf')",
    "NaN": "np.full((100, 2), np.nan)",
    "complex numbers": "np.full((100, 2), 1j)",
    "a huge integer": "10**400",
    "an array over the limits": "np.zeros((3000, 3000))",
    "an array too large to send": "np.broadcast_to(np.float32(1), (10**6, 10**6))",
    "nothing at all": "[]",
    "a ragged list": "[[1.0, 2.0], [3.0]]",
    "a list in itself": "endless",
    "two objects": "(object(), None)",
    "two texts": "('a', 'b')",
    "two huge columns": "(np.full(3, 1e308), np.full(3, -1e308))",
    "two empty columns": "([], [])",
    "two whole numbers": "([10**400], [1.0])",
    "falling losses": "list(range(100, 0, -1))",
    "a dictionary": "{'panels': None, 'examples_seen': [1], 'losses': [2]}",
    "an array of objects": "np.array([object(), None])",
    "an object that refuses": "Refusing()",
    "a class": "nn.Linear",
    "a module without parts": "nn.Identity()",
    "a module of texts": "Pretending()",
    "a module of one number": "Model(nn.Linear(2, 1), nn.Linear(1, 1))",
    "a module in double precision": "Model(nn.Linear(2, 1), nn.Linear(1, 2)).double()",
    "a module that puts out whole numbers": (
        "Model(Lambda(lambda x: x[:, :1].long()), Lambda(lambda z: z.expand(-1, 2).long()))"
    ),
    "a module of complex numbers": "Model(nn.Linear(2, 1), nn.Linear(1, 2)).to(torch.complex64)",
    "a figure": "__import__('matplotlib.pyplot').pyplot.figure()",
    "axes of text": "__import__('matplotlib.pyplot').pyplot.scatter(['a', 'b'], ['c', 'd']).figure",
    "an address over the limits": "'http://playground.tensorflow.org/#' + 'x' * 10**6",
    "an address of nonsense": (
        "'http://playground.tensorflow.org/#networkShape=a,b&noise=&=&&percTrainData=1e400&%ff%zz'"
    ),
    "an address of many digits": "'http://playground.tensorflow.org/#batchSize=' + '9' * 5000",
}


@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK)
def test_whatever_comes_back_is_judged(sheet, junk):
    cells = {}
    for question in CODE:
        names = [name.partition("(")[0] for name in question.defines]
        if question.name in BONUS:
            cells[f"{question.name}_code"] = TOOLS + "".join(f"\n\n{name} = {junk}\n" for name in names)
        else:
            cells[f"{question.name}_code"] = TOOLS + "".join(
                f"\n\ndef {name}(*values, **more):\n    return {junk}\n" for name in names
            )
    result = sheet.grade(cells, **SHORT)
    assert_all_criteria_were_judged(result)
    for cell in result.cells:
        if cell.criteria:
            assert cell.points <= 0.4 * cell.max_points, (
                cell.grade_id,
                cell.points,
                [each.name for each in cell.criteria if each.fraction],
            )


MODELS = {
    "no encoder": "nn.Linear(2, 2)",
    "no module": "lambda x: x",
    "parts that are texts": "Pretending()",
    "double precision": "Model(nn.Linear(2, 1), nn.Linear(1, 2)).double()",
    "whole numbers": "Model(Lambda(lambda x: x[:, :1].long()), Lambda(lambda z: z.expand(-1, 2).long()))",
    "half precision": "Model(nn.Linear(2, 1), nn.Linear(1, 2)).to(torch.bfloat16)",
    "an encoder that raises": "Model(Lambda(fail), nn.Linear(1, 2))",
    "an encoder that returns NaN": "Model(Lambda(lambda x: torch.full((len(x), 1), torch.nan)), nn.Linear(1, 2))",
    "an encoder that returns None": "Model(Lambda(lambda x: None), nn.Linear(1, 2))",
    "a decoder that returns an object": "Model(nn.Linear(2, 1), Lambda(lambda z: object()))",
    "a decoder that returns all at once": "Model(nn.Linear(2, 1), Lambda(lambda z: z.reshape(-1)))",
    "a decoder whose numbers are huge": "Model(nn.Linear(2, 1), Lambda(lambda z: torch.full((len(z), 2), 3e38)))",
    "a decoder with far too many numbers": "Model(nn.Linear(2, 1), Lambda(lambda z: z.expand(len(z), 10**7) + 0))",
    "layers that do not fit": "Model(nn.Linear(3, 1), nn.Linear(2, 2))",
    "no parameters": "Model(Lambda(lambda x: x[:, :1]), Lambda(lambda z: z.expand(-1, 2)))",
}


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_models_that_are_none_cost_their_own_question_only(sheet, right, model):
    wrong = {name: f"{TOOLS}\n\ndef {name}():\n    return {model}" for name in CLASSES}
    assert_only_these_lose(sheet.grade(answers(right, wrong), **SHORT), {"ex1a"})


SIGNATURE = "def train_autoencoder(model, data, max_epochs=200, batch_size=None, seed=0):"
LIGHTNING = """    training = ReconstructionTraining(model, learning_rate={rate})
    make_trainer({epochs}).fit(training, DataLoader(TensorDataset(data), batch_size=batch_size or len(data)))
    return training.epoch_losses"""
TRAININGS = {
    "never ends": "    while True:\n        model(data)",
    "never ends in lightning": LIGHTNING.format(rate=0.01, epochs=-1),
    "never ends, whatever is raised": (
        "    while True:\n        try:\n            model(data)\n        except BaseException:\n            pass"
    ),
    "diverges": LIGHTNING.format(rate=1e6, epochs="max_epochs"),
    "leaves NaN": (
        "    for each in model.parameters():\n        each.data.fill_(torch.nan)\n    return [torch.nan] * max_epochs"
    ),
    "another type": "    model.double()\n    return list(range(max_epochs, 0, -1))",
    "no encoder": "    del model.encoder\n    return list(range(max_epochs, 0, -1))",
    "another shape": "    model.decoder = nn.Linear(1, 5)\n    return list(range(max_epochs, 0, -1))",
    "ends the kernel": "    import os\n    os._exit(3)",
    "ends the program": "    raise SystemExit(3)",
    "takes all memory": "    return [torch.ones(10**9) for _ in range(100)]",
}


@pytest.mark.parametrize("body", TRAININGS.values(), ids=TRAININGS)
def test_training_that_fails_costs_its_own_question_only(sheet, right, body):
    result = sheet.grade(answers(right, {"train_autoencoder": f"{SIGNATURE}\n{body}"}), **SHORT)
    assert_only_these_lose(result, {"ex1b"})
    figure = next(each for each in cell_of(result, "ex1b_test").criteria if "embedding" in each.name)
    assert figure.outcome is Outcome.RIGHT


LATER = {
    "latent_curve": ("ex1d", "def latent_curve(model, z):"),
    "retrain_encoder": ("ex1g", "def retrain_encoder(model, data, max_epochs=200, seed=1):"),
    "learning_curve": ("ex1h", "def learning_curve(model, data, batch_size, n_examples, seed=0):"),
}


@pytest.mark.parametrize(
    "body",
    ["    while True:\n        model(data if 'data' in locals() else z[:, None])", "    import os\n    os._exit(3)"],
)
@pytest.mark.parametrize("name", LATER)
def test_a_later_answer_that_never_ends_costs_its_own_question_only(sheet, right, name, body):
    question, signature = LATER[name]
    result = sheet.grade(answers(right, {name: f"{signature}\n{body}"}), **SHORT)
    assert_only_these_lose(result, {question})
    assert cell_of(result, f"{question}_test").points == 0
