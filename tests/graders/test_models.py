"""Models that live in the sandbox, made and asked by graders."""

import pytest

from sheetgrader.results import Outcome

GRADERS = '''
import numpy as np
from sheetgrader import Wrong, criterion, numbers
from sheetgrader.graders.models import ask, evaluation_mode, new_model, number_types, tensors_or_arrays

@criterion("ex1")
def test_model(student):
    """The same seed gives the same model, which is asked in the mode that it is put into."""
    x = np.ones((2, 3))
    models = [new_model(student.Model, "Model", seed) for seed in (1, 1, 2)]
    for model in models:
        evaluation_mode(model)
    first, again, other = (numbers(ask(model, x), (2, 1)) for model in models)
    if not np.array_equal(first, again) or np.array_equal(first, other):
        raise Wrong("The seed decides nothing.")
    assert number_types(models[0]) == ["float32"]
    numbers(ask(models[0], x, part=models[0].part), (2, 1))

@criterion("ex1")
def test_data(student):
    """Tensors will do, and so will arrays."""
    assert tensors_or_arrays(lambda send: student.total(send(np.ones(3)))) == 3
'''
MODEL = """
import numpy as np
import torch


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.part = torch.nn.Linear(3, 1)
        self.dropout = torch.nn.Dropout(0.5)

    def forward(self, x):
        return self.dropout(self.part(x))
"""
TENSORS = "\n\ndef total(x):\n    return x.detach().sum()\n"
ARRAYS = "\n\ndef total(x):\n    return float(np.add.reduce(x, dtype=float, where=x.astype(bool)))\n"


def judged(grade, code):
    (cell,) = [each for each in grade([("ex1_code", code), ("ex1_test", "#")], GRADERS).result.cells if each.criteria]
    return cell.criteria


@pytest.mark.parametrize("total", [TENSORS, ARRAYS], ids=["tensors", "arrays"])
def test_models_are_made_and_asked_and_data_sent(grade, total):
    assert [(each.outcome, each.detail) for each in judged(grade, MODEL + total)] == [(Outcome.RIGHT, "")] * 2


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        ("Model = lambda: len", "Model(…) is no torch.nn.Module."),
        (
            MODEL + "\n\nMake = Model\nModel = lambda: Make().double()",
            "The model's parameters are of the type float64;",
        ),
        (MODEL.replace("self.part(x)", "x.no_such_thing"), "It raised AttributeError"),
    ],
)
def test_what_is_no_model_or_of_other_numbers_is_told(grade, model, sentence):
    found = judged(grade, model + TENSORS)
    assert sentence in found[0].message
    assert found[0].outcome in (Outcome.WRONG, Outcome.RAISED)
