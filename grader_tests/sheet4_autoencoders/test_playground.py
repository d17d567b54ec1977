"""The bonus question: runs of the TensorFlow playground, trained again here from the configurations in their
addresses.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Final

import numpy as np
import pytest
from playground_address import MOST_LAYERS, MOST_NEURONS, Configuration, read_configuration
from playground_training import Networks, train_until

from sheetgrader import Address, StudentError, Wrong, criterion, fetch

#: Networks that are trained side by side.
SEEDS: Final = 8
EPOCHS: Final = 1500
#: Ten points of a hundred make few steps in an epoch, so there may be more epochs.
EPOCHS_ON_LITTLE_DATA: Final = 5000
#: Layers times changes of the weights, which is what the time goes with.
MOST_WORK: Final = 360_000


def configuration_of(address: Address) -> Configuration:
    return read_configuration(fetch(address))


def steps_for(configuration: Configuration) -> int:
    return MOST_WORK // (len(configuration.network_shape) + 1)


@criterion(
    "bonus2a",
    weight=1,
    hint="Choose the spiral, switch off all features but X₁ and X₂, and keep at least one hidden layer.",
)
def test_fits_the_task(student):
    """The run is on the spiral data, with the features X₁ and X₂ only, and has a hidden layer."""
    configuration = configuration_of(student.playground_url_a)
    if configuration.dataset != "spiral":
        raise Wrong(f"The data set of this run is {configuration.dataset}.")
    if configuration.features != ("x", "y"):
        raise Wrong(f"The features of this run are {', '.join(configuration.features) or 'none'}.")
    if not configuration.network_shape:
        raise Wrong("The network of this run has no hidden layer.")


@criterion(
    "bonus2a",
    weight=1,
    hint=(
        "Does the boundary in your run still look like a few straight lines? Then more neurons, or another activation,"
        " help."
    ),
)
def test_separates_the_spirals(student, rng):
    """A network of this configuration, trained again from random weights on spirals, puts 90 % of all points on the
    right side.
    """
    configuration = dataclasses.replace(configuration_of(student.playground_url_a), dataset="spiral")

    def is_reached(networks: Networks) -> bool:
        share = configuration.train_percent / 100
        return bool(np.max(share * networks.train_accuracy() + (1 - share) * networks.test_accuracy()) >= 0.9)

    networks = Networks(configuration, rng, count=SEEDS)
    if not train_until(networks, is_reached, epochs=EPOCHS, steps=steps_for(configuration)):
        raise Wrong(f"None of {SEEDS} networks of this configuration separated the spirals in {EPOCHS} epochs.")


PENALTIES: Final = {"playground_url_b": "none", "playground_url_b_l1": "L1", "playground_url_b_l2": "L2"}


@criterion(
    "bonus2b",
    weight=3,
    hint="Six hidden layers of eight neurons; then regularization None, L1 and L2, the latter two with a rate above 0.",
)
@pytest.mark.parametrize("name", PENALTIES)
def test_largest_network(student, name):
    """Each run has six hidden layers of eight neurons, and the regularization that its name says."""
    configuration = configuration_of(getattr(student, name))
    if configuration.network_shape != (MOST_NEURONS,) * MOST_LAYERS:
        raise Wrong(f"The hidden layers of the run {name} have {list(configuration.network_shape)} neurons.")
    if configuration.penalty != PENALTIES[name]:
        rate = configuration.regularization_rate
        raise Wrong(f"The regularization of the run {name} is {configuration.regularization}, with a rate of {rate:g}.")


@criterion("bonus2b", weight=1, hint="Change nothing but the regularization between the three runs.")
def test_same_data_set(student):
    """All three runs are on the same data set."""
    configurations = readable_configurations(student)
    if len(configurations) == configurations.count(configurations[0]):
        raise Wrong("It is one and the same run each time.")
    found = {configuration.dataset for configuration in configurations}
    if len(found) != 1:
        raise Wrong(f"The data sets of the runs are {' and '.join(sorted(found))}.")


def readable_configurations(student: Any) -> list[Configuration]:
    """Return the configurations of the runs whose addresses can be read; the others cost their points elsewhere.

    Raises:
        StudentError, Wrong: there are not even two to compare.
    """
    found, failure = [], None
    for name in PENALTIES:
        try:
            found.append(configuration_of(getattr(student, name)))
        except (StudentError, Wrong) as error:
            failure = error
    if failure is not None and len(found) < 2:
        raise failure
    return found


@criterion("bonus2c", weight=1, hint="Move the sliders: ratio of training data to 10 %, noise to 25 or more.")
def test_little_and_noisy_data(student):
    """The run has 10 % training data and a noise of 25 or more."""
    configuration = configuration_of(student.playground_url_c)
    if configuration.train_percent != 10 or configuration.noise < 25:
        raise Wrong(
            f"This run has {configuration.train_percent:g} % training data and a noise of {configuration.noise:g}."
        )


@criterion(
    "bonus2c",
    weight=1,
    hint=(
        "Is the training loss of your run near 0? Then the network is large enough. Is the test loss above 0.5? Else"
        " there is a pattern."
    ),
)
def test_learns_without_predicting(student, rng):
    """Networks of this configuration, trained again on 10 % noisy points, know those (90 % right) and still have a test
    loss of 0.5 or more.
    """
    configuration = configuration_of(student.playground_url_c)
    configuration = dataclasses.replace(configuration, train_percent=10.0, noise=max(25.0, configuration.noise))
    networks = Networks(configuration, rng, count=SEEDS)

    def is_reached(networks: Networks) -> bool:
        return bool(np.median(networks.train_accuracy()) >= 0.9 and np.median(networks.test_loss()) >= 0.5)

    if not train_until(networks, is_reached, epochs=EPOCHS_ON_LITTLE_DATA, steps=steps_for(configuration)):
        accuracy, loss = np.median(networks.train_accuracy()), np.median(networks.test_loss())
        raise Wrong(
            f"Of {SEEDS} such networks the median gets {100 * accuracy:.0f} % of its training points right, with a test"
            f" loss of {loss:.2f}."
        )
