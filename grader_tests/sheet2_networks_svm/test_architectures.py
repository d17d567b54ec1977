"""Questions 2a to 2d: the layers of the four autoencoders."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from autoencoders import (
    Network,
    activations_of_decoder,
    activations_of_encoder,
    agree,
    look_at,
    make,
    parameters_reached,
    random_images,
)

from sheetgrader import Wrong, assert_arguments_unchanged, criterion, numbers, tensor
from sheetgrader.graders.models import ask


class Kind(NamedTuple):
    """What an autoencoder is asked to be."""

    name: str
    default_dim: int
    hidden_sizes: tuple[int, ...]
    hidden: str
    output: str


PLAIN = Kind("Autoencoder", 2, (), "no activation function", "Sigmoid")
RELU = Kind("ReluAutoencoder", 2, (1024,), "ReLU", "Sigmoid")
SIGMOID = Kind("SigmoidAutoencoder", 2, (1024,), "Sigmoid", "Sigmoid")
TANH = Kind("TanhAutoencoder", 30, (), "no activation function", "Tanh")

SIZES_HINT = (
    "torch.nn.Linear(inputs, outputs) has a bias unless told otherwise. print(model) lists the layers, in order, with"
    " their sizes."
)
LATENT_HINT = (
    "The latent representation is what the last linear layer of the encoder puts out, and what the first one of the"
    " decoder takes in."
)
HIDDEN_HINT = (
    "Every hidden layer, in the encoder and in the decoder, is followed by its activation function before the next"
    " linear layer."
)
OUTPUT_HINT = (
    "Which numbers can the model put out? Those of a Sigmoid lie between 0 and 1, those of a Tanh between −1 and 1."
)
TRAINABLE_HINT = "Is anything computed under torch.no_grad(), or detached? Are all layers attributes of a module?"
PARTS_HINT = (
    "forward(x) is decoder(encoder(x)); the number of latent units is an argument of __init__ and has a default."
)


def seen(student: Any, kind: Kind, rng: np.random.Generator, dim: int) -> Network:
    return look_at(make(getattr(student, kind.name), kind.name, rng, dim), rng)


def judge_sizes(student: Any, kind: Kind, rng: np.random.Generator) -> None:
    """Judge the number, order and sizes of the layers, and that there are no others."""
    for dim in (3, 11):
        network = seen(student, kind, rng, dim)
        for part, sizes in (
            (network.encoder, (784, *kind.hidden_sizes, dim)),
            (network.decoder, (dim, *kind.hidden_sizes, 784)),
        ):
            if part.sizes != sizes:
                raise Wrong(f"The layers of the {part.name} have the sizes {' → '.join(map(str, part.sizes))}.")
            if any(layer.bias is None for layer in part.layers):
                raise Wrong(f"A linear layer of the {part.name} has no bias.")
        inside = sum(
            layer.weight.size + layer.weight.shape[1]
            for part in (network.encoder, network.decoder)
            for layer in part.layers
        )
        if network.all_parameters != inside:
            raise Wrong(
                f"The model has {network.all_parameters} parameters, but its encoder and decoder have {inside}, each"
                " counted for itself."
            )


def judge_latent(student: Any, kind: Kind, rng: np.random.Generator) -> None:
    """Judge that there is no activation function on the latent representation."""
    network = seen(student, kind, rng, 4)
    encoder, decoder = activations_of_encoder(network), activations_of_decoder(network)
    if encoder is None:
        raise Wrong(
            "What the encoder puts out does not follow from its linear layers with an activation function on the hidden"
            " layers."
        )
    if encoder[1] != "no activation function":
        raise Wrong(f"The encoder puts its last layer through {encoder[1]}.")
    if decoder is not None and decoder[0] != "no activation function":
        raise Wrong(f"Between encoder and decoder there is {decoder[0]}.")


def judge_hidden(student: Any, kind: Kind, rng: np.random.Generator) -> None:
    """Judge the activation function of the hidden layers."""
    network = seen(student, kind, rng, 5)
    encoder, decoder = activations_of_encoder(network), activations_of_decoder(network)
    found = {"encoder": encoder and encoder[0], "decoder": decoder and decoder[1]}
    for part, name in found.items():
        if name != kind.hidden:
            raise Wrong(f"The hidden layer of the {part} has {name or 'another activation function'}.")


def judge_output(student: Any, kind: Kind, rng: np.random.Generator) -> None:
    """Judge the activation function of the model's output."""
    network = seen(student, kind, rng, 6)
    decoder = activations_of_decoder(network)
    if decoder is None:
        raise Wrong(
            "What the model puts out does not follow from the linear layers of its decoder with a usual activation"
            " function behind them."
        )
    if decoder[2] != kind.output:
        raise Wrong(f"The model's output has {decoder[2]}.")


