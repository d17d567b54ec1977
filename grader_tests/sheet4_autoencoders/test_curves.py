"""Question 1d: the decoder's curve."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from autoencoders import Autoencoder, make, rectangle, trained_plainly
from stand_ins import MODELS

from sheetgrader import (
    StudentError,
    Wrong,
    assert_arguments_unchanged,
    assert_close,
    criterion,
    fetch,
    numbers,
    probe,
    tensor,
)


def somewhat_trained(student: Any, name: str, rng: np.random.Generator) -> Autoencoder:
    model = make(getattr(student, name), rng)
    trained_plainly(model.handle, tensor(rectangle(rng)), 50, 1e-2)
    return model


def model_with_a_curve(student: Any, rng: np.random.Generator, z: np.ndarray, *shape: int | None) -> Autoencoder:
    """Return a model whose ``latent_curve`` has this shape, and is not the same as another model's."""
    models = [make(student.LargeAutoencoder, rng) for _ in range(2)]
    values = [student.latent_curve(model.handle, tensor(z)) for model in models]
    one, other = (numbers(value, shape or None) for value in values)
    if np.array_equal(one, other):
        raise Wrong("It is the same for two different models.", value=values[1])
    return models[0]


def latent_values(rng: np.random.Generator, m: int) -> np.ndarray:
    return rng.uniform(-3, 3, size=m).astype(np.float32)


@criterion(
    "ex1d",
    weight=2,
    timeout=30,
    hint="The decoder takes a column (m, 1): z[:, None]. It is the decoder alone that draws the curve.",
)
@pytest.mark.parametrize("name", MODELS)
def test_curve_is_the_decoders(student, rng, stand_in, name):
    """`latent_curve(model, z)` is what the model's decoder makes of z, of shape (m, 2); for the PCA model that is a
    straight line.
    """

    def attempt() -> None:
        model = somewhat_trained(student, name, rng)
        if not np.ptp(model.decode(latent_values(rng, 9)[:, None]), axis=0).any():
            raise Wrong("The model's decoder draws no curve, so it cannot be told whether this is one.")
        for m in (9, 2, 30):
            z = latent_values(rng, m)
            curve = assert_close(student.latent_curve(model.handle, tensor(z)), model.decode(z[:, None]), rtol=1e-4)
        if name == "PCAAutoencoder":
            spread = np.linalg.svd(curve.astype(np.float64) - curve.mean(axis=0), compute_uv=False)
            if not spread[1] <= 1e-3 * spread[0]:
                raise Wrong("The curve of the PCA model is no straight line.", value=curve)

    stand_in.judge(attempt, **MODELS)


@criterion("ex1d", weight=0.5, timeout=30, hint="squeeze() removes every axis of length 1, this one as well.")
def test_single_latent_value(student, rng, stand_in):
    """A single latent value, z of shape (1,), gives one point, of shape (1, 2)."""

    def attempt() -> None:
        model_with_a_curve(student, rng, latent_values(rng, 1), 1, 2)

    stand_in.judge(attempt, **MODELS)


@probe
def tracks_gradients(latent_curve, model, z):
    import torch

    def tracked(value):
        if isinstance(value, (list, tuple)):
            return any(map(tracked, value))
        return isinstance(value, torch.Tensor) and value.requires_grad

    with torch.enable_grad():
        return tracked(latent_curve(model, z))


@criterion("ex1d", weight=1, timeout=30, hint="Compute it under torch.no_grad(), or detach() the result.")
def test_tracks_no_gradients(student, rng, stand_in):
    """What `latent_curve` returns tracks no gradients, so that it can be plotted as it is."""

    def attempt() -> None:
        z = latent_values(rng, 5)
        model = model_with_a_curve(student, rng, z, 5, None)
        if tracks_gradients(fetch(student.latent_curve), model.handle, tensor(z)) is not False:
            raise Wrong("The curve tracks gradients.")

    stand_in.judge(attempt, **MODELS)


@probe
def what_changes(latent_curve, model, z):
    """Return what calling `latent_curve` changes about a model in training mode and in evaluation mode."""
    import torch

    def state():
        modes = [module.training for module in model.modules()]
        flags = [parameter.requires_grad for parameter in model.parameters()]
        return {
            "mode": modes,
            "requires_grad": flags,
            "parameters": [parameter.detach().clone() for parameter in model.parameters()],
        }

    changed = []
    for prepare in (model.train, model.eval):
        prepare()
        before = state()
        with torch.enable_grad():
            latent_curve(model, z.clone())
        after = state()
        changed += [name for name in ("mode", "requires_grad") if before[name] != after[name]]
        if not all(
            torch.equal(one, other) for one, other in zip(before["parameters"], after["parameters"], strict=True)
        ):
            changed.append("parameters")
    return changed


@criterion(
    "ex1d",
    weight=0.5,
    timeout=30,
    hint="model.eval() and requires_grad_(False) last; torch.no_grad() ends with its block.",
)
def test_leaves_the_model_alone(student, rng, stand_in):
    """`latent_curve` leaves the model as it was: its mode, training or evaluation, its parameters and their
    `requires_grad`; and z, too.
    """

    def attempt() -> None:
        z = latent_values(rng, 5)
        model = model_with_a_curve(student, rng, z)
        assert_arguments_unchanged(student.latent_curve, model.handle, tensor(z))
        model = make(student.LargeAutoencoder, rng)
        changed = what_changes(fetch(student.latent_curve), model.handle, tensor(z))
        if not isinstance(changed, list):
            raise StudentError("The model could not be looked at.")
        if changed:
            raise Wrong(f"It changes the model: its {changed[0]!s:.20} is not what it was before the call.")

    stand_in.judge(attempt, **MODELS)
