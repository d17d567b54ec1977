"""Question 6c: a feed-forward network, trained with SGD."""

from __future__ import annotations

from typing import Any

import numpy as np
from training_runs import (
    EPOCHS,
    FEW_EPOCHS,
    PARTS,
    data_from,
    few_epochs_run,
    long_run,
    metrics_of,
    module_of,
    recomputed,
    run_seed,
    splits,
)

from sheetgrader import StudentError, Wrong, criterion, probe, tensor
from sheetgrader.training.evidence.false_labels import preference
from sheetgrader.training.evidence.label_matching import compare_classes
from sheetgrader.training.evidence.step_rules import are_steps_of_sgd, moves

#: Standard deviations that chance gives once in three million.
_SURE_PREFERENCE = 5.0
#: How much better than the best constant guess a trained network is on small data.
_MARGIN = 0.15
#: What an affine map leaves unexplained by rounding.
_AFFINE = 1e-3
#: Passes through the training set in an epoch: the last batch may be dropped, and a whole pass more is another epoch.
_FEWEST_PASSES, _MOST_PASSES = 0.5, 1.5
#: Share of the training images that may be trained towards another class than theirs.
_MOST_OTHER_CLASSES = 0.1


@probe
def matrices_of(script, x):
    """Return, for each matrix of the network in the order of use but the last, how far what follows it is from affine
    in it.
    """
    from itertools import pairwise

    import torch
    from torch.utils._python_dispatch import TorchDispatchMode

    model = script.build_model().eval()
    with torch.no_grad():
        # Lazy layers get their weights with the first batch.
        model(x)
    storages = {p.untyped_storage().data_ptr() for p in model.parameters() if p.ndim > 1}
    uses = []

    class Watch(TorchDispatchMode):
        def __torch_dispatch__(self, function, types, arguments=(), keywords=None):
            result = function(*arguments, **(keywords or {}))
            if function.overloadpacket.__name__ in (
                "mm",
                "addmm",
                "bmm",
                "baddbmm",
                "linear",
                "convolution",
                "mv",
                "addmv",
            ):
                tensors = [value for value in arguments if isinstance(value, torch.Tensor) and value.ndim > 1]
                if any(value.untyped_storage().data_ptr() in storages for value in tensors):
                    inputs = [value for value in tensors if value.untyped_storage().data_ptr() not in storages]
                    uses.append((inputs[0].clone() if inputs else result, result.clone()))
            return result

    with torch.no_grad(), Watch():
        model(x)

    def rows(value):
        return value.reshape(len(x), -1).double() if value.numel() % len(x) == 0 else value.reshape(1, -1).double()

    def unexplained(before, after):
        if len(before) != len(after) or len(before) < 8:
            return 1.0
        before, after = before - before.mean(0), after - after.mean(0)
        size = after.norm()
        if size == 0:
            return 0.0
        if before.shape[1] < 0.7 * len(before):
            left = after - before @ torch.linalg.lstsq(before, after, driver="gelsd").solution
        elif before.shape == after.shape:
            left = after - before * ((before * after).sum(0) / (before * before).sum(0).clamp_min(1e-30))
        else:
            return 1.0
        return float(left.norm() / size)

    return (
        [unexplained(rows(result), rows(following)) for (_, result), (following, _) in pairwise(uses)] if uses else None
    )


def record_of(run: Any) -> Any:
    if run.record is None or not run.record.total_steps:
        run.check()
        raise Wrong("No optimizer of torch.optim took a step while the script ran.")
    return run.record


@criterion(
    "ex6c",
    weight=1.5,
    hint="Two hidden layers make three weight matrices, with a non-linearity such as ReLU between them.",
)
def test_at_least_two_hidden_layers(script):
    """build_model() gives a network with at least two hidden layers and a non-linearity between them."""
    x = splits(script, "data", run_seed(script))[2].inputs
    gaps = matrices_of(module_of(script), tensor(x))
    if gaps is None:
        raise Wrong("The network of build_model() uses no weight matrix.")
    if not isinstance(gaps, list) or not all(isinstance(gap, float) for gap in gaps):
        raise StudentError("The network of build_model() cannot be looked at.")
    if len(gaps) < 2:
        raise Wrong(f"The network uses {len(gaps) + 1} weight matrices; two hidden layers and the output make three.")
    if max(gaps[:-1]) < _AFFINE:
        raise Wrong(
            f"The network uses {len(gaps) + 1} weight matrices, but there is no non-linearity between the hidden"
            " layers."
        )


@criterion(
    "ex6c",
    weight=1.5,
    hint="torch.optim.SGD(model.parameters(), lr=...), with a learning rate above 0; momentum is welcome.",
)
def test_trained_with_sgd(script):
    """The network is trained by steps of SGD, seen by what they do to the weights."""
    record = record_of(long_run(script))
    if not moves(record.traces):
        raise Wrong("The optimizer's steps change no weight: is the learning rate 0?")
    if are_steps_of_sgd(record.traces) is False:
        names = ", ".join(sorted(record.steps))[:80]
        raise Wrong(
            "The steps do not follow the gradients with one rate for all weights of a layer, as those of SGD do; the"
            f" optimizer is called {names}."
        )


