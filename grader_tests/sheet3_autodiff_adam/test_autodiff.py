"""Question 1: the computational graph, forward mode and reverse mode."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from watching import watch

from sheetgrader import Handle, StudentError, Wrong, about, assert_close, criterion, entries, fetch, numbers, probe

Array = npt.NDArray[np.float64]

OPERATIONS = {"exp": 1, "square": 1, "sin": 1, "add": 2}
#: y grows from 1 to 24,000 between -2 and 1, so it is compared on the left and on the right half by themselves.
LEFT, RIGHT = (-2.0, -0.5), (-0.5, 1.0)
MOST_ENTRIES = 200
#: How far from a place the function is watched.
ASIDE = 0.01


def truth(x: Array) -> tuple[Array, Array]:
    """Return y and its derivative."""
    f1 = np.exp(x)
    f3 = f1 + f1**2
    return np.exp(f3) + np.sin(f3), (2 * f1 + 1) * f1 * (np.exp(f3) + np.cos(f3))


# 1a


@probe
def in_plain_types(graph, most):
    import itertools

    def plain(part):
        if isinstance(part, (list, tuple)):
            return tuple(plain(each) for each in part)
        return str.__str__(part) if isinstance(part, str) else part

    try:
        return [tuple(plain(part) for part in itertools.islice(entry, most)) for entry in itertools.islice(graph, most)]
    except Exception:  # noqa: BLE001  # an object of the student's may refuse in any way it likes
        return None


def holds_objects(value: Any) -> bool:
    return isinstance(value, Handle) or (isinstance(value, list | tuple) and any(map(holds_objects, value)))


def steps_of(value: Any) -> list[tuple[str, str, list[str]]]:
    """Return the entries of a graph, checked for form."""
    graph = in_plain_types(value, MOST_ENTRIES + 1) if holds_objects(value) else value
    if not isinstance(graph, list | tuple) or not graph:
        raise Wrong("It is no list of entries (name, operation, inputs).", value=value)
    if len(graph) > MOST_ENTRIES:
        raise Wrong(f"A graph with {len(graph)} entries is more than this function needs by far.", value=value)
    steps: list[tuple[str, str, list[str]]] = []
    known = {"x"}
    for entry in graph:
        if not isinstance(entry, list | tuple) or len(entry) != 3:
            raise Wrong("An entry of the list is not of the form (name, operation, inputs).", value=value)
        name, operation, given = entry
        # A tuple with one entry whose comma was forgotten is a text; what is meant is clear.
        inputs = [given] if isinstance(given, str) else given
        if not isinstance(name, str) or not isinstance(operation, str) or not isinstance(inputs, list | tuple):
            raise Wrong("Names and operations are texts, and the inputs of an entry are a tuple of names.", value=value)
        if name in known:
            raise Wrong(f"The name {name[:40]!r} is given twice, or is that of the input.", value=value)
        if operation not in OPERATIONS:
            raise Wrong(f"The operation {operation[:40]!r} is none of exp, square, add and sin.", value=value)
        if len(inputs) != OPERATIONS[operation]:
            raise Wrong(
                f"The operation {operation} takes {OPERATIONS[operation]} inputs, not {len(inputs)}.", value=value
            )
        if not all(isinstance(one, str) and one in known for one in inputs):
            raise Wrong(f"An input of {name[:40]!r} is neither x nor the name of an earlier entry.", value=value)
        known.add(name)
        steps.append((name, operation, list(inputs)))
    return steps


def evaluate(steps: list[tuple[str, str, list[str]]], x: Array) -> Array:
    """Return the value of the last entry of a graph."""
    values = {"x": x}
    for name, operation, inputs in steps:
        first = values[inputs[0]]
        values[name] = (
            {"exp": np.exp, "square": np.square, "sin": np.sin}[operation](first)
            if operation != "add"
            else first + values[inputs[1]]
        )
    return values[steps[-1][0]]


def assert_computes_y(value: Any, rng: np.random.Generator) -> list[tuple[str, str, list[str]]]:
    steps = steps_of(value)
    for low, high in (LEFT, RIGHT):
        x = rng.uniform(low, high, size=30)
        result = evaluate(steps, x)
        if not np.isfinite(result).all():
            raise Wrong("The last entry of the graph is not y: it becomes infinite or NaN on [-2, 1].", value=value)
        try:
            assert_close(result, truth(x)[0])
        except Wrong:
            raise Wrong(
                "The last entry of the graph is not y: its values on [-2, 1] are others.", value=value
            ) from None
    return steps


@criterion(
    "ex1a",
    weight=3,
    hint=(
        "Write each entry down as a formula and insert them into each other. Is exp(x)² the square of exp(x), and does"
        " the last entry add exp and sin?"
    ),
)
def test_graph_computes_y(student, rng):
    """The graph is well-formed and its last entry is y, for x from −2 to 1."""
    assert_computes_y(student.computational_graph(), rng)


@criterion(
    "ex1a",
    weight=2,
    hint="exp(x) and the sum in the brackets are needed twice each, and have to be computed only once.",
)
def test_graph_is_the_most_efficient_one(student, rng):
    """The graph computes y in as few steps as possible."""
    value = student.computational_graph()
    if len(assert_computes_y(value, rng)) > 6:
        raise Wrong("It computes y, but there is a graph with fewer steps.", value=value)


# 1b and 1c. They may walk through the graph of 1a, so each is judged with the student's own graph, or with a stand-in
# for it.


@probe
def graph_stand_in(_original):
    graph = [
        ("a", "sin", ("x",)),
        ("b", "square", ("a",)),
        ("c", "add", ("b", "x")),
        ("d", "exp", ("c",)),
        ("e", "add", ("d", "b")),
    ]

    def stand_in():
        return list(graph)

    return stand_in


def stand_in_truth(x: Array) -> tuple[Array, Array]:
    """Return y and its derivative for the stand-in's graph."""
    inner = np.sin(x) ** 2
    slope = 2 * np.sin(x) * np.cos(x)
    return np.exp(inner + x) + inner, np.exp(inner + x) * (slope + 1) + slope


