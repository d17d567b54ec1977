"""Whether runs reached what ``training.toml`` asks: pure functions on numbers."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence

from sheetgrader.training.outcomes import CheckResult, DataFacts, RunResult
from sheetgrader.training.plan import Band, Budget, Check, DataSize, Margin, Order, Ratio, TrainingPlan, split_reference


def judge(
    plan: TrainingPlan, budget: Budget, data: Sequence[DataFacts], runs: Sequence[RunResult]
) -> tuple[CheckResult, ...]:
    """Return what holds of the plan's checks for this budget; those that are meant for other data are left out, with
    the reason.

    Args:
        plan: of the sheet.
        budget: what the runs were given.
        data: the data sets of images that they were given.
        runs: what they came to; a run that failed makes the checks about it fail.
    """
    by_name = {run.name: run for run in runs}
    size = DataSize.SMALL if any(each.size is DataSize.SMALL for each in data) else DataSize.OFFICIAL
    images = min((each.train for each in data), default=0)
    found = []
    for check in plan.check:
        if budget in check.budgets:
            reason = _other_data(check, size, images)
            found.append(
                CheckResult(says=check.says, holds=None, message=f"left out, as meant for {reason}.")
                if reason
                else _judge(check, by_name)
            )
    return tuple(found)


def _other_data(check: Check, size: DataSize, images: int) -> str:
    """Say which other data ``check`` is meant for; empty where it can be expected to hold for these."""
    if size not in check.data:
        return "the official data set" if size is DataSize.SMALL else "a small data set"
    return f"{check.least_images:,} training images or more" if images < check.least_images else ""


class _MissingError(Exception):
    """A value that a run did not give; its text is a sentence."""


def _judge(check: Check, runs: Mapping[str, RunResult]) -> CheckResult:
    names = {split_reference(reference)[0] for reference in check.values}
    about = names.pop() if len(names) == 1 else ""
    try:
        values = [_value(reference, runs) for reference in check.values]
    except _MissingError as missing:
        return CheckResult(says=check.says, holds=False, message=f"{missing}.", run=about)
    wrong = list(_wrong(check, values))
    shown = ", ".join(f"{reference} {value:.4g}" for reference, value in zip(check.values, values, strict=True))
    return CheckResult(
        says=check.says, holds=not wrong, message=f"{shown}: {'; '.join(wrong)}." if wrong else f"{shown}.", run=about
    )


def _value(reference: str, runs: Mapping[str, RunResult]) -> float:
    name, metric, is_first = split_reference(reference)
    run = runs.get(name)
    if run is None or run.problem:
        raise _MissingError(f"the run {name} gave no {metric}, because it did not come to a good end")
    curve = run.curves.get(metric, ())
    if is_first and curve:
        value = curve[0]
    elif not is_first and metric in run.metrics:
        value = run.metrics[metric]
    elif curve:
        value = curve[-1]
    else:
        raise _MissingError(f"the run {name} reports no number called {metric!r} in its metrics.json")
    if not math.isfinite(value):
        raise _MissingError(f"{reference} is {value}: the training diverged")
    return value


def _wrong(check: Check, values: Sequence[float]) -> Iterator[str]:
    """Yield what is wrong with the values of ``check``."""
    match check:
        case Order(values=names, by=by):
            for (low, high), (one, other) in zip(itertools.pairwise(names), itertools.pairwise(values), strict=True):
                if not one + by < other:
                    yield f"{low} is not below {high}" + (f" by {by:g}" if by else "")
        case Band(value=name, least=least, most=most):
            yield from _outside(name, values[0], least, most)
        case Margin(value=name, baseline=baseline, least=least, most=most):
            yield from _outside(f"the distance of {name} from {baseline}", values[0] - values[1], least, most)
        case Ratio(value=name, baseline=baseline, least=least, most=most):
            if values[1] <= 0:
                yield f"{baseline} is not positive"
            else:
                yield from _outside(f"the ratio of {name} to {baseline}", values[0] / values[1], least, most)


def _outside(name: str, value: float, least: float | None, most: float | None) -> Iterator[str]:
    if least is not None and value < least:
        yield f"{name} is {value:.4g}, less than {least:g}"
    if most is not None and value > most:
        yield f"{name} is {value:.4g}, more than {most:g}"