@criterion("ex6c", hint="Call optimizer.zero_grad() for every step, before loss.backward().")
def test_gradients_are_cleared(script):
    """Every step starts from its own gradient, not from the sum of all earlier ones."""
    found = record_of(long_run(script)).leftover_gradients
    if found:
        raise Wrong(
            "The gradient of the step before was still there when the next one was computed: PyTorch adds them up."
        )


@criterion(
    "ex6c",
    weight=1.5,
    hint="Loop over range(options.epochs), and go through the whole training set once in each epoch.",
)
def test_exactly_as_many_epochs_as_asked_for(script):
    """The network is trained for exactly as many epochs as --epochs says."""
    long, short = long_run(script), few_epochs_run(script)
    for run, asked in ((long, EPOCHS), (short, FEW_EPOCHS)):
        metrics = metrics_of(run)
        history = len(metrics.history) if isinstance(metrics.history, list) else asked
        epochs = metrics.epochs if isinstance(metrics.epochs, int) else asked
        if (epochs, history) != (asked, asked):
            raise Wrong(f"Called with --epochs {asked}, it reports {epochs} epochs and a history of {history} entries.")
    steps, few_steps = record_of(long).total_steps, record_of(short).total_steps
    if steps * FEW_EPOCHS != few_steps * EPOCHS:
        raise Wrong(
            f"It took {steps} steps with --epochs {EPOCHS} and {few_steps} with --epochs {FEW_EPOCHS}, which is not in"
            " proportion."
        )
    size = len(splits(script, "data", run_seed(script))[0].labels)
    passes = long.record.examples / (EPOCHS * size)
    if long.record.examples and not _FEWEST_PASSES < passes < _MOST_PASSES:
        raise Wrong(f"In an epoch it went {passes:.2g} times through the {size} training images.")


@criterion("ex6c", hint="The test set is for the very last line of your report: train on the training set alone.")
def test_the_test_set_stays_unseen(script):
    """The network is not trained on the test set."""
    data, found = data_from(script.seed), recomputed(script)
    test_images = found.test_images(data)
    is_false = np.isin(test_images, data.false)
    images = test_images[is_false]
    if not len(images):
        raise Wrong("The test set holds none of the official test images that were looked for.")
    if (
        preference(found.scores["test"][is_false], data.test_labels[images], data.given.test_labels[images])
        > _SURE_PREFERENCE
    ):
        raise Wrong("The network knows labels of test images that it cannot know without having been trained on them.")


@criterion(
    "ex6c",
    weight=2,
    hint="Compute all three accuracies after the last epoch with model.eval(), and save that very model.",
)
def test_reported_accuracies_are_those_of_the_saved_network(script):
    """The accuracies in metrics.json are those of the network in model.pt, in evaluation mode."""
    metrics, found = metrics_of(long_run(script)), recomputed(script)
    for part in PARTS:
        reported, actual = metrics.accuracy(part), found.accuracy(part)
        if reported is None:
            raise Wrong(f"metrics.json reports no {part}_accuracy.")
        if not abs(reported - actual) <= max(0.005, 1.5 / len(found.parts[part].labels)):
            raise Wrong(
                f"metrics.json reports {part}_accuracy {reported:.4f}; the network in model.pt reaches {actual:.4f} on"
                " these images."
            )


@criterion(
    "ex6c",
    weight=1.5,
    hint="Watch the training loss: it has to fall. Are images and classes still pairs in every batch?",
)
def test_it_has_learnt(script):
    """Trained towards their own classes for ten epochs on small data, test images are told better by 0.15 than by the
    best constant guess.
    """
    data, found = data_from(script.seed), recomputed(script)
    record, train = long_run(script).record, found.parts["train"]
    # Some patterns are learnt without their classes, and by luck that can be enough.
    trained = compare_classes(record.first_examples, train.inputs, train.labels) if record is not None else None
    if trained is not None and trained.different > _MOST_OTHER_CLASSES * trained.compared:
        raise Wrong(
            f"Of {trained.compared} images seen in training, {trained.different} were trained towards another class"
            " than they have in load_splits."
        )
    true = data.test_labels[found.test_images(data)]
    accuracy = float((found.scores["test"].argmax(axis=1) == true).mean())
    guess = float(np.bincount(true).max() / len(true))
    if accuracy < guess + _MARGIN:
        training = found.accuracy("train")
        raise Wrong(
            f"After {EPOCHS} epochs the network is right for {accuracy:.2f} of the test images and {training:.2f} of"
            f" its own training images; the best constant guess is right for {guess:.2f}."
        )
