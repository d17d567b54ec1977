from __future__ import annotations

import math
from typing import Any

import pytest

from sheetgrader.training.judging import judge
from sheetgrader.training.outcomes import CheckResult, DataFacts, RunResult, Surroundings
from sheetgrader.training.plan import Band, Budget, Check, DataSize, Margin, Order, Ratio, RunPlan, TrainingPlan


def _run(name: str, problem: str = "", **metrics: float) -> RunResult:
    curves: dict[str, tuple[float, ...]] = {"loss": (3.0, 2.0, metrics["loss"])} if "loss" in metrics else {}
    return RunResult(
        name=name,
        script="train.py",
        problem=problem,
        surroundings=Surroundings(device="cpu"),
        metrics=metrics,
        curves=curves,
    )


def _judge(
    check: Check, *runs: RunResult, budget: Budget = Budget.QUICK, size: DataSize = DataSize.SMALL
) -> list[CheckResult]:
    plans = tuple(RunPlan(name=run.name, script="train.py", epochs=dict.fromkeys(Budget, 1)) for run in runs)
    plan = TrainingPlan(seconds=dict.fromkeys(Budget, 1.0), run=plans, check=(check,))
    facts = [DataFacts(name="MNIST", size=size, train=500, test=100)]
    return list(judge(plan, budget, facts, runs))


@pytest.mark.parametrize(
    ("check", "holds", "message"),
    [
        (Band(says="", value="a.loss", least=0.5, most=1.5), True, "a.loss 1."),
        (Band(says="", value="a.loss", most=0.9), False, "a.loss 1: a.loss is 1, more than 0.9."),
        (Band(says="", value="a.loss", least=1.1), False, "less than 1.1"),
        (Band(says="", value="a.loss[0]", least=3.0), True, "a.loss[0] 3."),
        (Order(says="", values=("a.loss", "b.loss")), True, "a.loss 1, b.loss 2."),
        (Order(says="", values=("b.loss", "a.loss")), False, "b.loss is not below a.loss"),
        (Order(says="", values=("a.loss", "a.loss")), False, "a.loss is not below a.loss"),
        (Order(says="", values=("a.loss", "b.loss"), by=1.5), False, "not below b.loss by 1.5"),
        (Margin(says="", value="b.loss", baseline="a.loss", least=0.5), True, ""),
        (
            Margin(says="", value="b.loss", baseline="a.loss", least=1.5),
            False,
            "the distance of b.loss from a.loss is 1, less than 1.5",
        ),
        (Ratio(says="", value="b.loss", baseline="a.loss", least=1.9, most=2.1), True, ""),
        (
            Ratio(says="", value="b.loss", baseline="a.loss", most=1.9),
            False,
            "the ratio of b.loss to a.loss is 2, more than 1.9",
        ),
        (Ratio(says="", value="b.loss", baseline="a.zero", most=1.9), False, "a.zero is not positive"),
        (Band(says="", value="a.nothing", least=0.0), False, "reports no number called 'nothing'"),
        (Band(says="", value="a.diverged", least=0.0), False, "the training diverged"),
        (Band(says="", value="failed.loss", least=0.0), False, "did not come to a good end"),
    ],
)
def test_checks_say_what_is_wrong(check: Check, holds: bool, message: str) -> None:
    runs = (
        _run("a", loss=1.0, zero=0.0, diverged=math.nan),
        _run("b", loss=2.0),
        _run("failed", problem="it raised", loss=1.0),
    )
    (result,) = _judge(check, *runs)
    assert result.holds is holds
    assert message in result.message


@pytest.mark.parametrize(
    ("only", "messages"),
    [
        ({}, ["a.loss 1."]),
        ({"budgets": (Budget.FULL,)}, []),
        ({"budgets": (Budget.QUICK,)}, ["a.loss 1."]),
        ({"data": (DataSize.OFFICIAL,)}, ["left out, as meant for the official data set."]),
        ({"least_images": 5010}, ["left out, as meant for 5,010 training images or more."]),
        ({"least_images": 500}, ["a.loss 1."]),
    ],
)
def test_checks_can_be_for_one_budget_or_kind_of_data_alone(only: dict[str, Any], messages: list[str]) -> None:
    results = _judge(Band(says="", value="a.loss", least=0.0, **only), _run("a", loss=1.0))
    assert [result.message for result in results] == messages
    assert all((result.holds is None) == result.message.startswith("left out") for result in results)


def test_a_check_names_the_one_run_that_it_is_about() -> None:
    runs = (_run("a", loss=1.0), _run("b", loss=2.0))
    assert _judge(Band(says="", value="a.loss", least=0.0), *runs)[0].run == "a"
    assert _judge(Order(says="", values=("a.loss", "b.loss")), *runs)[0].run == ""
