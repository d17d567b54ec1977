"""Question 1a: the three autoencoders."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from autoencoders import (
    Autoencoder,
    Layers,
    is_affine,
    layers_in,
    make,
    random_weights,
    rectangle,
    trained_plainly,
)
from sklearn.decomposition import PCA

from sheetgrader import Wrong, assert_close, criterion, tensor
from sheetgrader.graders.models import evaluation_mode

SIZES = {"SmallAutoencoder": (20, 10, 1, 10, 20, 2), "LargeAutoencoder": (50, 50, 50, 1, 50, 50, 50, 2)}

all_three = pytest.mark.parametrize("name", [*SIZES, "PCAAutoencoder"])
both_networks = pytest.mark.parametrize("name", SIZES)


def new_model(student: Any, name: str, rng: np.random.Generator) -> Autoencoder:
    model = make(getattr(student, name), rng)
    evaluation_mode(model.handle)
    return model


@criterion(
    "ex1a",
    weight=1,
    hint=(
        "forward(points) is decoder(encoder(points)), and both parts are attributes of the model that can be called"
        " alone."
    ),
)
@all_three
def test_encoder_and_decoder(student, rng, name):
    """`encoder` maps points (n, 2) to (n, 1), `decoder` maps these back to (n, 2), and the model itself is one after
    the other.
    """
    model = new_model(student, name, rng)
    for n in (13, 1):
        points = rng.normal(scale=2, size=(n, 2)).astype(np.float32)
        latent = model.encode(points)
        model.decode(rng.normal(size=(n, 1)).astype(np.float32))
        # A model may work in double precision inside; what a decoder is sent is of the type that the sheet asks for.
        assert_close(model.reconstruct(points), model.decode(latent.astype(np.float32)), rtol=1e-4)
    random_weights(model.handle, int(rng.integers(2**31)))
    if not np.ptp(model.reconstruct(rectangle(rng)), axis=0).any():
        raise Wrong("Whatever its weights are, the model puts out the same for all points.")


def layers_of(student: Any, name: str, rng: np.random.Generator) -> tuple[Layers, Layers]:
    """Return the layers of encoder and decoder at work, with random weights that let non-linearities show."""
    model = new_model(student, name, rng)
    random_weights(model.handle, int(rng.integers(2**31)))
    return layers_in(model, "encoder", rng), layers_in(model, "decoder", rng)


#: A non-linearity can look linear where all that goes into it has the same sign, so it is looked for with several
#: random weights.
DRAWS = 3


@criterion(
    "ex1a",
    weight=1,
    hint=(
        "Each number of the list is the number of units of one layer; the points themselves, with 2 coordinates, are"
        " not in it."
    ),
)
@both_networks
def test_layer_sizes(student, rng, name):
    """The layers have the numbers of units that the sheet names, in that order, and the 1 is where the encoder ends."""
    encoder, decoder = layers_of(student, name, rng)
    sizes, bottleneck = SIZES[name], SIZES[name].index(1) + 1
    if (encoder.sizes, decoder.sizes) != (sizes[:bottleneck], sizes[bottleneck:]):
        raise Wrong(
            f"The layers of the encoder have the sizes {list(encoder.sizes)}, those of the decoder"
            f" {list(decoder.sizes)}."
        )


@criterion("ex1a", weight=1, hint="Without a non-linearity in between, two linear layers are no more than one.")
@both_networks
def test_non_linearities(student, rng, name):
    """There is a non-linearity behind every hidden layer of the encoder and of the decoder."""
    missing = [linear_gaps(layers_of(student, name, rng)) for _ in range(DRAWS)]
    gaps = set.intersection(*missing)
    if gaps:
        part, number = min(gaps)
        raise Wrong(f"There is no non-linearity between layers {number} and {number + 1} of the {part}.")


def linear_gaps(both: tuple[Layers, Layers]) -> set[tuple[str, int]]:
    """Return where one linear layer follows another with nothing in between: the part, and the number of the first of
    the two layers.
    """
    gaps = set()
    for part, layers in zip(("encoder", "decoder"), both, strict=True):
        if len(layers.products) < 2:
            raise Wrong(f"The {part} has no hidden layer.")
        following = zip(layers.products, layers.products[1:], strict=False)
        gaps |= {
            (part, number) for number, ((_, out), (into, _)) in enumerate(following, start=1) if is_affine(out, into)
        }
    return gaps


@criterion(
    "ex1a",
    weight=1,
    hint=(
        "The points' coordinates reach ±2, and latent values should be free to spread. Which numbers can tanh or ReLU"
        " put out?"
    ),
)
@both_networks
def test_linear_bottleneck_and_output(student, rng, name):
    """There is no non-linearity on the latent value, neither where the encoder ends nor where the decoder starts, and
    none on the reconstruction.
    """
    for _ in range(DRAWS):
        encoder, decoder = layers_of(student, name, rng)
        if not is_affine(encoder.products[-1][1], encoder.returned) or not is_affine(
            decoder.inputs, decoder.products[0][0]
        ):
            raise Wrong("There is a non-linearity on the latent value.")
        if not is_affine(decoder.products[-1][1], decoder.returned):
            raise Wrong("There is a non-linearity on the reconstruction.")


@criterion(
    "ex1a",
    weight=1,
    hint="PCA is affine: it projects onto a line. What does your model do with points that are far away?",
)
def test_pca_is_affine(student, rng):
    """PCAAutoencoder is affine, and so are its two parts: f(a) + f(b) − f(a + b) is the same for all a and b, however
    far away.
    """
    model = new_model(student, "PCAAutoencoder", rng)
    for part, width, function in (
        ("encoder", 2, model.encode),
        ("decoder", 1, model.decode),
        ("model", 2, model.reconstruct),
    ):
        for scale in (1, 30, 1000):
            a, b = rng.normal(scale=scale, size=(2, 40, width)).astype(np.float32)
            values = [function(each).astype(np.float64) for each in (a, b, a + b)]
            if not np.ptp(values[0], axis=0).any():
                raise Wrong(f"The {part} puts out the same whatever goes in.")
            constant = values[0] + values[1] - values[2]
            size = max(np.abs(each).max() for each in values)
            if np.abs(constant - constant.mean(axis=0)).max() > 1e-4 * size:
                raise Wrong(
                    f"The {part} is not affine: f(a) + f(b) − f(a + b) changes with a and b, which are numbers of about"
                    f" {scale}."
                )


@criterion(
    "ex1a",
    weight=1,
    timeout=60,
    hint="Everything that PCA needs is one affine map from 2 numbers to 1, and one back. Can all of it be trained?",
)
def test_pca_finds_the_principal_axis(student, rng):
    """Trained long enough on a turned rectangle, PCAAutoencoder reconstructs on the first principal axis, with the
    residual of PCA.
    """
    angle = rng.uniform(0, np.pi)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = rectangle(rng) @ turn.T
    points = (points - points.mean(axis=0)).astype(np.float32)
    model = new_model(student, "PCAAutoencoder", rng)
    trained_plainly(model.handle, tensor(points), 2000, 1e-2)
    found = model.reconstruct(points).astype(np.float64)
    pca = PCA(1).fit(points)
    residual = np.mean((pca.inverse_transform(pca.transform(points)) - points) ** 2)
    error = np.mean((found - points) ** 2)
    if not error <= 1.02 * residual:
        raise Wrong(
            "After 2,000 epochs of full-batch Adam its reconstructions are further from the points than those of PCA."
        )
    if error < 0.98 * residual:
        raise Wrong(
            "After 2,000 epochs of full-batch Adam its reconstructions are closer to the points than those on any"
            " straight line."
        )
    axis = np.linalg.svd(found - found.mean(axis=0))[2][0]
    if not abs(axis @ pca.components_[0]) >= np.cos(np.deg2rad(2)):
        raise Wrong(
            "After 2,000 epochs of full-batch Adam its reconstructions lie along another direction than the first"
            " principal axis."
        )
