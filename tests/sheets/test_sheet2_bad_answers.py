"""Whatever answers of sheet 2 are, graders judge them, in sentences."""

from __future__ import annotations

import pytest

from sheetgrader.results import Outcome

from .sheet2 import QUESTIONS, SHEET, VARIANTS, without
from .variants import GradedSheet, cell_of


@pytest.fixture(scope="module")
def sheet(graded_sheet) -> GradedSheet:
    return graded_sheet(SHEET)


#: What a function or a constructor returns in the place of an answer.
JUNK = {
    "None": "None",
    "text": "'a number'",
    "an object": "object()",
    "not finite": "float('inf')",
    "NaN in the right shape": "np.full(np.shape(values[0] if values else 0.0), np.nan)",
    "huge in the right shape": "np.full(np.shape(values[0] if values else 0.0), 1e308)",
    "a huge integer": "10**400",
    "nothing at all": "[]",
    "a ragged list": "[[1.0, 2.0], [3.0]]",
    "a list in itself": "endless",
    "two objects": "(object(), None)",
    "three huge arrays": "tuple(np.full(np.shape(each), 1e308) for each in values[-3:])",
    "five huge numbers": "(np.full(3, 1e308),) * 4 + (1e308,)",
    "lists of texts": "{'train_loss': ['a'], 'validation_loss': None, 5: 'a', 0.05: object()}",
    "models that are none": "{5: SVC(), 0.05: SVC}",
    "a module without parts": "nn.Linear(784, 784)",
    "a module with other parts": "Parts(nn.Linear(784, 3), object())",
    "a module with broken parts": "Parts(nn.Identity(), nn.Identity())",
    "a module that raises": "Raising()",
    "a module in double precision": "Parts(nn.Linear(784, 2), nn.Linear(2, 784)).double()",
    "a class": "nn.Linear",
    "an array of objects": "np.array([object(), None])",
    "an object that refuses": "Refusing()",
}
REFUSING = """
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

    def parameters(self, *arguments):
        raise ValueError("none of your business")


class Parts(nn.Module):
    def __init__(self, encoder, decoder):
        super().__init__()
        self.encoder, self.decoder = encoder, decoder
        self.mu_layer = self.logvar_layer = encoder

    def reparameterise(self, *values):
        return "a sample"

    def forward(self, x):
        return self.decoder(self.encoder(x))
"""


@pytest.mark.slow
@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK)
def test_whatever_comes_back_is_judged(sheet, junk):
    answers = {
        f"{question.name}_code": REFUSING
        + "".join(f"\n\ndef {name.split('(')[0]}(*values, **more):\n    return {junk}\n" for name in question.defines)
        for question in QUESTIONS
    }
    result = sheet.grade(answers)
    for cell in result.cells:
        for criterion in cell.criteria:
            assert criterion.outcome is not Outcome.NOT_JUDGED, (criterion.name, criterion.detail)
        if cell.criteria:
            assert cell.points <= 0.5 * cell.max_points, (cell.grade_id, cell.points)


@pytest.mark.slow
def test_training_that_never_ends_costs_its_own_question_only(sheet):
    code = "def train_autoencoder(model, images, epochs, seed):\n    while True:\n        pass\n"
    (right,) = [variant for variant in VARIANTS if str(variant) == "ex2b/right_functional"]
    result = sheet.grade({**without({"ex2a", "ex2b"}), "ex2a_code": code, "ex2b_code": right.source})
    outcomes = {criterion.outcome for criterion in cell_of(result, "ex2a_test").criteria}
    assert Outcome.TIMED_OUT in outcomes
    assert Outcome.NOT_JUDGED not in outcomes
    assert cell_of(result, "ex2b_test").points == 1.0
