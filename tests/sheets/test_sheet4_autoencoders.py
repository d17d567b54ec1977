"""Sheet 4: its facts against scikit-learn, torch autograd and the playground's rules."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from sheetgrader import Wrong
from sheetgrader.audit.variant_grading import VariantGrading

from .sheets import REPOSITORY, SHEET4
from .solutions import names_of


@pytest.fixture(scope="module")
def sheet(graded_sheet) -> VariantGrading:
    return graded_sheet(SHEET4)


# The facts


@pytest.fixture(scope="module")
def solution(sheet) -> dict[str, Any]:
    """The given data, and the names that the reference solution defines where no Lightning is needed."""
    whole = ("data", *(f"{name}_code" for name in SHEET4.bonus))
    return names_of(sheet.sources[SHEET4.name], whole=whole, torch=torch, nn=torch.nn, np=np, plt=plt)


def test_the_data_are_uniform_on_the_rectangle(solution):
    points = solution["sample_rectangle"](n=20_000, seed=3)
    assert points.dtype == torch.float32
    assert points.shape == (20_000, 2)
    assert solution["sample_rectangle"]().shape == (100, 2)
    assert torch.equal(points, solution["sample_rectangle"](20_000, 3))
    assert not torch.equal(points[:100], solution["sample_rectangle"](100, 4))
    for coordinate, reach in zip(points.T, (2, 1), strict=True):
        assert coordinate.abs().max() <= reach
        counts = torch.histc(coordinate, 20, -reach, reach)
        # Five standard deviations of a binomial distribution.
        assert (counts - 1000).abs().max() < 5 * np.sqrt(1000)


def mean_squared_error(one, other) -> float:
    return float(((one - other) ** 2).mean())


def test_the_affine_autoencoder_ends_at_pca(solution):
    data = solution["data"]
    torch.manual_seed(1)
    model = solution["PCAAutoencoder"]()
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(2000):
        optimiser.zero_grad()
        ((model(data) - data) ** 2).mean().backward()
        optimiser.step()
    points, found = data.numpy(), model(data).detach().numpy()
    pca = PCA(1).fit(points)
    residual = mean_squared_error(pca.inverse_transform(pca.transform(points)), points)
    assert mean_squared_error(found, points) == pytest.approx(residual, rel=0.02)
    direction = found[0] - found[1]
    assert abs(direction @ pca.components_[0]) / np.linalg.norm(direction) > np.cos(np.deg2rad(2))
    # As the model answers have it.
    covariance = np.cov(points.T, bias=True)
    assert residual == pytest.approx(np.linalg.eigvalsh(covariance)[0] / 2, rel=1e-5)
    assert residual == pytest.approx(0.153, abs=5e-4)
    assert np.trace(covariance) / 2 == pytest.approx(0.85, abs=0.01)
    assert np.rad2deg(np.arctan(abs(pca.components_[0][1] / pca.components_[0][0]))) == pytest.approx(6, abs=0.5)


def test_a_polygon_through_all_points_is_a_network_of_one_hidden_layer():
    """The decoder of the model answer to question 1e."""
    rng = np.random.default_rng(0)
    points = rng.normal(size=(30, 7))
    latent = points @ rng.normal(size=7)
    points, latent = points[latent.argsort()], np.sort(latent)
    slopes = np.diff(points, axis=0) / np.diff(latent)[:, None]
    changes = np.diff(slopes, axis=0, prepend=0)

    def decoder(z):
        return points[0] + np.maximum(z[:, None] - latent[:-1], 0) @ changes

    np.testing.assert_allclose(decoder(latent), points, atol=1e-8)


# The playground


@pytest.fixture(scope="module")
def playground() -> Iterator[tuple[ModuleType, ModuleType]]:
    """The graders' modules that read addresses and train networks."""
    folder = str(REPOSITORY / "grader_tests" / SHEET4.name)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        modules = importlib.import_module("playground_address"), importlib.import_module("playground_training")
        yield modules
        for module in modules:
            del sys.modules[module.__name__]


def test_what_is_missing_in_an_address_has_the_default(playground):
    address, _ = playground
    default = address.Configuration()
    assert (default.activation, default.dataset, default.batch_size, default.learning_rate) == (
        "tanh",
        "circle",
        10,
        0.03,
    )
    assert (default.penalty, default.train_percent, default.network_shape, default.features) == (
        "none",
        50,
        (4, 2),
        ("x", "y"),
    )
    for text in (
        "http://playground.tensorflow.org",
        "http://playground.tensorflow.org/#",
        "https://playground.tensorflow.org/#dataset=circle",
    ):
        assert address.read_configuration(text) == default
    assert address.read_configuration("http://playground.tensorflow.org/#networkShape=").network_shape == ()


