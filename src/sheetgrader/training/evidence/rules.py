"""The judgement of a training, rule by rule; ``sheetgrader grade`` makes criteria of its verdicts, and ``sheetgrader
train`` checks. Each rule returns what was seen, where that is worth a sentence, and raises what is wrong.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from typing import Final

import numpy as np

from sheetgrader.boundary.plain_text import plain_text
from sheetgrader.boundary.trainings import PARTS
from sheetgrader.graders.failures import Wrong
from sheetgrader.scripts.records import TrainingRecord
from sheetgrader.scripts.run import ScriptRun
from sheetgrader.training.evidence.false_labels import preference
from sheetgrader.training.evidence.label_matching import compare_classes
from sheetgrader.training.evidence.observing import FEW_EPOCHS, Evidence
from sheetgrader.training.evidence.reading import METRICS, metrics_of
from sheetgrader.training.evidence.step_rules import are_steps_of_sgd, moves
from sheetgrader.training.evidence.verdicts import Rule, Verdict

#: Passes through the training set in an epoch: the last batch may be dropped, and a whole pass more is another epoch.
_FEWEST_PASSES, _MOST_PASSES = 0.5, 1.5
#: By how much these may differ between the run for few epochs and that for all, as a share.
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

#: All of them, in the order in which they are told.
RULES: Final[list[Rule]] = []


def judge_all(evidence: Evidence) -> tuple[Verdict, ...]:
    """Return the verdicts on everything that the plan asks for."""
    return tuple(rule.judge(evidence) for rule in RULES if rule.applies(evidence))


def _always(_: Evidence) -> bool:
    return True


def _where_accuracies_are_asked_for(evidence: Evidence) -> bool:
    return evidence.plan.recompute_accuracies


def _rule(
    applies: Callable[[Evidence], bool] = _where_accuracies_are_asked_for,
) -> Callable[[Callable[[Evidence], str | None]], Rule]:
    """Make a rule of a function, whose docstring says what it asks."""

    def register(find: Callable[[Evidence], str | None]) -> Rule:
        says = (find.__doc__ or "").removesuffix(".")
        RULES.append(Rule(find.__name__, says[:1].lower() + says[1:], find, applies))
        return RULES[-1]

    return register


def _demand(holds: object, otherwise: str) -> None:
    if not holds:
        raise Wrong(otherwise)


# What the runs left.


@_rule(_always)
def runs(evidence: Evidence) -> None:
    """{script} runs to its end."""
    run = evidence.long
    run.check()
    does_something = run.output.files or run.output.left_out or (run.record and run.record.total_steps)
    _demand(does_something, "It does nothing on its way there: no optimizer takes a step, and no file is written.")


@_rule()
def output_folder(evidence: Evidence) -> None:
    """It makes the folder given by --output."""
    short = evidence.short
    is_the_cause = not short.finished and evidence.long.finished
    _demand(not is_the_cause, f"With an output folder that did not exist: {short.reason}")
    short.file(METRICS)


@_rule(_always)
def metrics(evidence: Evidence) -> None:
    """metrics.json is well-formed."""
    reported = metrics_of(evidence.long)
    found, curves = reported.found, reported.curves.values()
    accuracies = [f"{part}_accuracy" for part in PARTS] if evidence.plan.recompute_accuracies else []
    for name in ("epochs", "history", "device", *accuracies):
        _demand(found.get(name) is not None, f"metrics.json has no {name}.")
    for name in accuracies:
        value = reported.number(name)
        if value is None:
            raise Wrong(f"In metrics.json {name} is no number.")
        _demand(0 <= value <= 1, f"In metrics.json {name} is {value:g}, where a number between 0 and 1 was asked for.")
    is_whole = isinstance(found["epochs"], int) and reported.number("epochs") is not None
    _demand(is_whole, "In metrics.json epochs is no whole number.")
    _demand(isinstance(found["history"], list), "In metrics.json history is no list.")
    values = [*reported.numbers.values(), *(value for curve in curves for value in curve)]
    has_diverged = "metrics.json holds NaN or infinity, for which JSON has no form: has the training diverged?"
    _demand(all(map(math.isfinite, values)), has_diverged)


@_rule(_always)
def device(evidence: Evidence) -> None:
    """It trains on the device {device}."""
    found = metrics_of(evidence.long).found.get("device")
    _demand(
        found in (None, evidence.device),
        f"metrics.json names the device {plain_text(str(found), 20)!r}, where the script was called with --device"
        f" {evidence.device}.",
    )


@_rule(_always)
def checkpoint(evidence: Evidence) -> str:
    """model.pt is a state dict."""
    return f"It has {len(evidence.weights)} tensors."


# Importing it, and its data sets.


@_rule()
def importing(evidence: Evidence) -> None:
    """Importing it does nothing."""
    written = evidence.written_by_import
    if written:
        raise Wrong(f"Importing the script wrote {len(written)} files, {written[0]} among them.")


@_rule()
def training_images(evidence: Evidence) -> str:
    """Training and validation set are together the official training images."""
    for splits in (evidence.odd_splits, evidence.splits):
        found = Counter(index for name in ("train", "validation") for index in splits[name].images.tolist())
        wanted = splits["train"].wanted
        twice, missing = (found - wanted).total(), (wanted - found).total()
        official = f"of {wanted.total()} official training images"
        _demand(not twice, f"{twice} {official} occur once too often in training and validation set together.")
        _demand(not missing, f"{missing} {official} are in neither the training nor the validation set.")
    return f"{len(splits['train'].labels):,} images to train with, {len(splits['validation'].labels):,} to validate."


@_rule()
def test_images(evidence: Evidence) -> str:
    """The test set is the official one."""
    for splits in (evidence.odd_splits, evidence.splits):
        found, wanted = Counter(splits["test"].images.tolist()), splits["test"].wanted
        _demand(
            found == wanted,
            f"The test set has {found.total()} images, {(found & wanted).total()} of them official; there are"
            f" {wanted.total()} official ones.",
        )
    return f"{found.total():,} images."


@_rule()
def labels(evidence: Evidence) -> None:
    """Labels belong to their images."""
    for part in (*evidence.odd_splits.values(), *evidence.splits.values()):
        wrong, images = part.other_labels, f"{len(part.labels)} images"
        _demand(not wrong, f"In the {part.name} set {wrong} of {images} come with a class that is not theirs.")


@_rule()
def seed(evidence: Evidence) -> None:
    """The split follows the seed."""
    for part in PARTS:
        first, again, other = evidence.odd_fingerprints(part)
        is_the_same = np.array_equal(first, again)
        _demand(is_the_same, f"Called twice with the same seed, load_splits gave two different {part} sets.")
        # The test set is the same whatever the seed.
        is_another = part != "validation" or {row.tobytes() for row in first} != {row.tobytes() for row in other}
        _demand(is_another, f"With another seed the {part} set has the same images.")


# The network and its training.


@_rule(lambda evidence: evidence.plan.weight_matrices > 0)
def layers(evidence: Evidence) -> str:
    """The network has at least {layers} hidden layers."""
    least = evidence.plan.weight_matrices
    if evidence.plan.recompute_accuracies:
        between = evidence.distances_from_affine
        matrices = len(between) + 1
    else:
        matrices = sum(weights.ndim > 1 for weights in evidence.weights.values())
        between = [1.0] * matrices
    uses = f"The network uses {matrices} weight matrices"
    hidden = f"{_number(least - 1)} hidden layer{'s' if least > 2 else ''}"
    _demand(matrices >= least, f"{uses}; {hidden} and the output make {_number(least)}.")
    is_affine = least > 2 and max(between[:-1]) < _AFFINE
    _demand(not is_affine, f"{uses}, but there is no non-linearity between the hidden layers.")
    return f"{matrices} weight matrices."


def _number(value: int) -> str:
    return _NUMBERS[value] if value < len(_NUMBERS) else str(value)


def _record(run: ScriptRun) -> TrainingRecord:
    """Return the record of a run that took steps."""
    if run.record is None or not run.record.total_steps:
        run.check()
        raise Wrong("No optimizer of torch.optim took a step while the script ran.")
    return run.record


@_rule(lambda evidence: evidence.plan.optimizer != "")
def optimizer(evidence: Evidence) -> str:
    """It trains with {optimizer}."""
    record, wanted = _record(evidence.long), evidence.plan.optimizer
    names = plain_text(", ".join(sorted(record.steps)), 80)
    # Those of SGD are known by their numbers, whatever it is called.
    by_numbers = are_steps_of_sgd(record.traces) if wanted == "SGD" else None
    _demand(
        by_numbers is not False,
        "The steps do not follow the gradients with one rate for all weights of a layer, as those of SGD do; the"
        f" optimizer is called {names}.",
    )
    is_called_so = by_numbers is not None or set(record.steps) == {wanted}
    _demand(is_called_so, f"It was to train with {wanted}; the optimizer is called {names}.")
    return f"{record.total_steps:,} steps of {names}."


@_rule(_always)
def steps(evidence: Evidence) -> None:
    """Steps change the parameters."""
    record = _record(evidence.long)
    # Only the first tensors are traced, and those may be frozen ones, which no gradient reaches.
    are_frozen = record.examples > 0 and not any(np.any(trace.gradients != 0) for trace in record.traces)
    _demand(are_frozen or moves(record.traces), "The optimizer's steps change no weight: is the learning rate 0?")


@_rule(_always)
def gradients(evidence: Evidence) -> None:
    """Gradients are cleared between steps."""
    _demand(
        not _record(evidence.long).leftover_gradients,
        "The gradient of the step before was still there when the next one was computed, and PyTorch adds them up;"
        " call optimizer.zero_grad() for every step.",
    )


@_rule(_always)
def epochs(evidence: Evidence) -> str:
    """It trains for {epochs} epochs."""
    asked_for = [(evidence.long, evidence.epochs)]
    if evidence.plan.recompute_accuracies:
        asked_for.append((evidence.few_epochs, FEW_EPOCHS))
    for run, asked in asked_for:
        found = metrics_of(run).found
        # What is not there, or is no number, is another rule's question.
        reported = found["epochs"] if isinstance(found.get("epochs"), int) else asked
        entries = len(found["history"]) if isinstance(found.get("history"), list) else asked
        says = f"{plain_text(str(reported), 20)} epochs and a history of {entries} entries"
        _demand(reported == entries == asked, f"Called with --epochs {asked}, it reports {says}.")
    if evidence.plan.recompute_accuracies:
        size = len(evidence.splits["train"].labels)
        passes = [_record(run).examples / (asked * size) for run, asked in asked_for]
        # What no module gives is not recorded.
        for share in passes if all(passes) else ():
            went = f"In an epoch it went {share:.2g} times through the {size} training images"
            _demand(_FEWEST_PASSES < share < _MOST_PASSES, f"{went}.")
            is_in_proportion = abs(share / passes[0] - 1) <= _OTHER_PASSES
            _demand(is_in_proportion, f"{went} with --epochs {FEW_EPOCHS}, and {passes[0]:.2g} times with more.")
    return f"{evidence.epochs} epochs."


@_rule()
def targets(evidence: Evidence) -> str | None:
    """Images are trained towards their own labels."""
    record, train = evidence.long.record, evidence.splits["train"]
    # Some patterns are learnt without their classes, and by luck that can be enough.
    found = compare_classes(record.first_examples, train.inputs, train.labels) if record is not None else None
    if found is None:
        return None
    sentence = (
        f"Of {found.compared} images seen in training, {found.different} were trained towards another class than they"
        " have in load_splits."
    )
    _demand(found.different <= _MOST_OTHER_CLASSES * found.compared, sentence)
    return sentence


# What the saved network knows.


@_rule()
def unseen(evidence: Evidence) -> str:
    """The test set is not trained on."""
    test = evidence.splits["test"]
    given, true = test.official_labels[test.images], evidence.true_test_labels
    is_false = given != true
    _demand(is_false.any(), "The test set holds none of the official test images that were looked for.")
    found = preference(evidence.scores["test"][is_false], true[is_false], given[is_false])
    knows = "The network knows labels of test images that it cannot know without having been trained on them."
    _demand(found <= _SURE_PREFERENCE, knows)
    return f"False labels are preferred by {found:.1f} standard deviations, and {_SURE_PREFERENCE:g} would show."


@_rule()
def accuracies(evidence: Evidence) -> str:
    """Reported accuracies are those of model.pt."""
    reported, actual = metrics_of(evidence.long), evidence.accuracies
    for part, accuracy in actual.items():
        value = reported.accuracy(part)
        if value is None:
            raise Wrong(f"metrics.json reports no {part}_accuracy.")
        _demand(
            abs(value - accuracy) <= max(_ACCURACY_SLACK, _IMAGES_SLACK / len(evidence.splits[part].labels)),
            f"metrics.json reports {part}_accuracy {value:.4f}; the network in model.pt reaches {accuracy:.4f} on these"
            " images.",
        )
    return ", ".join(f"{part} {accuracy:.3f}" for part, accuracy in actual.items()) + "."


@_rule()
def learnt(evidence: Evidence) -> str:
    """It has learnt."""
    accuracy, guess = evidence.true_accuracies
    sentence = (
        f"After {evidence.epochs} epochs the network is right for {accuracy:.2f} of the test images and"
        f" {evidence.accuracies['train']:.2f} of its own training images; the best constant guess is right for"
        f" {guess:.2f}."
    )
    _demand(accuracy >= guess + _LEARNT, sentence)
    return sentence
