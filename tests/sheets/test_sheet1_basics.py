"""Sheet 1: its notebook against what was agreed, its facts against NumPy, its graders against right and wrong
answers."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest

from sheetgrader.results import Outcome

from .variants import GradedSheet, Variant, assert_graded_as_stated, batches, cell_of, lost, variants_of

SHEET = "sheet1_basics"


class Question(NamedTuple):
    name: str
    points_for_tests: float | None
    points_for_text: float | None
    #: What the student defines.
    defines: tuple[str, ...] = ()
    #: What stands in the notebook between the question and the answer.
    given: tuple[str, ...] = ()
    check: bool = True


QUESTIONS = [
    Question("ex1a", 0.25, 0.25, ("sigmoid",)),
    Question("ex1b", 0.25, 0.25, ("tanh_from_sigmoid",)),
    Question("ex1c", 0.125, 0.125, ("sigmoid_derivative",)),
    Question("ex1d", 0.125, 0.125, ("tanh_derivative",)),
    Question("ex2a", None, 0.5),
    Question("ex2b", 0.25, 0.25, ("mse_hessian",)),
    Question("ex2c", 0.25, 0.25, ("nonconvexity_witness",), given=("ex2c_network",)),
    Question("ex3a", None, 0.25),
    Question("ex3b", None, 0.25),
    Question("ex3c", 0.125, 0.125, ("softmax",)),
    Question("ex3d", None, 0.25),
    Question("ex3e", None, 0.25),
    Question("ex3f", None, 0.25),
    Question("ex3g", 0.125, 0.125, ("newton_example",)),
    Question("ex3h", 0.125, 0.125, ("batch_norm",)),
    Question("ex4", None, 1.5),
    Question("ex5", 0.5, None, ("forward_pass",)),
    Question("ex6a", 1.5, None),
    Question("ex6b", 0.5, None, check=False),
    Question("ex6c", 1.0, None, check=False),
]
#: The file that answers a question beside the notebook.
SCRIPT = "train_fashion_mnist.py"
FILES = {"ex6a": SCRIPT, "ex6b": SCRIPT, "ex6c": SCRIPT}
#: Whose answers a question may use.
BUILDS_ON = {"ex1b": ("ex1a",), "ex1c": ("ex1a", "ex1b"), "ex1d": ("ex1a", "ex1b", "ex1c"), "ex5": ("ex3c",)}

VARIANTS = variants_of(SHEET, FILES)


@pytest.fixture(scope="module")
def sheet(graded_sheet) -> GradedSheet:
    return graded_sheet(SHEET)


# The notebook


def agreed_cells() -> list[tuple[str, str, str, float | None]]:
    """Return grade id, cell type, nbgrader's kind and points of all cells, in order."""
    cells: list[tuple[str, str, str, float | None]] = [
        ("title", "markdown", "read-only", None),
        ("team", "code", "plain", None),
        ("imports", "code", "read-only", None),
    ]
    for question in QUESTIONS:
        cells.append((question.name, "markdown", "read-only", None))
        cells += [(name, "code", "read-only", None) for name in question.given]
        if question.defines:
            cells.append((f"{question.name}_code", "code", "answer", None))
        if question.points_for_tests:
            cells += [(f"{question.name}_check", "code", "read-only", None)] if question.check else []
            cells.append((f"{question.name}_test", "code", "tests", question.points_for_tests))
        if question.points_for_text:
            cells.append((f"{question.name}_text", "markdown", "marked by hand", question.points_for_text))
    return cells


def kind_of(metadata) -> str:
    kinds = {
        (False, False, True): "read-only",
        (False, False, False): "plain",
        (False, True, False): "answer",
        (True, False, True): "tests",
        (True, True, False): "marked by hand",
    }
    return kinds[metadata.grade, metadata.solution, metadata.locked]


@pytest.mark.parametrize("which", ["source", "released"])
def test_the_notebook_has_the_agreed_cells(sheet, which):
    notebook = getattr(sheet, which)
    found = [
        (
            cell.metadata.nbgrader.grade_id,
            cell.cell_type,
            kind_of(cell.metadata.nbgrader),
            cell.metadata.nbgrader.get("points"),
        )
        for cell in notebook.cells
    ]
    assert found == agreed_cells()
    assert [cell.id for cell in notebook.cells] == [cell[0] for cell in found]
    assert sum(points or 0 for *_, points in found) == 10


def test_every_answer_is_a_function_with_its_signature_left_in_the_skeleton(sheet):
    cells = {cell.id: cell for cell in sheet.released.cells}
    for question in QUESTIONS:
        if not question.defines:
            continue
        code = cells[f"{question.name}_code"].source
        assert code.startswith(f"def {question.defines[0]}("), question.name
        assert code.endswith("    # YOUR CODE HERE\n    raise NotImplementedError()"), question.name
        assert question.defines[0] in cells[f"{question.name}_check"].source


