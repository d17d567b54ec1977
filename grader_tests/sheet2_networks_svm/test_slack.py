"""Question 3d: SVMs with slack."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.svm import SVC

from sheetgrader import Handle, Wrong, assert_arguments_unchanged, criterion, numbers, probe

Array = npt.NDArray[np.float64]

PENALTIES = (5, 0.05)


@probe
def model_with_key(models, key):
    return models[key] if isinstance(models, dict) and key in models else None


@probe
def facts_of(model):
    """Return what a fitted SVC says about itself, or None where it is no such thing."""
    from sklearn.svm import SVC

    if not isinstance(model, SVC) or not hasattr(model, "support_"):
        return None
    return {
        "kernel": str(model.kernel),
        "width": float(model._gamma),
        "penalty": float(model.C),
        "support": model.support_,
    }


def fitted(student: Any, X: Array, y: Array) -> dict[float, tuple[Handle, dict[str, Any]]]:
    """Return the two models by their penalties, each with its facts."""
    models = student.fit_svms(X, y)
    found = {}
    for penalty in PENALTIES:
        model = model_with_key(models, penalty)
        if not isinstance(model, Handle):
            raise Wrong(f"There is no model with the key {penalty}.", value=models)
        facts = facts_of(model)
        if not isinstance(facts, dict):
            raise Wrong(f"The model with the key {penalty} is no fitted sklearn.svm.SVC.", value=models)
        found[penalty] = (model, facts)
    return found


def given_data() -> tuple[Array, Array]:
    """Return the points and classes that the notebook gives, made in the same way: running the whole reference for them
    would take long.
    """
    centres = np.repeat([[-1.2, -0.3], [1.2, 0.3]], 80, axis=0)
    return centres + np.random.default_rng(3).normal(scale=[0.9, 1.1], size=(160, 2)), np.repeat([-1.0, 1.0], 80)


def overlapping(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    """Return 2n points of two classes that overlap."""
    centre = rng.normal(size=2)
    shift = 1.2 * np.array([np.cos(angle := rng.uniform(0, 2 * np.pi)), np.sin(angle)])
    centres = centre + np.repeat([shift, -shift], n, axis=0)
    order = rng.permutation(2 * n)
    return (centres + rng.normal(size=(2 * n, 2)))[order], np.repeat([1.0, -1.0], n)[order]


@criterion(
    "ex3d",
    weight=1,
    hint='The keys are numbers, 5 and 0.05, and the values what SVC(C=..., kernel="rbf").fit(X, y) returns.',
)
def test_two_machines_with_rbf_kernels(student, rng):
    """`fit_svms` returns two fitted `SVC`s with RBF kernels, under the keys 5 and 0.05."""
    for _, facts in fitted(student, *overlapping(rng, 30)).values():
        if facts.get("kernel") != "rbf":
            raise Wrong("A model has another kernel than RBF.")


@criterion(
    "ex3d",
    weight=2,
    hint="scikit-learn calls the slack penalty C; its gamma is the width of the kernel. Fit to the arguments X and y.",
)
def test_machines_have_their_penalties(student, rng):
    """Each model solves the problem with its own slack penalty, for the points that were handed over."""
    for n in (25, 60):
        X, y = overlapping(rng, n)
        points = rng.normal(scale=2, size=(40, 2)) + X.mean(axis=0)
        for penalty, (model, facts) in fitted(student, X, y).items():
            width = facts.get("width")
            if facts.get("kernel") != "rbf" or not isinstance(width, float) or not 0 < width < np.inf:
                raise Wrong("A model has another kernel than RBF, so its penalty cannot be judged.")
            want = SVC(C=penalty, kernel="rbf", gamma=width).fit(X, y).decision_function(points)
            found = numbers(model.decision_function(points), shape=(40,))
            # A solver stops at about a thousandth; other penalties are off by far more.
            if not np.abs(found - want).max() <= 0.02 * np.abs(want).max():
                raise Wrong(
                    f"The model with the key {penalty} does not belong to the slack penalty {penalty} and these points."
                )


@criterion(
    "ex3d",
    weight=0.5,
    hint="Operators such as -= change the array itself. Work on a copy.",
    requires=(
        "test_two_machines_with_rbf_kernels",
        "test_machines_have_their_penalties",
        "test_numbers_of_support_vectors",
    ),
)
def test_fitting_leaves_its_arguments_alone(student, rng):
    """`fit_svms` does not change its arguments."""
    models = assert_arguments_unchanged(student.fit_svms, *overlapping(rng, 20))
    if not isinstance(model_with_key(models, PENALTIES[0]), Handle):
        raise Wrong(f"There is no model with the key {PENALTIES[0]}.", value=models)


@criterion(
    "ex3d",
    weight=1,
    hint="Support vectors lie on the margin, inside of it or on the wrong side. When is the margin wide?",
)
def test_numbers_of_support_vectors(student):
    """On the given data the model with the larger penalty has no more support vectors than the other one."""
    X, y = given_data()
    counts = [numbers(facts.get("support"), shape=(None,)).size for _, facts in fitted(student, X, y).values()]
    if not 0 < counts[0] <= counts[1] <= len(y):
        raise Wrong(f"With the penalty 5 there are {counts[0]} support vectors, with 0.05 {counts[1]}.")
