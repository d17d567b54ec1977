"""The judgement of a training: ``sheetgrader grade`` makes criteria of its verdicts, ``sheetgrader train`` checks."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from sheetgrader.boundary.plain_text import plain_text
from sheetgrader.boundary.trainings import PARTS
from sheetgrader.graders.failures import StudentError, Wrong
from sheetgrader.results import Outcome
from sheetgrader.training.evidence.data_sets import check_labels, check_seed, check_test_images, check_training_images
from sheetgrader.training.evidence.false_labels import preference
from sheetgrader.training.evidence.label_matching import compare_classes
from sheetgrader.training.evidence.observing import FEW_EPOCHS, METRICS, Evidence, metrics_of, record_of
from sheetgrader.training.evidence.step_rules import are_steps_of_sgd, moves
from sheetgrader.training.evidence.verdicts import Requirement, Verdict

#: Passes through the training set in an epoch: the last batch may be dropped, and a whole pass more is another epoch.
_FEWEST_PASSES, _MOST_PASSES = 0.5, 1.5
#: By how much these may differ between runs, as a share; data of another size end in another batch besides.
_OTHER_PASSES: Final = 0.05
#: What an affine map leaves unexplained by rounding.
_AFFINE: Final = 1e-3
#: Standard deviations that chance gives once in three million.
_SURE_PREFERENCE: Final = 5.0
#: Reported accuracies may differ from those of the saved network by rounding, and by one image and a half.
_ACCURACY_SLACK: Final = 0.005
_IMAGES_SLACK: Final = 1.5
#: Share of the training images that may be trained towards another class than theirs.
_MOST_OTHER_CLASSES: Final = 0.1
#: How much better than the best constant guess a trained network is, on small data, too.
_LEARNT: Final = 0.15

_NUMBERS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_LONGEST_NAMES: Final = 80


def judge_all(evidence: Evidence) -> tuple[Verdict, ...]:
    """Return the verdicts on everything that the plan asks for."""
    return tuple(judge(evidence, requirement) for requirement in _requirements(evidence))


def judge(evidence: Evidence, requirement: Requirement) -> Verdict:
    """Return the verdict on one requirement; what it rests on is looked at only now."""
    says, find = _RULES[requirement]
    plan = evidence.plan
    words = {
        "script": plan.script,
        "epochs": evidence.epochs,
        "device": evidence.device,
        "optimizer": plan.optimizer,
        "layers": plan.weight_matrices - 1,
    }
    try:
        outcome, sentence = Outcome.RIGHT, find(evidence)
    except Wrong as wrong:
        outcome, sentence = Outcome.WRONG, str(wrong)
    except StudentError as failure:
        outcome, sentence = failure.outcome, str(failure)
    return Verdict(requirement=requirement, says=says.format(**words), outcome=outcome, sentence=sentence)


def _requirements(evidence: Evidence) -> Iterator[Requirement]:
    plan = evidence.plan
    for requirement in Requirement:
        if requirement is Requirement.OPTIMIZER:
            is_asked = bool(plan.optimizer)
        elif requirement is Requirement.LAYERS:
            is_asked = plan.weight_matrices > 0
        else:
            is_asked = plan.recompute_accuracies or requirement in _OF_EVERY_TRAINING
        if is_asked:
            yield requirement


# Each rule returns what was seen, and raises what is wrong.


def _runs(evidence: Evidence) -> str:
    run = evidence.long
    run.check()
    if not (run.output.files or run.output.left_out or (run.record and run.record.total_steps)):
        raise Wrong("It does nothing on its way there: no optimizer takes a step, and no file is written.")
    return "It does."


def _folder(evidence: Evidence) -> str:
    short = evidence.short
    if not short.finished and evidence.long.finished:
        raise Wrong(f"With an output folder that did not exist: {short.reason}")
    short.file(METRICS)
    return "It does."


def _metrics(evidence: Evidence) -> str:
    metrics = evidence.metrics
    accuracies = [f"{part}_accuracy" for part in PARTS] if evidence.plan.recompute_accuracies else []
    for name in ("epochs", "history", "device", *accuracies):
        if metrics.found.get(name) is None:
            raise Wrong(f"metrics.json has no {name}.")
    for name in accuracies:
        value = metrics.number(name)
        if value is None:
            raise Wrong(f"In metrics.json {name} is no number.")
        if not 0 <= value <= 1:
            raise Wrong(f"In metrics.json {name} is {value:g}, where a number between 0 and 1 was asked for.")
    if not isinstance(metrics.found["epochs"], int) or metrics.number("epochs") is None:
        raise Wrong("In metrics.json epochs is no whole number.")
    if not isinstance(metrics.found["history"], list):
        raise Wrong("In metrics.json history is no list.")
    if not all(
        map(math.isfinite, [*metrics.numbers.values(), *(x for curve in metrics.curves.values() for x in curve)])
    ):
        raise Wrong("metrics.json holds NaN or infinity, for which JSON has no form: has the training diverged?")
    return f"It holds {', '.join(map(plain_text, list(metrics.found)[:10]))}."


def _device(evidence: Evidence) -> str:
    device = evidence.metrics.found.get("device")
    if device is not None and device != evidence.device:
        raise Wrong(
            f"metrics.json names the device {plain_text(str(device), 20)!r}, where the script was called with --device"
            f" {evidence.device}."
        )
    return "It does."


def _checkpoint(evidence: Evidence) -> str:
    return f"It has {len(evidence.weights)} tensors."


def _import(evidence: Evidence) -> str:
    written = evidence.written_by_import
    if written:
        raise Wrong(f"Importing the script wrote {len(written)} files, {written[0]} among them.")
    return "It does."


def _training_images(evidence: Evidence) -> str:
    for splits in (evidence.odd_splits[0], evidence.splits):
        check_training_images(splits)
    return f"{len(splits['train'].labels):,} images to train with, {len(splits['validation'].labels):,} to validate."


def _test_images(evidence: Evidence) -> str:
    for splits in (evidence.odd_splits[0], evidence.splits):
        check_test_images(splits)
    return f"{len(splits['test'].labels):,} images."


def _labels(evidence: Evidence) -> str:
    for splits in (evidence.odd_splits[0], evidence.splits):
        check_labels(splits)
    return "They do."


def _seed(evidence: Evidence) -> str:
    check_seed(*evidence.odd_splits)
    return "It does."


def _layers(evidence: Evidence) -> str:
    least = evidence.plan.weight_matrices
    if not evidence.plan.recompute_accuracies:
        matrices = sum(weights.ndim > 1 for weights in evidence.weights.values())
        between = [1.0] * (matrices - 1)
    else:
        between = evidence.distances_from_affine
        matrices = len(between) + 1
    if matrices < least:
        layers = f"{_number(least - 1)} hidden layer{'s' if least > 2 else ''}"
        raise Wrong(f"The network uses {matrices} weight matrices; {layers} and the output make {_number(least)}.")
    if least > 2 and max(between[:-1]) < _AFFINE:
        raise Wrong(
            f"The network uses {matrices} weight matrices, but there is no non-linearity between the hidden layers."
        )
    return f"{matrices} weight matrices."


def _number(value: int) -> str:
    return _NUMBERS[value] if value < len(_NUMBERS) else str(value)


def _optimizer(evidence: Evidence) -> str:
    record, wanted = record_of(evidence.long), evidence.plan.optimizer
    names = ", ".join(sorted(record.steps))[:_LONGEST_NAMES]
    # Those of SGD are known by their numbers, whatever it is called.
    by_numbers = are_steps_of_sgd(record.traces) if wanted == "SGD" else None
    if by_numbers is False:
        raise Wrong(
            "The steps do not follow the gradients with one rate for all weights of a layer, as those of SGD do; the"
            f" optimizer is called {names}."
        )
    if by_numbers is None and set(record.steps) != {wanted}:
        raise Wrong(f"It was to train with {wanted}; the optimizer is called {names}.")
    return f"{record.total_steps:,} steps of {names}."


def _steps(evidence: Evidence) -> str:
    record = record_of(evidence.long)
    # Only the first tensors are traced, and those may be frozen ones, which no gradient reaches.
    are_frozen = record.examples > 0 and not any(np.any(trace.gradients != 0) for trace in record.traces)
    if not moves(record.traces) and not are_frozen:
        raise Wrong("The optimizer's steps change no weight: is the learning rate 0?")
    return "They do."


def _gradients(evidence: Evidence) -> str:
    if record_of(evidence.long).leftover_gradients:
        raise Wrong(
            "The gradient of the step before was still there when the next one was computed, and PyTorch adds them up;"
            " call optimizer.zero_grad() for every step."
        )
    return "No step met gradients of another one."


def _epochs(evidence: Evidence) -> str:
    runs = [(evidence.long, evidence.epochs)]
    if evidence.plan.recompute_accuracies:
        runs.append((evidence.few_epochs, FEW_EPOCHS))
    for run, asked in runs:
        found = metrics_of(run).found
        epochs, history = found.get("epochs"), found.get("history")
        # What is not there, or is no number, is another requirement's question.
        reported = epochs if isinstance(epochs, int) else asked
        entries = len(history) if isinstance(history, list) else asked
        if (reported, entries) != (asked, asked):
            raise Wrong(
                f"Called with --epochs {asked}, it reports {plain_text(str(reported), 20)} epochs and a history of"
                f" {entries} entries."
            )
    if evidence.plan.recompute_accuracies:
        _compare_passes(evidence)
    return f"{evidence.epochs} epochs."


def _compare_passes(evidence: Evidence) -> None:
    """Check that an epoch is one pass through the training set, in the run for few epochs as in that for all."""
    asked = (evidence.epochs, FEW_EPOCHS)
    records = [record_of(run) for run in (evidence.long, evidence.few_epochs)]
    sizes = (len(evidence.splits["train"].labels), evidence.rehearsed_size)
    passes = [record.examples / (epochs * size) for record, epochs, size in zip(records, asked, sizes, strict=True)]
    if not all(passes):
        # What is no module's output is not recorded.
        return
    for share, size in zip(passes, sizes, strict=True):
        if not _FEWEST_PASSES < share < _MOST_PASSES:
            raise Wrong(f"In an epoch it went {share:.2g} times through the {size} training images.")
    last_batch = 0 if sizes[0] == sizes[1] else max(record.largest_batch for record in records) / min(sizes)
    if abs(passes[0] / passes[1] - 1) > _OTHER_PASSES + last_batch:
        raise Wrong(
            f"In an epoch it went {passes[0]:.2f} times through the training images with --epochs {asked[0]}, and"
            f" {passes[1]:.2f} times with --epochs {asked[1]}."
        )


def _unseen(evidence: Evidence) -> str:
    test = evidence.splits["test"]
    given, true = test.official_labels[test.images], evidence.true_test_labels
    is_false = given != true
    if not is_false.any():
        raise Wrong("The test set holds none of the official test images that were looked for.")
    found = preference(evidence.scores["test"][is_false], true[is_false], given[is_false])
    if found > _SURE_PREFERENCE:
        raise Wrong("The network knows labels of test images that it cannot know without having been trained on them.")
    return f"False labels are preferred by {found:.1f} standard deviations, and {_SURE_PREFERENCE:g} would show."


def _accuracies(evidence: Evidence) -> str:
    metrics, actual = evidence.metrics, evidence.accuracies
    for part, accuracy in actual.items():
        reported = metrics.accuracy(part)
        if reported is None:
            raise Wrong(f"metrics.json reports no {part}_accuracy.")
        slack = max(_ACCURACY_SLACK, _IMAGES_SLACK / len(evidence.splits[part].labels))
        if not abs(reported - accuracy) <= slack:
            raise Wrong(
                f"metrics.json reports {part}_accuracy {reported:.4f}; the network in model.pt reaches {accuracy:.4f}"
                " on these images."
            )
    return ", ".join(f"{part} {accuracy:.3f}" for part, accuracy in actual.items()) + "."


def _targets(evidence: Evidence) -> str:
    record, train = evidence.long.record, evidence.splits["train"]
    found = compare_classes(record.first_examples, train.inputs, train.labels) if record is not None else None
    if found is None:
        return "That cannot be told."
    sentence = (
        f"Of {found.compared} images seen in training, {found.different} were trained towards another class than they"
        " have in load_splits."
    )
    if found.different > _MOST_OTHER_CLASSES * found.compared:
        raise Wrong(sentence)
    return sentence


def _learnt(evidence: Evidence) -> str:
    accuracy, guess = evidence.test_accuracy, evidence.best_guess
    sentence = (
        f"After {evidence.epochs} epochs the network is right for {accuracy:.2f} of the test images and"
        f" {evidence.accuracies['train']:.2f} of its own training images; the best constant guess is right for"
        f" {guess:.2f}."
    )
    if accuracy < guess + _LEARNT:
        raise Wrong(sentence)
    return sentence


#: What each asks, and the rule that finds out.
_RULES: Final[dict[Requirement, tuple[str, Callable[[Evidence], str]]]] = {
    Requirement.RUNS: ("{script} runs to its end", _runs),
    Requirement.FOLDER: ("it makes the folder given by --output", _folder),
    Requirement.METRICS: ("metrics.json is well-formed", _metrics),
    Requirement.DEVICE: ("it trains on the device {device}", _device),
    Requirement.CHECKPOINT: ("model.pt is a state dict", _checkpoint),
    Requirement.IMPORT: ("importing it does nothing", _import),
    Requirement.TRAINING_IMAGES: (
        "training and validation set are together the official training images",
        _training_images,
    ),
    Requirement.TEST_IMAGES: ("the test set is the official one", _test_images),
    Requirement.LABELS: ("labels belong to their images", _labels),
    Requirement.SEED: ("the split follows the seed", _seed),
    Requirement.LAYERS: ("the network has at least {layers} hidden layers", _layers),
    Requirement.OPTIMIZER: ("it trains with {optimizer}", _optimizer),
    Requirement.STEPS: ("steps change the parameters", _steps),
    Requirement.GRADIENTS: ("gradients are cleared between steps", _gradients),
    Requirement.EPOCHS: ("it trains for {epochs} epochs", _epochs),
    Requirement.UNSEEN: ("the test set is not trained on", _unseen),
    Requirement.ACCURACIES: ("reported accuracies are those of model.pt", _accuracies),
    Requirement.TARGETS: ("images are trained towards their own labels", _targets),
    Requirement.LEARNT: ("it has learnt", _learnt),
}
#: What is asked of one whose accuracies are not, too.
_OF_EVERY_TRAINING: Final = {
    Requirement.RUNS,
    Requirement.METRICS,
    Requirement.DEVICE,
    Requirement.CHECKPOINT,
    Requirement.STEPS,
    Requirement.GRADIENTS,
    Requirement.EPOCHS,
}