def test_every_text_has_a_model_answer_and_a_marking_scheme(sheet):
    for cell in sheet.source.cells:
        if cell.id.endswith("_text"):
            answer, _, scheme = cell.source.partition("### BEGIN MARK SCHEME")
            assert len(answer) > 300, cell.id
            assert f"**{cell.metadata.nbgrader.points:g} points**" in scheme, cell.id
            assert scheme.endswith("### END MARK SCHEME"), cell.id


def test_the_skeleton_holds_no_answer(sheet):
    released = "\n".join(cell.source for cell in sheet.released.cells)
    for cell in sheet.released.cells:
        if cell.id.endswith("_text"):
            assert cell.source == "YOUR ANSWER HERE"
        if cell.id.endswith("_test"):
            assert cell.source.startswith("#")
            assert "\n" not in cell.source
    for secret in ("MARK SCHEME", "SOLUTION", "0.473774", "0.6, 0.65", "0.295", "np.abs(x)", "2.0 * X.T"):
        assert secret not in released
    assert "[0.5, -1.0, 2.0, 1.0]" in released


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
    exec(next(cell.source for cell in sheet.source.cells if cell.id == "ex2c_network"), names)  # noqa: S102
    loss = names["tiny_network_loss"]
    w0, w1 = np.array([1.0, -1, 1, 1]), np.array([-1.0, 1, 1, 1])
    assert (loss(w0), loss(w1), loss((w0 + w1) / 2)) == (0.0, 0.0, 2.0)


# The graders


@pytest.fixture(scope="module")
def reference(sheet):
    return sheet.grade()


def test_the_reference_gets_all_points(reference):
    assert reference.notes == ()
    for question in QUESTIONS:
        if question.points_for_tests:
            cell = cell_of(reference, f"{question.name}_test")
            assert cell.points == cell.max_points, lost(cell)
    assert [run for run in reference.runs if run.outcome is not Outcome.RIGHT] == []


def test_the_skeleton_gets_no_points(sheet):
    result = sheet.grade(skeleton=True)
    assert {cell.grade_id: cell.points for cell in result.cells if cell.points} == {}
    assert Outcome.NOT_JUDGED not in {cell.outcome for cell in result.cells if cell.criteria}


def test_every_criterion_tells_students_what_it_asks_and_gives_a_hint(sheet):
    result = sheet.grade({f"{question.name}_code": "" for question in QUESTIONS if question.defines}, skeleton=True)
    criteria = [criterion for cell in result.cells for criterion in cell.criteria]
    assert len(criteria) > 55
    for criterion in criteria:
        assert criterion.fraction == 0
        assert len(criterion.rubric) > 20, criterion.name
        assert len(criterion.hint) > 20, criterion.name
        assert "is not defined" in criterion.message or "was not handed in" in criterion.message, criterion.name


def one_of_each_kind(variants: list[Variant]) -> list[Variant]:
    """Return the first right and the first wrong variant of each question."""
    first: dict[tuple[str, bool], Variant] = {}
    for variant in variants:
        first.setdefault((variant.question, variant.is_right), variant)
    return list(first.values())


def test_there_are_enough_variants():
    for question in QUESTIONS:
        if question.points_for_tests:
            members = [variant for variant in VARIANTS if variant.question == question.name]
            assert sum(variant.is_right for variant in members) >= 3, question.name
            assert sum(not variant.is_right for variant in members) >= 4, question.name
            assert all(variant.loses for variant in members if not variant.is_right), question.name


def as_test_cases(groups: list[dict[str, Variant]]) -> list[object]:
    return [pytest.param(group, id="+".join(map(str, group.values())) or "reference") for group in groups]


@pytest.mark.parametrize("together", as_test_cases(batches(one_of_each_kind(VARIANTS), BUILDS_ON)))
def test_a_variant_of_each_kind_is_graded_as_it_states(sheet, together):
    grade_together(sheet, together)


@pytest.mark.slow
@pytest.mark.parametrize("together", as_test_cases(batches(VARIANTS, BUILDS_ON)))
def test_all_variants_are_graded_as_they_state(sheet, together):
    grade_together(sheet, together)


def grade_together(sheet: GradedSheet, together: dict[str, Variant], secret: bytes = b"secret") -> None:
    cells = {variant.cell: variant.source for variant in together.values() if variant.file is None}
    files = {variant.file: variant.source.encode() for variant in together.values() if variant.file is not None}
    result = sheet.grade(cells, files=files, secret=secret)
    for variant in together.values():
        assert_graded_as_stated(variant, result)
    for question in QUESTIONS:
        if question.points_for_tests and question.name not in together and FILES.get(question.name) not in files:
            cell = cell_of(result, f"{question.name}_test")
            assert cell.points == cell.max_points, (question.name, lost(cell))