MODES = {"ex1b": "forward_mode", "ex1c": "reverse_mode"}
PARTS = ("y", "dy_dx")


def check_numbers(function: Any, rng: np.random.Generator, which: int, wanted: Any) -> None:
    """Check the value (0) or the derivative (1) at random places."""
    for low, high in (LEFT, RIGHT):
        x = rng.uniform(low, high, size=6)
        single, value = [], None
        for place in x.tolist():
            value = function(place)
            with about(value):
                single.append(numbers(entries(value, PARTS)[which], shape=()))
        right = wanted(x)[which]
        try:
            assert_close(np.array(single), right)
        except Wrong:
            raise Wrong(
                f"For {len(x)} numbers x between {low:g} and {high:g}, {PARTS[which]} is not right.", value=value
            ) from None


def check_mode(student: Any, question: str, rng: np.random.Generator, *, wanted: Any = None) -> None:
    """Check how the derivative comes about."""
    address = getattr(student, MODES[question])
    function = fetch(address)
    if not isinstance(function, Handle):
        raise Wrong(f"`{MODES[question]}` is no function.")
    forbidden = None
    if question == "ex1c":
        try:
            forbidden = fetch(student.forward_mode)
        except StudentError:
            forbidden = None
    derivatives = []
    places = rng.uniform(0.05, 0.45) + np.array([-2.0, -1.0, 0.0])
    for x in places.tolist():
        # Called unwatched as well, so that what is said is told about this call.
        value = address(x)
        with about(value):
            numbers(entries(value, PARTS)[1], shape=())
            # Watched a little further on: at the same x, results that were kept would hide how often they are computed.
            report = items_of(watch(function, x + ASIDE, forbidden if isinstance(forbidden, Handle) else None))
            derivatives.append(float(numbers(entries(report["value"], PARTS)[1], shape=())))
            if "forbidden" in report["seen"]:
                raise Wrong("It called forward_mode, or is the same function.")
            if "library" in report["seen"]:
                raise Wrong("It had a library differentiate for it.")
            if "complex" in report["seen"]:
                raise Wrong("It evaluated exp or sin of a complex number, which the derivative does not need.")
            if report["exp"] > 3 or report["sin"] > 1:
                raise Wrong(
                    f"This call evaluated exp {report['exp']}× and sin {report['sin']}×; at most 3× and 1× are needed."
                )
    if len(set(derivatives)) < len(derivatives):
        raise Wrong(f"The derivative that {MODES[question]} returns does not change with x.")
    if wanted is not None:
        assert_close(np.array(derivatives), wanted(places + ASIDE)[1])


