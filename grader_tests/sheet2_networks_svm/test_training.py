"""Question 2a: training an autoencoder, whichever it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from autoencoders import Array, random_images

from sheetgrader import (
    Address,
    Handle,
    Wrong,
    assert_arguments_unchanged,
    criterion,
    named_entries,
    numbers,
    probe,
    tensor,
)
from sheetgrader.graders.models import evaluation_mode, seed_everything, tensors_or_arrays

LISTS = ("train_loss", "validation_loss")
#: What nothing but training fulfils; losses that are made up may well be finite, and the same each time.
TRAINING = (
    "test_trains_the_model_in_place",
    "test_seed_decides_the_split",
    "test_validation_images_are_not_trained_on",
)


@probe
def model_to_train(units, seed):
    """Return an autoencoder with weights that ``seed`` decides; it is not one of those that the sheet asks for."""
    import torch

    class Small(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder = torch.nn.Linear(784, units)
            self.decoder = torch.nn.Linear(units, 784)

        def forward(self, x):
            return torch.nn.functional.hardtanh(self.decoder(self.encoder(x)), -9.0, 9.0)

    model = Small()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_((2 * torch.rand(parameter.shape, generator=generator) - 1) * max(parameter.shape) ** -0.5)
    return model


def blurred_images(rng: np.random.Generator, n: int) -> npt.NDArray[np.float32]:
    """Return n images that differ along three directions, and a little noise."""
    directions = rng.normal(size=(3, 784))
    return (rng.uniform(-1, 1, size=(n, 3)) @ directions + 0.1 * rng.normal(size=(n, 784))).astype(np.float32)


def called(function: Address, *arguments: Any) -> Any:
    return function(*arguments)


def train(
    student: Any,
    images: Array,
    *,
    epochs: int,
    seed: int,
    start: int,
    units: int = 4,
    call: Callable[..., Any] = called,
) -> tuple[Handle, Any]:
    """Train a model that ``start`` decides and return it, in evaluation mode, with what came back.

    The images are sent as a tensor, or as an array where the function raises with a tensor.
    """

    def trained_with(send: Callable[[Array], Any]) -> tuple[Handle, Any]:
        model = model_to_train(units, start)
        return model, call(student.train_autoencoder, model, send(images), epochs, seed)

    model, value = tensors_or_arrays(trained_with)
    evaluation_mode(model)
    return model, value


def losses_in(value: Any) -> dict[str, Array]:
    """Return the two lists; how long they are is judged once, and not wherever losses are looked at."""
    content = named_entries(value, LISTS)
    losses = {name: numbers(content[name]).astype(np.float64).reshape(-1) for name in LISTS}
    for name in LISTS:
        if losses[name].size == 0:
            raise Wrong(f"The list {name} is empty.", value=value)
    return losses


def trained(student: Any, rng: np.random.Generator, images: Array, **choices: Any) -> tuple[Handle, Any]:
    """Train a new model, with the global random generators in a place of their own."""
    seed_everything(int(rng.integers(2**31)))
    return train(student, images, seed=3, start=int(rng.integers(2**31)), **choices)


def error_of(model: Handle, images: Array) -> float:
    """Return the squared error of a model, averaged over all entries."""
    outputs = numbers(model(tensor(images)), shape=images.shape)
    return float(np.mean((outputs.astype(np.float64) - images) ** 2))


@criterion(
    "ex2a",
    trains=True,
    weight=0.5,
    timeout=20,
    hint='return {"train_loss": [...], "validation_loss": [...]}, with loss.item() in the lists, not tensors.',
    requires=(*TRAINING, "test_losses_are_mean_squared_errors"),
)
def test_history_of_training(student, rng):
    """`train_autoencoder` returns a dictionary of two lists with one finite number for each epoch, and leaves the
    images as they were.
    """
    for epochs in (3, 1):
        value = trained(student, rng, random_images(rng, 90), epochs=epochs, call=assert_arguments_unchanged)[1]
        content = named_entries(value, LISTS)
        for name in LISTS:
            found = numbers(content[name])
            if found.shape != (epochs,):
                raise Wrong(
                    f"{epochs} epochs were asked for, so as many losses; {name} has the shape {found.shape}.",
                    value=value,
                )


@criterion(
    "ex2a",
    trains=True,
    weight=1,
    timeout=20,
    hint="Adam needs zero_grad, backward and step for each batch, on the parameters of the model that was handed over.",
)
def test_trains_the_model_in_place(student, rng):
    """After training the model that was handed over reconstructs images much better than the mean image does."""
    images = blurred_images(rng, 3000)
    model, _ = trained(student, rng, images, epochs=20)
    error, baseline = error_of(model, images), float(images.var(axis=0).mean())
    if not error < 0.7 * baseline:
        raise Wrong(
            f"After 20 epochs on 3000 images the model's squared error is {error:.3g}; that of the mean image is"
            f" {baseline:.3g}."
        )


@criterion(
    "ex2a",
    trains=True,
    weight=1,
    timeout=20,
    hint=(
        "torch.nn.functional.mse_loss averages over all entries. A mean over batches has to be divided by their number."
    ),
    requires=TRAINING,
)
def test_losses_are_mean_squared_errors(student, rng):
    """Both losses are squared errors averaged over all entries: in the end they are about those of the trained
    model.
    """
    images = blurred_images(rng, 3000)
    model, value = trained(student, rng, images, epochs=20)
    losses, error = losses_in(value), error_of(model, images)
    for name in LISTS:
        if not 0.6 * error < losses[name][-1] < 1.6 * error:
            raise Wrong(
                f"The last {name} is {losses[name][-1]:.4g}, but the trained model's squared error on all images is"
                f" {error:.4g}."
            )


@criterion(
    "ex2a",
    trains=True,
    weight=1,
    timeout=20,
    hint=(
        "Seed whatever draws random numbers inside of the function, by `seed`: the split and the order of the batches."
        " What else is random?"
    ),
    requires=(*TRAINING, "test_losses_are_mean_squared_errors"),
)
def test_same_seed_same_losses(student, rng):
    """The same model, images and seed give the same two lists again, whatever happened in between."""
    images = blurred_images(rng, 400)
    start = int(rng.integers(2**31))
    found = []
    for _ in range(2):
        seed_everything(int(rng.integers(2**31)))
        found.append(losses_in(train(student, images, epochs=4, seed=11, start=start)[1]))
    for name in LISTS:
        if found[0][name].shape != found[1][name].shape or not np.allclose(
            found[0][name], found[1][name], rtol=1e-5, atol=0
        ):
            raise Wrong(f"With the same model, images and seed the list {name} differs the second time.")


@criterion(
    "ex2a",
    trains=True,
    weight=0.5,
    timeout=20,
    hint="The split into training and validation images is drawn at random by `seed`, not cut at a fixed place.",
)
def test_seed_decides_the_split(student, rng):
    """Another seed puts other images aside for validation."""
    # After one batch the model has learnt next to nothing, and the loss tells how bright the images put aside are,
    # which differs a lot between them.
    images = (random_images(rng, 90) * np.sqrt(rng.exponential(size=(90, 1)))).astype(np.float32)
    start = int(rng.integers(2**31))
    found = [
        losses_in(train(student, images, epochs=1, seed=seed, start=start)[1])["validation_loss"][-1]
        for seed in range(11, 17)
    ]
    if np.ptp(found) <= 0.02 * abs(found[0]):
        raise Wrong(
            "Six different seeds give about the same validation loss, for images that differ a lot in brightness."
        )


@criterion(
    "ex2a",
    trains=True,
    weight=1,
    timeout=20,
    hint="The validation images are put aside before training, and no step of the optimizer ever sees them.",
)
def test_validation_images_are_not_trained_on(student, rng):
    """On images of pure noise a model with many latent units learns its training images by heart, and the validation
    loss stays where it was.
    """
    images = random_images(rng, 150)
    losses = losses_in(trained(student, rng, images, units=200, epochs=60)[1])
    last = {name: losses[name][-1] for name in LISTS}
    if not (last["validation_loss"] > 0.6 * images.var() and last["train_loss"] < 0.5 * last["validation_loss"]):
        raise Wrong(
            f"On images of pure noise the last training loss is {last['train_loss']:.3g}, the last validation loss"
            f" {last['validation_loss']:.3g}."
        )