#: Answers that get a part of their points, by what chance could touch.
PARTLY_RIGHT = [
    variant
    for variant in VARIANTS
    if str(variant)
    in {
        "ex1a/wrong_naive",
        "ex1b/wrong_copy_of_sigmoid",
        "ex1c/wrong_written_out",
        "ex1d/wrong_cosh",
        "ex2b/wrong_mean",
        "ex2c/wrong_alpha",
        "ex3c/wrong_global_maximum",
        "ex3g/wrong_learning_rate",
        "ex3h/wrong_fixed_eps",
        "ex5/wrong_no_relu",
        "ex6b/wrong_seed_ignored",
        "ex6c/wrong_labels_shuffled",
        "ex6c/wrong_no_zero_grad",
        "ex6c/wrong_one_hidden_layer",
        "ex6c/wrong_training_mode",
    }
]


@pytest.mark.slow
@pytest.mark.parametrize("together", as_test_cases([{}, *batches(PARTLY_RIGHT, BUILDS_ON)]))
def test_scores_do_not_depend_on_the_random_inputs(sheet, together):
    for run in range(20):
        grade_together(sheet, together, secret=str(run).encode())


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
    for question in QUESTIONS:
        if question.defines and question.name != "ex1a":
            cell = cell_of(result, f"{question.name}_test")
            assert cell.points == cell.max_points, (question.name, lost(cell))


JUNK = {
    "None": "None",
    "text": "'a number'",
    "an object": "object()",
    "not finite": "float('inf')",
    "NaN in the right shape": "np.full(np.shape(values[0] if values else 0.0), np.nan)",
    "huge in the right shape": "np.full(np.shape(values[0] if values else 0.0), 1e308)",
    "complex numbers": "np.full(np.shape(values[0] if values else 0.0), 1j)",
    "a huge integer": "10**400",
    "nothing at all": "[]",
    "a ragged list": "[[1.0, 2.0], [3.0]]",
    "a list in itself": "endless",
    "three objects": "(object(), None, 'x')",
    "three huge arrays": "(np.full(3, 1e308), np.full(2, 1e308), np.full(2, 1e308))",
    "weights as large as floats go": "(np.zeros(4), -np.full(4, 1e308), 0.5)",
    "functions of numbers that are none": (
        "{'f': lambda x: 'x', 'gradient': lambda x: None, 'hessian': lambda x: x * 1e308, 'start': 1e308}"
    ),
    "functions that raise": "{'f': lambda x: 1 / 0, 'gradient': lambda x: x - 1, 'hessian': lambda x: 1, 'start': 3}",
    "an array of objects": "np.array([object(), None])",
    "an object that refuses": "Refusing()",
}
REFUSING = """
import numpy as np

endless = []
endless.append(endless)


class Refusing:
    def __getattr__(self, name):
        raise OSError(name)

    def __array__(self, *arguments, **keywords):
        raise KeyError("no")
"""


@pytest.mark.slow
@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK)
def test_whatever_comes_back_is_judged(sheet, junk):
    answers = {
        f"{question.name}_code": f"{REFUSING}\n\ndef {question.defines[0]}(*values, **more):\n    return {junk}\n"
        for question in QUESTIONS
        if question.defines
    }
    result = sheet.grade(answers)
    for cell in result.cells:
        for criterion in cell.criteria:
            assert criterion.outcome is not Outcome.NOT_JUDGED, (criterion.name, criterion.detail)
        if cell.criteria and cell.grade_id.removesuffix("_test") not in FILES:
            assert cell.points <= 0.4 * cell.max_points, (cell.grade_id, cell.points)


#: What each mistake in a training script is told as, by the variant that makes it.
TOLD = {
    "ex6a/wrong_options": "unrecognized arguments: --seed",
    "ex6a/wrong_writes_nothing": "wrote no metrics.json into its output folder; it is empty",
    "ex6a/wrong_writes_ten_gigabytes": "wrote more than the 64 MiB that it may",
    "ex6a/wrong_pickle_bomb": "because it holds more than tensors",
    "ex6a/wrong_never_ends": "did not finish within 20 s and was stopped",
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
    variant = next(variant for variant in VARIANTS if str(variant) == name)
    result = sheet.grade(files={SCRIPT: variant.source.encode()})
    messages = [
        criterion.message for cell in result.cells for criterion in cell.criteria if cell.grade_id.startswith("ex6")
    ]
    assert any(TOLD[name] in message for message in messages), messages
    assert Outcome.NOT_JUDGED not in {criterion.outcome for cell in result.cells for criterion in cell.criteria}
