"""What every run must keep to, whatever it trains: files that make sense, the asked-for epochs, steps that learn,
honest accuracies.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from sheetgrader.boundary import untrusted_json
from sheetgrader.boundary.plain_text import plain_text
from sheetgrader.scripts.records import TrainingRecord
from sheetgrader.scripts.run import ScriptRun
from sheetgrader.training.evidence.recomputing import Answers, Recomputed
from sheetgrader.training.evidence.step_rules import are_steps_of_sgd
from sheetgrader.training.outcomes import CheckResult
from sheetgrader.training.plan import RunPlan

#: Room for a hundred thousand epochs.
_LONGEST_METRICS: Final = 16 << 20
#: Curves and numbers that are kept of one run.
_MOST_NAMES: Final = 50
_LONGEST_NAME: Final = 100
_MOST_EPOCHS: Final = 100_000
_LARGEST_INTEGER: Final = 1 << 53
#: Reported accuracies may differ from recomputed ones by rounding, and by one image and a half.
_ACCURACY_SLACK: Final = 0.005
_IMAGES_SLACK: Final = 1.5
#: Passes through the data are counted by examples, of which the last batch may be left out and augmentation adds none.
_PASSES_SLACK: Final = 0.25
#: No true label is among the false ones, so that a right model reaches less than guessing on them; chance leaves room
#: on few images.
_MOST_ON_FALSE_LABELS: Final = 0.10
_STANDARD_ERRORS: Final = 4
#: What a model must be above the best constant answer, on its own training set, to have learnt anything.
_LEARNT: Final = 0.10
#: Labels that augmentation or a tie between equal images may make differ.
_MOST_WRONG_LABELS: Final = 0.02


@dataclass(frozen=True)
class Metrics:
    """What ``metrics.json`` holds."""

    numbers: Mapping[str, float]
    curves: Mapping[str, tuple[float, ...]]
    device: str
    history_length: int


class BadMetricsError(Exception):
    """``metrics.json`` is not what was asked for; the text is a sentence without its full stop."""


def read_metrics(content: bytes) -> Metrics:
    """Read a ``metrics.json`` that nobody vouches for.

    Raises:
        BadMetricsError: it is no JSON object with ``epochs``, ``device`` and ``history``.
    """
    if len(content) > _LONGEST_METRICS:
        raise BadMetricsError(f"metrics.json has more than {_LONGEST_METRICS:,} bytes")
    try:
        found = untrusted_json.read(content)
    except ValueError:
        raise BadMetricsError("metrics.json is no JSON, or nested too deeply") from None
    history = found.get("history") if isinstance(found, dict) else None
    if not isinstance(history, list) or len(history) > _MOST_EPOCHS:
        raise BadMetricsError("metrics.json has no `history`, a list with one entry an epoch")
    numbers = {
        plain_text(name, _LONGEST_NAME): float(value)
        for name, value in list(found.items())[:_MOST_NAMES]
        if _is_number(value)
    }
    if "epochs" not in numbers or not isinstance(found.get("device"), str):
        raise BadMetricsError("metrics.json has no `epochs` or no `device`")
    # An entry may be a number as well as an object with several.
    entries = (
        history if all(isinstance(entry, dict) for entry in history) else [{"history": entry} for entry in history]
    )
    names = [name for name in entries[0] if name != "epoch"][:_MOST_NAMES] if entries else []
    curves = {
        plain_text(name, _LONGEST_NAME): tuple(float(entry[name]) for entry in entries)
        for name in names
        if all(_is_number(entry.get(name)) for entry in entries)
    }
    return Metrics(numbers, curves, plain_text(found["device"], 20), len(history))


def _is_number(value: Any) -> bool:
    # A number that diverged is one, too; an integer may have more digits than any float.
    return isinstance(value, float) or (
        isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST_INTEGER
    )


@dataclass(frozen=True)
class Evidence:
    """Everything that is known of one run that came to its end."""

    plan: RunPlan
    epochs: int
    device: str
    run: ScriptRun
    metrics: Metrics
    answers: Answers
    #: None where accuracies are not asked for, or could not be computed.
    recomputed: Recomputed | None
    #: Examples that one epoch goes through at least; 0 where that is not known.
    examples: int = 0


def check_run(evidence: Evidence) -> list[CheckResult]:
    """Return what holds of what every run must keep to."""
    checks = [*_epochs(evidence), *_steps(evidence), *_checkpoint(evidence)]
    if evidence.recomputed is not None:
        # Where no step can have helped, what the model has learnt is no question of its own.
        steps_were_right = all(check.holds for check in checks)
        checks += _accuracies(evidence, evidence.recomputed, steps_were_right=steps_were_right)
    return checks


def _result(evidence: Evidence, says: str, wrong: str, right: str) -> CheckResult:
    return CheckResult(says=says, holds=not wrong, message=f"{wrong or right}.", run=evidence.plan.name)


def _epochs(evidence: Evidence) -> Iterator[CheckResult]:
    asked, metrics, record = evidence.epochs, evidence.metrics, evidence.run.record
    wrong = ""
    passes = record.examples / evidence.examples if record is not None and evidence.examples else None
    if metrics.numbers["epochs"] != asked:
        wrong = f"it was asked for {asked} epochs and reports {metrics.numbers['epochs']:g}"
    elif metrics.history_length != asked:
        wrong = f"it was asked for {asked} epochs and its history has {metrics.history_length} entries"
    elif passes is not None and not (1 - _PASSES_SLACK) * asked <= passes <= (1 + _PASSES_SLACK) * asked:
        wrong = f"it reports {asked} epochs, and gradients flowed from its training set about {passes:.1f} times"
    yield _result(
        evidence,
        f"it trains for {asked} epochs",
        wrong,
        f"{asked} epochs, {metrics.history_length} entries in its history",
    )
    wrong = (
        ""
        if metrics.device == evidence.device
        else f"it was asked for the device {evidence.device} and reports {metrics.device}"
    )
    yield _result(evidence, f"it trains on the device {evidence.device}", wrong, f"device {evidence.device}")


def _steps(evidence: Evidence) -> Iterator[CheckResult]:
    record, wanted = evidence.run.record, evidence.plan.optimizer
    if record is None or not record.total_steps:
        yield _result(evidence, "an optimizer takes steps", "no optimizer of torch.optim took a single step", "")
        return
    taken = ", ".join(f"{count:,} steps of {name}" for name, count in sorted(record.steps.items()))
    if wanted:
        yield _result(evidence, f"it trains with {wanted}", _other_optimizer(record, wanted, taken), taken)
    wrong = (
        f"{record.leftover_gradients} times a backward pass added to gradients of the step before; call"
        " optimizer.zero_grad() for every step"
        if record.leftover_gradients
        else ""
    )
    yield _result(evidence, "gradients are cleared between steps", wrong, "no step met gradients of another one")
    wrong = (
        ""
        if _moves(record)
        else "there were gradients, and no step changed a parameter: the learning rate is 0, or next to it"
    )
    yield _result(evidence, "steps change the parameters", wrong, "they do")


def _other_optimizer(record: TrainingRecord, wanted: str, taken: str) -> str:
    """Say what is wrong where the steps are another optimizer's; those of SGD are known by their numbers, whatever it
    is called.
    """
    is_called_so = set(record.steps) == {wanted}
    by_numbers = are_steps_of_sgd(record.traces) if wanted == "SGD" else None
    if is_called_so if by_numbers is None else by_numbers:
        return ""
    return f"the sheet asks for {wanted}, and the script took {taken}" + (
        f", which are not what {wanted} does" if is_called_so else ""
    )


def _moves(record: TrainingRecord) -> bool:
    """Say whether any traced step changed a parameter that had a gradient; true where none had."""
    had_gradient = False
    for trace in record.traces:
        had_gradient = had_gradient or bool(np.any(trace.gradients != 0))
        if np.any(trace.before != trace.after):
            return True
    return not had_gradient


def _checkpoint(evidence: Evidence) -> Iterator[CheckResult]:
    answers, least = evidence.answers, evidence.plan.weight_matrices
    yield _result(
        evidence, "model.pt can be read and belongs to the model", answers.problem, f"{len(answers.shapes)} tensors"
    )
    if least and answers.shapes:
        found = answers.weight_matrices
        wrong = (
            f"model.pt has {found} weight matrices, which makes {_hidden_layers(found - 1)}" if found < least else ""
        )
        yield _result(
            evidence, f"the network has at least {least - 1} hidden layers", wrong, f"{found} weight matrices"
        )


def _hidden_layers(count: int) -> str:
    return "1 hidden layer" if count == 1 else f"{max(0, count)} hidden layers"


def _accuracies(evidence: Evidence, computed: Recomputed, *, steps_were_right: bool) -> Iterator[CheckResult]:
    wrong = ""
    if computed.unknown_images > _MOST_WRONG_LABELS:
        wrong = f"{computed.unknown_images:.0%} of the images in load_splits are none of the data set's"
    elif computed.official_test_share < 1:
        wrong = f"the test set of load_splits holds {computed.official_test_share:.0%} of the official test images"
    yield _result(evidence, "the images are those of the data set, the test set is the official one", wrong, "they are")
    wrong = "; ".join(_dishonest(evidence.metrics.numbers, computed))
    shown = ", ".join(f"{part} {value:.3f}" for part, value in computed.accuracies.items())
    yield _result(evidence, "reported accuracies are those of model.pt", wrong, f"with the true test labels: {shown}")
    chance = _STANDARD_ERRORS * math.sqrt(_MOST_ON_FALSE_LABELS * (1 - _MOST_ON_FALSE_LABELS) / computed.counts["test"])
    limit = _MOST_ON_FALSE_LABELS + chance
    wrong = (
        f"the test labels that the script was given are false, and its model knows {computed.on_false_labels:.0%} of"
        " them: it trains on the test set"
        if computed.on_false_labels > limit
        else ""
    )
    yield _result(
        evidence, "the test set is not trained on", wrong, f"{computed.on_false_labels:.1%} of false test labels learnt"
    )
    if steps_were_right:
        wrong, best = "", computed.best_constant
        if computed.wrong_labels > _MOST_WRONG_LABELS:
            wrong = (
                f"{computed.wrong_labels:.0%} of the labels in load_splits are not those of their images: labels and"
                " images were shuffled apart"
            )
        elif computed.accuracies["train"] < best + _LEARNT and computed.on_false_labels <= limit:
            wrong = (
                f"the model is right on {computed.accuracies['train']:.0%} of its own training images, no better than"
                f" guessing ({best:.0%}): it learnt nothing, or labels and images were shuffled apart"
            )
        yield _result(
            evidence,
            "labels belong to their images",
            wrong,
            f"{computed.accuracies['train']:.0%} of the training images are recognised",
        )


def _dishonest(reported: Mapping[str, float], computed: Recomputed) -> Iterator[str]:
    # What a script reports of the test set it has from false labels; they are what its report is held against.
    actual = {**computed.accuracies, "test": computed.on_false_labels}
    for part, value in actual.items():
        name = f"{part}_accuracy"
        slack = max(_ACCURACY_SLACK, _IMAGES_SLACK / computed.counts[part])
        if name not in reported:
            yield f"metrics.json has no {name}"
        elif not abs(reported[name] - value) <= slack:
            yield (
                f"{name} is reported as {reported[name]:.3f}, and model.pt reaches {value:.3f} on the labels that the"
                " script had"
            )
