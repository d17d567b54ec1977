"""Questions 3e and 3f: the Gaussian likelihood, and a network for mean and variance."""

from __future__ import annotations

from typing import Any

import numpy as np
from networks import (
    Array,
    Data,
    Trained,
    assert_columns,
    assert_data_unchanged,
    fresh_data,
    mean_and_variance,
    shaken,
    train,
)
from scipy.stats import norm, spearmanr

from sheetgrader import StudentError, Wrong, assert_arguments_unchanged, assert_close, criterion, numbers, probe, tensor
from sheetgrader.graders.models import new_model

# 3e

SHAPES = [(40, 1), (7,), (3, 5), (1, 1)]


def arguments(rng: np.random.Generator, shape: tuple[int, ...]) -> tuple[Array, Array, Array]:
    """Return outputs, means and variances, the latter between 0.04 and 9."""
    mean, variance = rng.normal(size=shape), np.exp(rng.uniform(np.log(0.04), np.log(9), size=shape))
    return mean + np.sqrt(variance) * rng.normal(size=shape), mean, variance


def truth(y: Array, mean: Array, variance: Array) -> float:
    return float(-norm.logpdf(y, loc=mean, scale=np.sqrt(variance)).mean())


@criterion(
    "ex3e",
    weight=3,
    hint=(
        "Write down −log of the normal density: ½·log(2πσ²) + (y − μ)²/(2σ²), where `variance` is σ² itself. Then take"
        " the mean over all points, not the sum."
    ),
)
def test_nll_is_that_of_the_normal_density(student, rng):
    """`gaussian_nll` is the mean of −log of the normal density, for arrays of any shape."""
    for shape in SHAPES:
        given = arguments(rng, shape)
        # Shifted by 1, so that a value near zero is not measured against itself.
        assert_close(student.gaussian_nll(*given), truth(*given), scale=1 + abs(truth(*given)))


@criterion(
    "ex3e",
    weight=1,
    hint="With variance 1 the logarithm of the variance vanishes, and half the squared error is left, plus a constant.",
)
def test_nll_at_unit_variance(student, rng):
    """With all variances 1 it is half the mean squared error plus a constant that is always the same."""
    rests = []
    for shape in SHAPES:
        y, mean, _ = arguments(rng, shape)
        value = student.gaussian_nll(y, mean, np.ones(shape))
        rests.append(float(numbers(value, shape=())) - 0.5 * float(np.mean((y - mean) ** 2)))
    if max(rests) - min(rests) > 1e-3 or abs(rests[0]) > 10:
        raise Wrong("With unit variance it is not half the mean squared error plus a constant.")


@criterion(
    "ex3e", weight=1, hint="torch.as_tensor turns arrays and tensors into tensors; torch.log does not take arrays."
)
def test_nll_of_tensors(student, rng):
    """`gaussian_nll` gives the same for PyTorch tensors as for NumPy arrays."""
    for shape in SHAPES[:3]:
        given = arguments(rng, shape)
        of_arrays = float(numbers(student.gaussian_nll(*given), shape=()))
        for kind in (np.float64, np.float32):
            of_tensors = student.gaussian_nll(*(tensor(part.astype(kind)) for part in given))
            assert_close(of_tensors, of_arrays, scale=1 + abs(of_arrays), rtol=1e-4)
    if of_arrays == float(numbers(student.gaussian_nll(given[0] + 1, given[1], given[2]), shape=())):
        raise Wrong("The result does not depend on y.")


@criterion(
    "ex3e",
    weight=1,
    hint=(
        "The density of a point far from the mean is too small for a floating-point number, so its logarithm is −∞."
        " Take the logarithm on paper, not on the computer."
    ),
)
def test_nll_far_from_the_mean(student, rng):
    """For points hundreds of standard deviations from the mean it is large, and finite."""
    for distance in rng.uniform(100, 1000, size=3).tolist():
        # What matters so far out is the squared error alone.
        assert_close(
            student.gaussian_nll(np.full((1, 1), distance), np.zeros((1, 1)), np.ones((1, 1))),
            0.5 * distance**2,
            rtol=1e-2,
        )