def items_of(report: Any) -> dict[str, Any]:
    """Return the watching probe's report, which a student's code may have tampered with."""
    if (
        not isinstance(report, dict)
        or not all(isinstance(report.get(name), int) for name in ("exp", "sin"))
        or not isinstance(report.get("seen"), list)
    ):
        raise Wrong("It could not be watched how the function computes.")
    return report


def judge_numbers(student: Any, stand_in: Any, rng: np.random.Generator, question: str, which: int) -> None:
    function = getattr(student, MODES[question])
    stand_in.judge(
        lambda: check_numbers(function, rng, which, truth),
        lambda: check_numbers(function, rng, which, stand_in_truth),
        computational_graph=graph_stand_in,
    )


def judge_mode(student: Any, stand_in: Any, rng: np.random.Generator, question: str) -> None:
    stand_in.judge(
        lambda: check_mode(student, question, rng),
        lambda: check_mode(student, question, rng, wanted=stand_in_truth),
        computational_graph=graph_stand_in,
    )


VALUE_HINT = "The forward pass alone gives y: compute f₁ to f₅ and y one after the other, and return y first."


@criterion("ex1b", weight=1, hint=VALUE_HINT)
def test_forward_mode_value(student, stand_in, rng):
    """`forward_mode(x)` returns y as its first number."""
    judge_numbers(student, stand_in, rng, "ex1b", 0)


@criterion(
    "ex1b",
    weight=3,
    hint=(
        "Every derivative is an outer derivative times an inner one: (f₁²)′ = 2·f₁·f₁′, (sin f₃)′ = cos(f₃)·f₃′."
        " Compare with (y(x + h) − y(x − h))/2h for a small h."
    ),
)
def test_forward_mode_derivative(student, stand_in, rng):
    """`forward_mode(x)` returns dy/dx as its second number."""
    judge_numbers(student, stand_in, rng, "ex1b", 1)


@criterion(
    "ex1b",
    weight=4,
    hint=(
        "Carry each derivative along with its value, and use what you have: the derivative of exp is the value that has"
        " been computed already. No finite differences, no autograd."
    ),
)
def test_forward_mode_carries_derivatives_along(student, stand_in, rng):
    """`forward_mode` evaluates exp at most three times and sin at most once, without finite differences or autograd."""
    judge_mode(student, stand_in, rng, "ex1b")


@criterion("ex1c", weight=1, hint=VALUE_HINT)
def test_reverse_mode_value(student, stand_in, rng):
    """`reverse_mode(x)` returns y as its first number."""
    judge_numbers(student, stand_in, rng, "ex1c", 0)


@criterion(
    "ex1c",
    weight=3,
    hint=(
        "The adjoint of a result that is used twice is a sum of two terms. Which results of your graph are used twice?"
        " And the last factor is ∂f₁/∂x."
    ),
)
def test_reverse_mode_derivative(student, stand_in, rng):
    """`reverse_mode(x)` returns dy/dx as its second number."""
    judge_numbers(student, stand_in, rng, "ex1c", 1)


@criterion(
    "ex1c",
    weight=4,
    hint=(
        "First all values, then all adjoints, from y back to x, each computed once. No call of forward_mode, no finite"
        " differences, no autograd."
    ),
)
def test_reverse_mode_carries_adjoints_back(student, stand_in, rng):
    """`reverse_mode` evaluates exp at most three times and sin at most once, without forward_mode, finite differences
    or autograd.
    """
    judge_mode(student, stand_in, rng, "ex1c")
