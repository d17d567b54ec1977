"""Sheet 4: answers that are no answers are judged in plain sentences, and cost points only where they stand."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from sheetgrader.audit.variant_grading import VariantGrading, cell_of
from sheetgrader.results import Outcome, SubmissionResult

from .assertions import assert_judged_in_words, assert_only_these_lose
from .junk import TOOLS
from .sheets import SHEET4
from .solutions import definitions_in, source_of

pytestmark = pytest.mark.slow

#: The questions whose answers are definitions.
QUESTIONS = [question for question in SHEET4.answered if question.name not in SHEET4.bonus]
CLASSES = ("SmallAutoencoder", "LargeAutoencoder", "PCAAutoencoder")


@pytest.fixture(scope="module")
def sheet(graded_sheet) -> VariantGrading:
    return graded_sheet(SHEET4)


@pytest.fixture(scope="module")
def right(sheet) -> dict[str, str]:
    """The definitions of the reference solution, without the training and the plots that follow them, by name."""
    notebook = sheet.sources[SHEET4.name]
    found: dict[str, str] = {}
    for question in QUESTIONS:
        found |= definitions_in(source_of(notebook, question.code))
    return found


def answers(right: dict[str, str], wrong: dict[str, str]) -> dict[str, str]:
    """Return the cells of question 1 with some definitions replaced by others."""
    return {
        question.code: "\n\n\n".join(wrong.get(name, right[name]) for name in question.names) for question in QUESTIONS
    }


def assert_only_these_are_hurt(result: SubmissionResult, losing: Collection[str]) -> None:
    assert_judged_in_words(result.cells)
    assert_only_these_lose(result, losing, SHEET4.answered)


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
    assert_only_these_are_hurt(sheet.grade(answers(right, wrong), **SHEET4.short), {"ex1a"})


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
    result = sheet.grade(answers(right, {"train_autoencoder": f"{SIGNATURE}\n{body}"}), **SHEET4.short)
    assert_only_these_are_hurt(result, {"ex1b"})
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
    result = sheet.grade(answers(right, {name: f"{signature}\n{body}"}), **SHEET4.short)
    assert_only_these_are_hurt(result, {question})
    assert cell_of(result, f"{question}_test").points == 0


def test_a_mistake_costs_its_own_question_only(sheet):
    """Models with a hidden layer too few and without PCA, and training that does nothing: what builds on them keeps its
    points.
    """
    wrong = [SHEET4.variant("ex1a/wrong_two_latent_values"), SHEET4.variant("ex1b/wrong_copy")]
    assert_only_these_lose(sheet.grade(variants=wrong), {"ex1a", "ex1b"}, SHEET4.answered)