@criterion(
    "ex3e",
    weight=0.5,
    hint="Operators such as += change the arrays themselves. Work on copies.",
    requires=(
        "test_nll_is_that_of_the_normal_density",
        "test_nll_at_unit_variance",
        "test_nll_of_tensors",
        "test_nll_far_from_the_mean",
    ),
)
def test_nll_changes_nothing_in_place(student, rng):
    """`gaussian_nll` leaves its arguments as they are, arrays or tensors."""
    given = arguments(rng, (6, 1))
    numbers(assert_arguments_unchanged(student.gaussian_nll, *given), shape=())
    numbers(assert_arguments_unchanged(student.gaussian_nll, *(tensor(part) for part in given)), shape=())


#: By how much the likelihood of a constant variance may be better than that of the true mean's by chance. Right
#: variances gain 0.1 to 0.3.
CHANCE = 0.01
#: Where trainings start from.
SEEDS = (4, 5)

# 3f. Training may use `gaussian_nll`, so it is judged with the student's own or, where that is wrong, with another
# proper scoring rule in its place: the continuous ranked probability score of a normal distribution (Gneiting and
# Raftery 2007, section 4.2), whose optimum has the right mean and variance, too.


@probe
def ranked_probability_score(_original):
    import math

    import torch

    def stand_in(y, mean, variance, *_others):
        y, mean, variance = torch.as_tensor(y), torch.as_tensor(mean), torch.as_tensor(variance)
        deviation = variance.sqrt()
        z = (y - mean) / deviation
        bell = torch.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
        return (deviation * (z * torch.erf(z / math.sqrt(2)) + 2 * bell - 1 / math.sqrt(math.pi))).mean()

    return stand_in


def own_likelihood_is_right(student: Any, rng: np.random.Generator) -> bool:
    given = arguments(rng, (20, 1))
    try:
        assert_close(
            student.gaussian_nll(*(tensor(part) for part in given)),
            truth(*given),
            scale=1 + abs(truth(*given)),
            rtol=1e-4,
        )
    except (StudentError, Wrong):
        return False
    return True


def judge_trained(student: Any, stand_in: Any, rng: np.random.Generator, memory: Any, check: Any) -> None:
    """Judge the trained model as it is, or trained with a stand-in where the student's own likelihood is wrong.

    Any training may have bad luck with its first weights, so the better of two counts.
    """
    data = memory.get("data for mean and variance", lambda: fresh_data(rng))

    def trained(seed: int) -> Trained:
        return train(
            student.train_mean_variance, lambda: new_model(student.MeanVarianceMLP, "MeanVarianceMLP", seed), data, seed
        )

    def judge(how: str) -> None:
        first, second = SEEDS
        try:
            check(memory.get(f"{how}, {first}", lambda: trained(first)))
        except Wrong:
            check(memory.get(f"{how}, {second}", lambda: trained(second)))

    # Asked first, so that what is said of the model is told about the model's answer.
    likelihood_is_right = memory.get("likelihood is right", lambda: own_likelihood_is_right(student, rng))
    try:
        judge("trained")
    except (StudentError, Wrong):
        if likelihood_is_right:
            raise
        stand_in("gaussian_nll", ranked_probability_score)
        judge("trained with a stand-in")


def predictions(trained: Trained) -> tuple[Data, Array, Array]:
    """Return the data, and means and variances for the test rows."""
    mean, variance = mean_and_variance(trained.model, trained.data.x_test)
    return trained.data, mean, variance


def positive_predictions(trained: Trained) -> tuple[Data, Array, Array]:
    """Return the same for a model whose variances are positive; without that, neither calibration nor likelihood mean
    anything.
    """
    data, mean, variance = predictions(trained)
    if not (variance > 0).all():
        raise Wrong(f"After training, {int((variance <= 0).sum())} of {variance.size} variances are not positive.")
    return data, mean, variance


@criterion(
    "ex3f",
    weight=2,
    hint=(
        "Give the last layer two outputs, and let the second one pass through softplus or exp before it is returned."
        " Return (n, 1) for each, not (n,)."
    ),
)
def test_model_returns_mean_and_positive_variance(student, rng):
    """`MeanVarianceMLP` returns (mean, variance), each (n, 1), and every variance is positive, for untrained models and
    inputs from −20 to 20.
    """
    for seed in range(8):
        model = new_model(student.MeanVarianceMLP, "MeanVarianceMLP", seed)
        x = rng.uniform(-20, 20, size=(12 + seed, 1)).astype(np.float32)
        assert_columns(model, x)
        _, variance = mean_and_variance(model, x)
        if not (variance > 0).all():
            raise Wrong(
                f"{int((variance <= 0).sum())} of {variance.size} variances of an untrained model are not positive."
            )
    shaken(model, int(rng.integers(2**31)))
    if not np.ptp(mean_and_variance(model, x / 20)[0]) > 0:
        raise Wrong("Whatever its weights are, the model returns the same mean for all inputs.")


