"""Question 6c: a feed-forward network, trained with SGD."""

from __future__ import annotations

from training_runs import check

from sheetgrader import criterion
from sheetgrader.training.evidence import rules


@criterion(
    "ex6c",
    weight=1.5,
    hint="Two hidden layers make three weight matrices, with a non-linearity such as ReLU between them.",
)
def test_at_least_two_hidden_layers(script):
    """build_model() gives a network with at least two hidden layers and a non-linearity between them."""
    check(script, rules.layers)


@criterion(
    "ex6c",
    trains=True,
    weight=1.5,
    hint="torch.optim.SGD(model.parameters(), lr=...), with a learning rate above 0; momentum is welcome.",
)
def test_trained_with_sgd(script):
    """The network is trained by steps of SGD, seen by what they do to the weights."""
    check(script, rules.steps, rules.optimizer)


@criterion("ex6c", trains=True, hint="Call optimizer.zero_grad() for every step, before loss.backward().")
def test_gradients_are_cleared(script):
    """Every step starts from its own gradient, not from the sum of all earlier ones."""
    check(script, rules.gradients)


@criterion(
    "ex6c",
    trains=True,
    weight=1.5,
    hint="Loop over range(options.epochs), and go through the whole training set once in each epoch.",
)
def test_exactly_as_many_epochs_as_asked_for(script):
    """The network is trained for exactly as many epochs as --epochs says."""
    check(script, rules.epochs)


@criterion(
    "ex6c", trains=True, hint="The test set is for the very last line of your report: train on the training set alone."
)
def test_the_test_set_stays_unseen(script):
    """The network is not trained on the test set."""
    check(script, rules.unseen)


@criterion(
    "ex6c",
    trains=True,
    weight=2,
    hint="Compute all three accuracies after the last epoch with model.eval(), and save that very model.",
)
def test_reported_accuracies_are_those_of_the_saved_network(script):
    """The accuracies in metrics.json are those of the network in model.pt, in evaluation mode."""
    check(script, rules.accuracies)


@criterion(
    "ex6c",
    trains=True,
    weight=1.5,
    hint="Watch the training loss: it has to fall. Are images and classes still pairs in every batch?",
)
def test_it_has_learnt(script):
    """Trained towards their own classes for ten epochs on small data, test images are told better by 0.15 than by the
    best constant guess.
    """
    check(script, rules.targets, rules.learnt)
