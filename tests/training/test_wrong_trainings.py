"""Deliberately wrong trainings: each is the reference script with one mistake, and caught by a message of its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

import pytest

from sheetgrader.training.evidence.rules import RULES
from sheetgrader.training.job import JobResult
from sheetgrader.training.outcomes import CheckResult

RunScript = Callable[..., JobResult]


class Mistake(NamedTuple):
    #: What of the reference script is replaced, and by what.
    right: str
    wrong: str
    #: The check that fails, and what its message says.
    says: str
    message: str


_SAVED = "{name: value.cpu() for name, value in model.state_dict().items()}"
_OPTIMIZER = "torch.optim.SGD(model.parameters(), lr=LEARNING_RATE, momentum=MOMENTUM)"
_EPOCHS = "range(1, options.epochs + 1)"

MISTAKES = {
    "no_zero_grad": Mistake(
        "        optimizer.zero_grad()\n",
        "",
        "gradients are cleared between steps",
        r"was still there when the next one was computed.*; call optimizer\.zero_grad\(\)",
    ),
    "learning_rate_0": Mistake(
        "LEARNING_RATE = 0.05", "LEARNING_RATE = 0.0", "steps change the parameters", "is the learning rate 0?"
    ),
    "trains_on_the_test_set": Mistake(
        "train_one_epoch(model, *train, optimizer)",
        "train_one_epoch(model, *test, optimizer)",
        "the test set is not trained on",
        "knows labels of test images that it cannot know without having been trained on them",
    ),
    "makes_its_accuracy_up": Mistake(
        '"test_accuracy": accuracy(model, *test)',
        '"test_accuracy": 0.97',
        "reported accuracies are those of model.pt",
        r"reports test_accuracy 0\.9700; the network in model\.pt reaches",
    ),
    "shuffles_labels_in_batches": Mistake(
        "classes[batch])",
        "classes[torch.randperm(len(classes))[: len(batch)]])",
        "images are trained towards their own labels",
        "were trained towards another class than they have in load_splits",
    ),
    "shuffles_labels_in_its_data": Mistake(
        "data.targets[chosen]",
        "data.targets[chosen.roll(1)]",
        "labels belong to their images",
        "come with a class that is not theirs",
    ),
    "adam_instead_of_sgd": Mistake(
        _OPTIMIZER,
        "torch.optim.Adam(model.parameters(), lr=1e-3)",
        "it trains with SGD",
        "the optimizer is called Adam",
    ),
    "one_hidden_layer": Mistake(
        "nn.Linear(28 * 28, 256), nn.ReLU(), nn.Linear(256, 128)",
        "nn.Linear(28 * 28, 128)",
        "the network has at least 2 hidden layers",
        "uses 2 weight matrices; two hidden layers and the output make three",
    ),
    "two_epochs": Mistake(
        _EPOCHS, "range(1, 3)", "it trains for 5 epochs", "reports 5 epochs and a history of 2 entries"
    ),
    "two_epochs_and_a_longer_history": Mistake(
        f"{_EPOCHS}:\n        loss = train_one_epoch(model, *train, optimizer)",
        f"{_EPOCHS}:\n        loss = train_one_epoch(model, *train, optimizer) if epoch < 3 else 1.0",
        "it trains for 5 epochs",
        r"In an epoch it went 0\.4 times through the 500 training images",
    ),
    "checkpoint_of_another_model": Mistake(
        _SAVED,
        "nn.Linear(3, 4).state_dict()",
        "reported accuracies are those of model.pt",
        r"weights in model\.pt do not fit the network of build_model\(\)",
    ),
    "checkpoint_of_another_training": Mistake(
        _SAVED,
        "build_model().state_dict()",
        "reported accuracies are those of model.pt",
        "the network in model.pt reaches",
    ),
    "checkpoint_that_is_a_pickle_bomb": Mistake(
        "torch.save(" + _SAVED,
        "class Bomb:\n        def __reduce__(self):\n            return print, ('boom',)\n\n    torch.save(Bomb()",
        "model.pt is a state dict",
        "because it holds more than tensors",
    ),
    "test_set_of_its_own": Mistake(
        "_as_tensors(test, torch.arange(len(test)))",
        "_as_tensors(test, torch.arange(len(test) // 2))",
        "the test set is the official one",
        "The test set has 33 images, 33 of them official; there are 67 official ones",
    ),
}


def _failed(result: JobResult) -> list[CheckResult]:
    return [check for check in result.checks if not check.holds]


def test_the_reference_keeps_to_everything(run_as_training: RunScript, reference_script: str) -> None:
    result = run_as_training(reference_script)
    assert _failed(result) == []
    assert len(result.checks) == len(RULES)
    assert result.run.metrics["test_accuracy"] > result.run.metrics["best_constant_accuracy"] + 0.15
    assert len(result.run.curves["train_loss"]) == 5
    assert result.run.peak_memory_bytes >= 0
    assert result.run.surroundings.versions["torch"]


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_each_mistake_has_a_message_of_its_own(
    mistake: Mistake, run_as_training: RunScript, reference_script: str
) -> None:
    assert reference_script.count(mistake.right) == 1
    failed = _failed(run_as_training(reference_script.replace(mistake.right, mistake.wrong)))
    messages = {check.says: check.message for check in failed}
    assert re.search(mistake.message, messages.get(mistake.says, f"nothing, but {messages}"))


#: The folder to write to is the last word of a script's command line.
_WRITING = "import os, pathlib, sys\nfolder = pathlib.Path(sys.argv[-1])\nos.makedirs(folder)\n"


def _write(metrics: str) -> str:
    return f"(folder / 'metrics.json').write_text({metrics!r})\n(folder / 'model.pt').touch()\n"


SCRIPTS = {
    "with_wrong_options": ("import argparse\nargparse.ArgumentParser().parse_args()\n", "exit code 2"),
    "that_writes_nothing": ("", r"wrote no metrics\.json"),
    "that_writes_10_gigabytes": (
        "with open('output.bin', 'wb') as file:\n    for _ in range(10 << 10):\n        file.write(bytes(1 << 20))\n",
        "wrote more than|File too large|No space left",
    ),
    "that_raises": ("raise ValueError('no such layer')\n", "ValueError: no such layer"),
    "that_never_ends": ("while True:\n    pass\n", "did not finish within 3 s"),
    "with_metrics_that_are_no_json": (f"{_WRITING}{_write('{')}", r"metrics\.json is no JSON"),
    "with_metrics_that_are_a_list": (f"{_WRITING}{_write('[]')}", "holds no JSON object"),
}


@pytest.mark.parametrize(("script", "message"), SCRIPTS.values(), ids=SCRIPTS)
def test_a_script_that_fails_is_told_in_a_sentence(script: str, message: str, run_as_training: RunScript) -> None:
    result = run_as_training(script, seconds=3.0)
    assert re.search(message, result.run.problem)
    assert result.run.problem.count("\n") == 0
    assert any(re.search(message, check.message) for check in _failed(result))
    # One mistake is told once, however much rests on it.
    assert len({check.message for check in _failed(result)}) == len(_failed(result))


def test_two_runs_agree_to_the_last_digit(run_as_training: RunScript, reference_script: str) -> None:
    one, other = (run_as_training(reference_script, epochs=2) for _ in range(2))
    assert one.run.curves == other.run.curves
    assert one.run.metrics == other.run.metrics