def judge_parts(student: Any, kind: Kind, rng: np.random.Generator) -> None:
    """Judge that the parts work alone, the number of latent units, and that nothing depends on the mode or on
    chance.
    """
    constructor = getattr(student, kind.name)
    for dim, arguments in ((kind.default_dim, {}), (7, {"dim_latent_representation": 7})):
        model = make(constructor, kind.name, rng, **arguments)
        for n in (5, 1):
            images = random_images(rng, n)
            numbers(ask(model, images, part=model.encoder), shape=(n, dim))
            numbers(ask(model, rng.normal(size=(n, dim)), part=model.decoder), shape=(n, 784))
            before = numbers(ask(model, images), shape=(n, 784))
            if n > 1 and not np.ptp(before, axis=0).any():
                raise Wrong("The model puts out the same for all images.")
            model.eval()
            if not agree(before, numbers(ask(model, images), shape=(n, 784))):
                raise Wrong(
                    "For the same images the model puts out something else in evaluation mode than in training mode."
                )
            model.train()
        again = numbers(assert_arguments_unchanged(model.forward, tensor(images)), shape=(n, 784))
        if not agree(before, again):
            raise Wrong("The model puts out something else when it is called again with the same images.")


def judge_trainable(student: Any, kind: Kind, rng: np.random.Generator) -> None:
    """Judge that gradients reach all parameters."""
    model = make(getattr(student, kind.name), kind.name, rng, 4)
    reached = parameters_reached(model, tensor(random_images(rng, 20)))
    if reached is not True:
        raise Wrong("After backward() on the squared error some parameters have no gradient.")


# 2a


@criterion("ex2a", weight=1, hint=SIZES_HINT)
def test_layers_of_the_plain_autoencoder(student, rng):
    """`Autoencoder` has one linear layer from 784 to the latent units and one back to 784, with biases, and nothing
    else to train.
    """
    judge_sizes(student, PLAIN, rng)


@criterion("ex2a", weight=0.5, hint=LATENT_HINT)
def test_latent_of_the_plain_autoencoder(student, rng):
    """The latent representation of `Autoencoder` has no activation function."""
    judge_latent(student, PLAIN, rng)


@criterion("ex2a", weight=1, hint=OUTPUT_HINT)
def test_output_of_the_plain_autoencoder(student, rng):
    """The output of `Autoencoder` is a Sigmoid of the decoder's linear layer."""
    judge_output(student, PLAIN, rng)


@criterion("ex2a", weight=0.5, hint=PARTS_HINT)
def test_parts_of_the_plain_autoencoder(student, rng):
    """`encoder` and `decoder` of `Autoencoder` can be called alone, for any number of latent units, 2 by default, and
    of images.
    """
    judge_parts(student, PLAIN, rng)


# 2b


@criterion("ex2b", weight=1, hint=SIZES_HINT)
def test_layers_of_the_relu_autoencoder(student, rng):
    """`ReluAutoencoder` has the linear layers 784 → 1024 → latent → 1024 → 784, with biases, and nothing else
    to train.
    """
    judge_sizes(student, RELU, rng)


@criterion("ex2b", weight=1, hint=HIDDEN_HINT)
def test_hidden_layers_of_the_relu_autoencoder(student, rng):
    """Both hidden layers of `ReluAutoencoder` have ReLU as their activation function."""
    judge_hidden(student, RELU, rng)