def test_addresses_are_read_as_the_playground_writes_them(playground):
    address, _ = playground
    text = (
        "activation=sigmoid&regularization=L1&batchSize=12&dataset=spiral&regDataset=reg-plane&learningRate=0.3&regularizationRate=0.001"
        "&noise=25&networkShape=8,7,6&seed=0.1&showTestData=false&discretize=false&percTrainData=10&x=false&y=true&xTimesY=true&xSquared=false"
        "&ySquared=false&cosX=false&sinX=true&cosY=false&sinY=false&collectStats=false&problem=classification&initZero=false&hideText=false"
    )
    read = address.read_configuration(f"http://playground.tensorflow.org/#{text}")
    assert read == address.read_configuration(text)
    assert read == address.Configuration(
        "sigmoid", "L1", 0.001, 12, "spiral", 0.3, 25, (8, 7, 6), 10, ("y", "xTimesY", "sinX")
    )


@pytest.mark.parametrize(
    "text",
    [
        "problem=regression",
        "networkShape=9",
        "networkShape=8,8,8,8,8,8,8",
        "networkShape=0",
        "noise=nan",
        "noise=81",
        "batchSize=0.5",
        "learningRate=-1",
    ],
)
def test_addresses_that_the_page_cannot_have_written_are_refused(playground, text):
    with pytest.raises(Wrong):
        playground[0].read_configuration(f"http://playground.tensorflow.org/#{text}")


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "linear"])
@pytest.mark.parametrize("penalty", ["none", "L1", "L2"])
def test_the_graders_train_as_autograd_does(playground, activation, penalty):
    address, training = playground
    configuration = address.Configuration(
        activation=activation,
        regularization=penalty,
        regularization_rate=0.01,
        batch_size=7,
        dataset="xor",
        network_shape=(5, 3),
        noise=10,
    )
    networks = training.Networks(configuration, np.random.default_rng(0), count=1)
    weights = [torch.tensor(each[0], requires_grad=True) for each in networks.weights]
    biases = [torch.tensor(each[0, 0], requires_grad=True) for each in networks.biases]
    inputs, targets = (torch.tensor(each[0]) for each in networks._train)
    functions = {"tanh": torch.tanh, "relu": torch.relu, "sigmoid": torch.sigmoid, "linear": lambda x: x}
    assert {bias for each in networks.biases for bias in each.ravel().tolist()} == {0.1}
    for start in range(0, 245, 7):
        values = inputs[start : start + 7]
        for weight, bias, function in zip(weights, biases, [functions[activation]] * 2 + [torch.tanh], strict=True):
            values = function(values @ weight + bias)
        loss = (0.5 * (values[:, 0] - targets[start : start + 7]) ** 2).mean()
        gradients = torch.autograd.grad(loss, [*weights, *biases])
        with torch.no_grad():
            for parameter, gradient in zip([*weights, *biases], gradients, strict=True):
                decay = {"none": 0, "L1": parameter.sign(), "L2": parameter}[penalty] if parameter.ndim == 2 else 0
                moved = parameter - 0.03 * gradient
                shrunk = moved - 0.03 * 0.01 * torch.as_tensor(decay)
                # A weight that L1 carries past zero stays there; none does so here within one epoch.
                assert not (moved * shrunk < 0).any()
                parameter.copy_(shrunk)
    networks.train(1)
    for one, other in zip([*networks.weights, *networks.biases], [*weights, *biases], strict=True):
        # 250 points make 35 steps in batches of 7; the five that are left wait for the next epoch.
        np.testing.assert_allclose(one.reshape(other.shape), other.detach().numpy(), atol=1e-10)


def test_the_data_sets_of_the_playground(playground):
    _, training = playground
    rng = np.random.default_rng(0)
    points, labels = training.draw_points("spiral", 0, rng)
    radius = np.linalg.norm(points, axis=1)
    # The arms wind one and three quarter times, half a turn apart.
    turned = np.exp(1j * (2 * np.pi * 1.75 * radius / 5 + np.where(labels > 0, 0, np.pi)))
    np.testing.assert_allclose(points[:, 1] + 1j * points[:, 0], radius * turned, atol=1e-9)
    assert radius.max() < 5
    points, labels = training.draw_points("circle", 0, rng)
    assert (np.linalg.norm(points[labels > 0], axis=1) < 2.5).all()
    assert (np.linalg.norm(points[labels < 0], axis=1) > 3.4).all()
    points, labels = training.draw_points("xor", 0, rng)
    assert (np.sign(points.prod(axis=1)) == labels).all()
    for dataset in ("circle", "xor", "gauss", "spiral"):
        points, labels = training.draw_points(dataset, 25, rng)
        assert points.shape == (500, 2)
        assert set(labels) == {-1.0, 1.0}


def test_the_numbers_of_parameters_in_the_model_answers(playground, solution):
    address, training = playground
    for name, weights, biases in (("playground_url_c", 152, 25), ("playground_url_b", 344, 49)):
        networks = training.Networks(address.read_configuration(solution[name]), np.random.default_rng(0), count=1)
        assert (sum(each.size for each in networks.weights), sum(each.size for each in networks.biases)) == (
            weights,
            biases,
        )


def test_always_answering_zero_costs_a_half(playground):
    address, training = playground
    networks = training.Networks(address.Configuration(), np.random.default_rng(0), count=3)
    for each in [*networks.weights, *networks.biases]:
        each[:] = 0
    assert networks.test_loss().tolist() == [0.5] * 3
