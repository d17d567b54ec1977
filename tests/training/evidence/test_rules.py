"""Verdicts on what a script reports, whatever that is; what it does is judged in ``test_wrong_trainings.py``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from sheetgrader.graders.failures import BadValue, StudentError, TimedOut, Wrong
from sheetgrader.results import Outcome
from sheetgrader.sandbox.work_folder import FolderContent
from sheetgrader.scripts.records import FirstExamples, Trace, TrainingRecord
from sheetgrader.scripts.run import ScriptRun
from sheetgrader.training.evidence.observing import Evidence
from sheetgrader.training.evidence.rules import RULES, judge_all
from sheetgrader.training.evidence.small_data import make_small_data
from sheetgrader.training.evidence.verdicts import Verdict
from sheetgrader.training.plan import Budget, RunPlan

RIGHT = {"epochs": 3, "device": "cpu", "history": [{"loss": 2.0}, {"loss": 1.0}, {"loss": 0.5}], "loss": 0.5}


def _record(
    steps: Mapping[str, int], *, moves: float = 0.1, gradient: float = 1.0, leftover: int = 0
) -> TrainingRecord:
    before = np.random.default_rng(0).normal(size=(4, 64))
    gradients = gradient * np.random.default_rng(1).normal(size=(4, 64))
    trace = Trace((8, 8), before, gradients, before - moves * gradients)
    return TrainingRecord(
        dict(steps), 100, 10, leftover, (trace,), FirstExamples(np.zeros((0, 8), np.float32), np.zeros(0, np.int32))
    )


@dataclass(frozen=True)
class Left:
    """A sandbox in which a script leaves the same whenever it runs."""

    metrics: bytes
    weights_found: Mapping[str, Any] | StudentError
    record: TrainingRecord | None

    def run(self, command: Sequence[str], files: Mapping[str, bytes], *, output: str, is_watched: bool) -> ScriptRun:
        content = FolderContent({"metrics.json": self.metrics, "model.pt": b"saved"})
        return ScriptRun(tuple(command), Outcome.RIGHT, output=content, record=self.record)

    def weights(self, checkpoint: bytes) -> Mapping[str, Any]:
        if isinstance(self.weights_found, StudentError):
            raise self.weights_found
        return self.weights_found


def _evidence(
    metrics: object = RIGHT,
    *,
    matrices: int = 3,
    optimizer: str = "SGD",
    record: TrainingRecord | None = None,
    failure: StudentError | None = None,
) -> Evidence:
    plan = RunPlan(
        name="run",
        script="train.py",
        epochs=dict.fromkeys(Budget, 3),
        optimizer=optimizer,
        weight_matrices=3,
    )
    weights = {str(number): np.zeros((2, 2)) for number in range(matrices)} | {"bias": np.zeros(2)}
    content = metrics if isinstance(metrics, bytes) else json.dumps(metrics).encode()
    sandbox = Left(content, failure or weights, record or _record({"SGD": 4}))
    return Evidence(plan, 3, "cpu", sandbox)


def test_a_training_without_accuracies_is_judged_by_what_every_one_must_keep_to() -> None:
    verdicts = judge_all(_evidence())
    assert [verdict for verdict in verdicts if not verdict.holds] == []
    assert {verdict.name for verdict in verdicts} == {
        "runs",
        "metrics",
        "device",
        "checkpoint",
        "layers",
        "optimizer",
        "steps",
        "gradients",
        "epochs",
    }
    assert next(verdict.says for verdict in verdicts if verdict.name == "epochs") == ("it trains for 3 epochs")


MISTAKES = {
    "no object": (b"[]", {"metrics": "holds no JSON object", "device": "holds no", "epochs": "holds no"}),
    "no history": ({**RIGHT, "history": None}, {"metrics": "has no history"}),
    "history of text": ({**RIGHT, "history": "3"}, {"metrics": "history is no list"}),
    "a shorter history": ({**RIGHT, "history": [1, 2]}, {"epochs": "reports 3 epochs and a history of 2 entries"}),
    "other epochs": ({**RIGHT, "epochs": 4}, {"epochs": "reports 4 epochs and a history of 3 entries"}),
    "epochs as text": ({**RIGHT, "epochs": "3"}, {"metrics": "epochs is no whole number"}),
    "epochs that are true": (
        {**RIGHT, "epochs": True},
        {"metrics": "no whole number", "epochs": "reports True epochs"},
    ),
    "vast epochs": (
        {**RIGHT, "epochs": 10**400},
        {"metrics": "epochs is no whole number", "epochs": "reports 1000000000000000000… epochs"},
    ),
    "another device": ({**RIGHT, "device": "cuda"}, {"device": "names the device 'cuda', where"}),
    "a device that is a list": ({**RIGHT, "device": [["\x1b[2J"] * 9]}, {"device": "names the device"}),
    "NaN": ({**RIGHT, "loss": float("nan")}, {"metrics": "holds NaN or infinity"}),
    "NaN in its history": ({**RIGHT, "history": [1.0, 2.0, float("inf")]}, {"metrics": "has the training diverged"}),
}


@pytest.mark.parametrize(("metrics", "wrong"), MISTAKES.values(), ids=MISTAKES)
def test_each_mistake_in_a_report_is_told_where_it_belongs(metrics: object, wrong: Mapping[str, str]) -> None:
    _assert_told(_evidence(metrics), wrong)


TRAININGS = {
    "no steps": ({"record": _record({})}, {"optimizer": "No optimizer", "steps": "No optim", "gradients": "No optim"}),
    "Adam": ({"record": _record({"Adam": 4}), "optimizer": "Adam"}, {}),
    "SGD for Adam": ({"optimizer": "Adam"}, {"optimizer": "to train with Adam; the optimizer is called SGD"}),
    "Adam beside Adam's own": (
        {"record": _record({"Adam": 4, "SGD": 4}), "optimizer": "Adam"},
        {"optimizer": "to train with Adam; the optimizer is called Adam, SGD"},
    ),
    "SGD by its numbers": ({"record": _record({"Own": 4})}, {}),
    "a learning rate of 0": ({"record": _record({"SGD": 4}, moves=0.0)}, {"steps": "is the learning rate 0"}),
    "tensors that no gradient reaches": ({"record": _record({"SGD": 4}, gradient=0.0)}, {}),
    "leftover gradients": ({"record": _record({"SGD": 4}, leftover=3)}, {"gradients": "call optimizer.zero_grad()"}),
    "one hidden layer": ({"matrices": 2}, {"layers": "uses 2 weight matrices; two hidden layers and the output make"}),
    "no state dict": (
        {"failure": BadValue("It holds a list.")},
        {"checkpoint": "It holds a list.", "layers": "It holds a list."},
    ),
}


@pytest.mark.parametrize(("training", "wrong"), TRAININGS.values(), ids=TRAININGS)
def test_each_mistake_in_training_is_told_where_it_belongs(training: dict[str, Any], wrong: Mapping[str, str]) -> None:
    _assert_told(_evidence(**training), wrong)


def _assert_told(evidence: Evidence, wrong: Mapping[str, str]) -> None:
    found = {verdict.name: verdict.sentence for verdict in judge_all(evidence) if not verdict.holds}
    assert set(found) == set(wrong), found
    for name, sentence in wrong.items():
        assert sentence in found[name]
        assert len(found[name]) < 400
        assert found[name].isprintable()


def test_a_verdict_raises_what_it_rests_on() -> None:
    def verdict(outcome: Outcome) -> Verdict:
        return Verdict(name="runs", says="it runs", outcome=outcome, sentence="It does not.")

    verdict(Outcome.RIGHT).check()
    for outcome, failure in ((Outcome.WRONG, Wrong), (Outcome.TIMED_OUT, TimedOut)):
        with pytest.raises(failure, match=r"^It does not\.$"):
            verdict(outcome).check()


class Nothing(Left):
    """A sandbox into which no script was put."""

    def run(self, command: Sequence[str], files: Mapping[str, bytes], *, output: str, is_watched: bool) -> ScriptRun:
        return ScriptRun(tuple(command), Outcome.WRONG, "train.py was not handed in.")


class Idle(Left):
    """A sandbox in which a script does nothing, or trains and leaves no file."""

    def run(self, command: Sequence[str], files: Mapping[str, bytes], *, output: str, is_watched: bool) -> ScriptRun:
        return ScriptRun(tuple(command), Outcome.RIGHT, record=self.record)


@pytest.mark.parametrize(("steps", "holds"), [({}, False), ({"SGD": 4}, True)])
def test_a_script_that_does_nothing_does_not_run_to_its_end(steps: Mapping[str, int], holds: bool) -> None:
    plan = RunPlan(name="run", script="train.py", epochs=dict.fromkeys(Budget, 3), optimizer="SGD", weight_matrices=3)
    verdicts = judge_all(Evidence(plan, 3, "cpu", Idle(b"", {}, _record(steps))))
    assert verdicts[0].name == "runs"
    assert verdicts[0].holds == holds


def test_of_a_script_that_was_not_handed_in_all_verdicts_say_so() -> None:
    plan = RunPlan(
        name="run",
        script="train.py",
        epochs=dict.fromkeys(Budget, 3),
        data="MNIST",
        optimizer="SGD",
        weight_matrices=3,
        recompute_accuracies=True,
    )
    evidence = Evidence(plan, 3, "cpu", Nothing(b"", {}, None), make_small_data(0), key=bytes(32), is_handed_in=False)
    verdicts = judge_all(evidence)
    assert [verdict.name for verdict in verdicts] == [rule.name for rule in RULES]
    assert {verdict.sentence for verdict in verdicts} == {"train.py was not handed in."}
    assert {verdict.outcome for verdict in verdicts} == {Outcome.WRONG}
