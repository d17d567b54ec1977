from __future__ import annotations

import math

import pytest

from sheetgrader.training.curves import draw_curves
from sheetgrader.training.outcomes import RunResult, Surroundings


def _run(name: str, **curves: tuple[float, ...]) -> RunResult:
    return RunResult(name=name, script="train.py", surroundings=Surroundings(device="cpu"), curves=curves)


def test_curves_become_a_picture() -> None:
    picture = draw_curves(
        [_run("a", train_loss=(1.0, 0.5)), _run("b", train_loss=(0.9,), accuracy=(0.1, 0.2))],
        "sheet, reference solution",
    )
    assert picture is not None
    assert picture.startswith(b"\x89PNG")
    assert draw_curves([_run("a")], "no curves") is None


@pytest.mark.parametrize("name", ["$\\frac{1$", "\u6f22\u5b57 loss", "_loss", "x" * 100])
def test_names_are_drawn_as_they_stand(name: str) -> None:
    assert draw_curves([_run("a", **{name: (1.0, 2.0)})], f"group ${name}$") is not None


@pytest.mark.parametrize("values", [(math.nan, math.nan), (math.inf, 1.0), (1e308, -1e308), (0.0, 0.0)])
def test_a_training_that_diverged_is_drawn_with_gaps(values: tuple[float, ...]) -> None:
    assert draw_curves([_run("a", train_loss=values)], "diverged") is not None