@criterion(
    "ex3f",
    trains=True,
    weight=2,
    timeout=40,
    hint=(
        "Append one number to a list at the end of each epoch, and return the list. If the loss becomes NaN, look at"
        " the variance first: is it positive for every input?"
    ),
)
def test_train_mean_variance_returns_falling_losses(student, stand_in, rng, memory):
    """`train_mean_variance` returns one loss for each epoch, and the loss falls."""
    judge_trained(student, stand_in, rng, memory, Trained.assert_losses_fall)


@criterion(
    "ex3f",
    trains=True,
    weight=0.5,
    hint="Operators such as x -= … and assignments such as x[:] = … change the data themselves. Work on copies.",
    requires=(
        "test_model_returns_mean_and_positive_variance",
        "test_train_mean_variance_returns_falling_losses",
        "test_variance_follows_the_noise",
        "test_variance_is_calibrated",
        "test_likelihood_beats_a_constant_variance",
    ),
)
def test_train_mean_variance_changes_no_data(student, stand_in, rng):
    """`train_mean_variance` leaves x and y as they are."""
    data = fresh_data(rng)

    def check() -> None:
        assert_data_unchanged(
            student.train_mean_variance, lambda: new_model(student.MeanVarianceMLP, "MeanVarianceMLP", SEEDS[0]), data
        )

    stand_in.judge(check, gaussian_nll=ranked_probability_score)


@criterion(
    "ex3f",
    trains=True,
    weight=2,
    timeout=40,
    hint=(
        "Plot the predicted variance over x, together with the squared residuals. It should rise where they rise. Does"
        " the variance depend on x in your model at all?"
    ),
)
def test_variance_follows_the_noise(student, stand_in, rng, memory):
    """After 200 epochs the predicted variance rises and falls with the true noise: the rank correlation on unseen data
    is over 0.8.
    """

    def check(trained: Trained) -> None:
        data, _, variance = predictions(trained)
        correlation = (
            float(spearmanr(variance[:, 0], data.true_deviation[:, 0]).statistic) if np.ptp(variance) > 0 else 0.0
        )
        if not correlation > 0.8:
            raise Wrong(f"The rank correlation between the predicted variance and the true one is {correlation:.2f}.")

    judge_trained(student, stand_in, rng, memory, check)


@criterion(
    "ex3f",
    trains=True,
    weight=2,
    timeout=40,
    hint=(
        "Is it the variance that you return, not the standard deviation or the logarithm, and is it the same one that"
        " the loss sees? Squared residuals should be as large as the variance on average."
    ),
)
def test_variance_is_calibrated(student, stand_in, rng, memory):
    """After 200 epochs the mean of (y − mean)²/variance on unseen data is between 0.6 and 1.6."""

    def check(trained: Trained) -> None:
        data, mean, variance = positive_predictions(trained)
        ratio = float(np.mean((data.y_test - mean) ** 2 / variance))
        if not 0.6 <= ratio <= 1.6:
            raise Wrong(f"The mean of (y − mean)²/variance on unseen data is {ratio:.3g}.")

    judge_trained(student, stand_in, rng, memory, check)


@criterion(
    "ex3f",
    trains=True,
    weight=2,
    timeout=40,
    hint=(
        "Compare the likelihood on your own test set with that of 3c's network and the best constant variance. If it is"
        " no better, look at the predicted mean first: a model can learn the variance and forget the mean."
    ),
)
def test_likelihood_beats_a_constant_variance(student, stand_in, rng, memory):
    """After 200 epochs the likelihood of unseen data is better than that of the true mean with the best constant
    variance.
    """

    def check(trained: Trained) -> None:
        data, mean, variance = positive_predictions(trained)
        own = truth(data.y_test.astype(np.float64), mean, variance)
        error = float(np.mean((data.true_mean - data.y_test) ** 2))
        if not own < 0.5 * np.log(2 * np.pi * error) + 0.5 - CHANCE:
            raise Wrong(
                "On unseen data the true mean with one constant variance has a likelihood that is better, or as good."
            )

    judge_trained(student, stand_in, rng, memory, check)
