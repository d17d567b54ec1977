"""Question 1g: a new encoder for an old decoder."""

from __future__ import annotations

from typing import Any

import numpy as np
from autoencoders import Array, Autoencoder, as_autoencoder, make, rectangle, reseed, trained_plainly
from stand_ins import MODELS_AND_TRAINING

from sheetgrader import Wrong, assert_arguments_unchanged, criterion, tensor

#: What an old model that is returned as it is does not fulfil.
CHANGES = ("test_decoder_is_frozen", "test_encoder_starts_anew", "test_encoder_learns")
#: Seconds for one call that trains. All criteria together may meet an earlier answer that never ends, and still have
#: time for a stand-in.
LONG = 10.0
#: Above this, two sets of weights have something to do with each other. Unrelated ones have a correlation of a few
#: hundredths.
RELATED = 0.3
#: The same for a single layer, whose correlations vary more, as long as it has so many weights.
RELATED_LAYER, WEIGHTS_OF_A_LAYER = 0.7, 40


def trained_model(student: Any, points: Array, rng: np.random.Generator) -> Autoencoder:
    """Return a trained model whose decoder's curve is simple enough for a new encoder to find its way."""
    model = make(student.LargeAutoencoder, rng)
    trained_plainly(model.handle, tensor(points), 100, 1e-2)
    return model


def retrain(student: Any, model: Autoencoder, points: Array, rng: np.random.Generator, **settings: Any) -> Autoencoder:
    reseed(rng)
    return as_autoencoder(student.retrain_encoder(model.handle, tensor(points), **settings))


def layers(parameters: list[Array]) -> list[Array]:
    """Return the entries of each weight matrix in a row; biases may start at the same numbers each time."""
    return [each.reshape(-1).astype(np.float64) for each in parameters if each.ndim > 1]


def matrices(parameters: list[Array]) -> Array:
    """Return the entries of all weight matrices in one row."""
    entries = layers(parameters)
    if not entries:
        raise Wrong("The encoder has no weight matrices.")
    return np.concatenate(entries)


def correlation(one: Array, other: Array) -> float:
    if one.shape != other.shape:
        raise Wrong("The new encoder has other layers than the old one.")
    found = float(np.corrcoef(one, other)[0, 1])
    # The weights of an encoder that does not vary at all are related to themselves.
    return found if np.isfinite(found) else 1.0


def is_related(one: Array, other: Array) -> bool:
    return one.size >= WEIGHTS_OF_A_LAYER and abs(correlation(one, other)) > RELATED_LAYER


@criterion(
    "ex1g",
    trains=True,
    weight=1,
    timeout=LONG,
    hint="Compare the decoder's parameters before and after: did your optimiser, or a new initialisation, touch them?",
    requires=CHANGES,
)
def test_decoder_is_kept(student, rng, stand_in):
    """The new model's decoder has the parameters of the old one, bit for bit."""

    def attempt() -> None:
        points = rectangle(rng)
        model = trained_model(student, points, rng)
        kept = model.parameters("decoder")
        new = retrain(student, model, points, rng, max_epochs=20).parameters("decoder")
        if len(new) != len(kept) or not all(
            one.shape == other.shape and np.array_equal(one, other) for one, other in zip(kept, new, strict=True)
        ):
            raise Wrong("The parameters of the new model's decoder are not those of the old one.")

    stand_in.judge(attempt, **MODELS_AND_TRAINING)


@criterion(
    "ex1g",
    trains=True,
    weight=1,
    timeout=LONG,
    hint="for parameter in new.decoder.parameters(): parameter.requires_grad = False",
)
def test_decoder_is_frozen(student, rng, stand_in):
    """All parameters of the new model's decoder have `requires_grad` False."""

    def attempt() -> None:
        points = rectangle(rng)
        model = trained_model(student, points, rng)
        new = retrain(student, model, points, rng, max_epochs=2)
        free = new.flags("decoder")
        if any(free) or not free:
            raise Wrong(
                f"Of the {len(free)} parameter tensors of the new model's decoder, {sum(free)} have `requires_grad`"
                " True."
            )

    stand_in.judge(attempt, **MODELS_AND_TRAINING)


@criterion(
    "ex1g",
    trains=True,
    weight=1,
    timeout=LONG,
    hint=(
        "torch.manual_seed(seed), then reset_parameters() of each layer of the encoder, or the encoder of a new model."
    ),
)
def test_encoder_starts_anew(student, rng, stand_in):
    """The encoder's weights have nothing to do with the old ones, and `seed` decides them: the same seed, and only
    that, gives the same encoder.
    """

    def attempt() -> None:
        points = rectangle(rng)
        model = trained_model(student, points, rng)
        old = matrices(model.parameters("encoder"))
        new = [
            retrain(student, model, points, rng, max_epochs=2, seed=seed).parameters("encoder") for seed in (5, 5, 6)
        ]
        first, again, other = map(matrices, new)
        if abs(correlation(first, old)) > RELATED or any(
            map(is_related, layers(new[0]), layers(model.parameters("encoder")))
        ):
            raise Wrong(
                "The weights of the new encoder, or of a layer of it, are related to those of the old one: it did not"
                " start anew."
            )
        if correlation(first, again) < 0.999:
            raise Wrong("Two calls with seed=5 give different encoders.")
        if abs(correlation(first, other)) > RELATED:
            raise Wrong("Calls with seed=5 and seed=6 give encoders from the same start.")

    stand_in.judge(attempt, **MODELS_AND_TRAINING)


@criterion(
    "ex1g",
    trains=True,
    weight=1,
    timeout=LONG,
    hint="Does the optimiser get the new encoder's parameters? A layer that is put in later is not among them.",
)
def test_encoder_learns(student, rng, stand_in):
    """The error of the new model falls during the training: it is smaller after 200 epochs than after one."""

    def attempt() -> None:
        points = rectangle(rng)
        model = trained_model(student, points, rng)
        short, long = (
            retrain(student, model, points, rng, max_epochs=epochs, seed=2).error(points) for epochs in (1, 200)
        )
        if not long < 0.99 * short:
            raise Wrong(
                f"After one epoch the new model's mean squared error is {short:.3g}, and after 200 epochs it is"
                f" {long:.3g}."
            )

    stand_in.judge(attempt, **MODELS_AND_TRAINING)


@criterion(
    "ex1g",
    trains=True,
    weight=1,
    timeout=LONG,
    hint=(
        "copy.deepcopy(model) gives a model with parameters of its own. new = model is only another name for the old"
        " one."
    ),
    requires=CHANGES,
)
def test_old_model_is_untouched(student, rng, stand_in):
    """The model that is handed over keeps its parameters and their `requires_grad` flags, and the data stay as they
    are.
    """

    def attempt() -> None:
        points = rectangle(rng)
        model = trained_model(student, points, rng)
        parameters, flags = model.parameters(), model.flags()
        as_autoencoder(assert_arguments_unchanged(student.retrain_encoder, model.handle, tensor(points), max_epochs=5))
        if model.flags() != flags:
            raise Wrong("The `requires_grad` flags of the old model have changed.")
        now = model.parameters()
        if len(now) != len(parameters) or not all(
            np.array_equal(one, other) for one, other in zip(parameters, now, strict=True)
        ):
            raise Wrong("The parameters of the old model have changed.")

    stand_in.judge(attempt, **MODELS_AND_TRAINING)