@criterion("ex2b", weight=1, hint=LATENT_HINT)
def test_latent_of_the_relu_autoencoder(student, rng):
    """The latent representation of `ReluAutoencoder` has no activation function."""
    judge_latent(student, RELU, rng)


@criterion("ex2b", weight=1, hint=OUTPUT_HINT)
def test_output_of_the_relu_autoencoder(student, rng):
    """The output of `ReluAutoencoder` is a Sigmoid of the decoder's last linear layer."""
    judge_output(student, RELU, rng)


@criterion("ex2b", weight=0.5, hint=PARTS_HINT)
def test_parts_of_the_relu_autoencoder(student, rng):
    """`encoder` and `decoder` of `ReluAutoencoder` can be called alone, for any number of latent units, 2 by default,
    and of images.
    """
    judge_parts(student, RELU, rng)


@criterion("ex2b", weight=0.5, hint=TRAINABLE_HINT)
def test_relu_autoencoder_can_be_trained(student, rng):
    """Gradients of the loss reach all parameters of `ReluAutoencoder`."""
    judge_trainable(student, RELU, rng)


# 2c


@criterion("ex2c", weight=1, hint=SIZES_HINT)
def test_layers_of_the_sigmoid_autoencoder(student, rng):
    """`SigmoidAutoencoder` has the linear layers 784 → 1024 → latent → 1024 → 784, with biases, and nothing else to
    train.
    """
    judge_sizes(student, SIGMOID, rng)


@criterion("ex2c", weight=1, hint=HIDDEN_HINT)
def test_hidden_layers_of_the_sigmoid_autoencoder(student, rng):
    """Both hidden layers of `SigmoidAutoencoder` have Sigmoid as their activation function."""
    judge_hidden(student, SIGMOID, rng)


@criterion("ex2c", weight=1, hint=LATENT_HINT)
def test_latent_of_the_sigmoid_autoencoder(student, rng):
    """The latent representation of `SigmoidAutoencoder` has no activation function."""
    judge_latent(student, SIGMOID, rng)


@criterion("ex2c", weight=1, hint=OUTPUT_HINT)
def test_output_of_the_sigmoid_autoencoder(student, rng):
    """The output of `SigmoidAutoencoder` is a Sigmoid of the decoder's last linear layer."""
    judge_output(student, SIGMOID, rng)


@criterion("ex2c", weight=0.5, hint=PARTS_HINT)
def test_parts_of_the_sigmoid_autoencoder(student, rng):
    """`encoder` and `decoder` of `SigmoidAutoencoder` can be called alone, for any number of latent units, 2 by
    default, and of images.
    """
    judge_parts(student, SIGMOID, rng)


@criterion("ex2c", weight=0.5, hint=TRAINABLE_HINT)
def test_sigmoid_autoencoder_can_be_trained(student, rng):
    """Gradients of the loss reach all parameters of `SigmoidAutoencoder`."""
    judge_trainable(student, SIGMOID, rng)


# 2d


@criterion("ex2d", weight=1, hint=SIZES_HINT)
def test_layers_of_the_tanh_autoencoder(student, rng):
    """`TanhAutoencoder` has one linear layer from 784 to the latent units and one back to 784, with biases, and nothing
    else to train.
    """
    judge_sizes(student, TANH, rng)


@criterion("ex2d", weight=1, hint=OUTPUT_HINT)
def test_activations_of_the_tanh_autoencoder(student, rng):
    """The output of `TanhAutoencoder` is a Tanh of the decoder's linear layer, and there is no other activation
    function.
    """
    judge_output(student, TANH, rng)
    judge_latent(student, TANH, rng)


@criterion("ex2d", weight=0.5, hint=PARTS_HINT)
def test_parts_of_the_tanh_autoencoder(student, rng):
    """`encoder` and `decoder` of `TanhAutoencoder` can be called alone, for any number of latent units, 30 by default,
    and of images.
    """
    judge_parts(student, TANH, rng)
