"""Question 2d: the variational autoencoder and its loss."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from autoencoders import (
    ACTIVATIONS,
    Array,
    Part,
    agree,
    make,
    part_of,
    random_images,
    randomise,
)

from sheetgrader import (
    Handle,
    Wrong,
    assert_arguments_unchanged,
    assert_close,
    criterion,
    entries,
    fetch,
    first_that_holds,
    numbers,
    probe,
    tensor,
)
from sheetgrader.graders.models import ask, evaluation_mode

OUTPUTS = ("x_hat", "mu", "logvar")
DIM = 5
#: Rows of samples; what is estimated from them is right to about a hundredth.
SAMPLES = 20_000


@probe
def parameter_reached_in_training(model, images):
    """Tell whether in training mode gradients reach all parameters."""
    import torch

    model.train()
    with torch.enable_grad():
        x_hat, mu, logvar = model(images)
        ((x_hat - images).square().mean() + mu.square().mean() + logvar.square().mean()).backward()
    gradients = [parameter.grad for parameter in model.parameters()]
    return len(gradients) > 0 and all(
        each is not None and bool(each.isfinite().all()) and bool(each.any()) for each in gradients
    )


@probe
def put_harmless_sampling(model):
    """Replace how the model samples by something that tells its arguments apart."""
    model.reparameterise = lambda mu, logvar: 0.5 * mu + 0.25 * logvar + 1.0


@probe
def gradients_through(reparameterise, mu, logvar):
    """Return a sample, and the gradients of the sum of its squares."""
    import torch

    mu, logvar = mu.clone().requires_grad_(), logvar.clone().requires_grad_()
    with torch.enable_grad():
        sample = reparameterise(mu * 1.0, logvar * 1.0)
        sample.square().sum().backward()
    return {"sample": sample.detach(), "mu": mu.grad, "logvar": logvar.grad}


@probe
def gradients_of_loss(loss, x_hat, x, mu, logvar, weight):
    """Return the gradients of the loss with respect to what the model puts out."""
    import torch

    leaves = [each.clone().requires_grad_() for each in (x_hat, mu, logvar)]
    with torch.enable_grad():
        loss(leaves[0] * 1.0, x, leaves[1] * 1.0, leaves[2] * 1.0, weight).sum().backward()
    return [each.grad for each in leaves]


# The model.


class Layers(NamedTuple):
    """The linear layers of a VAE, its images, and what it makes of them in evaluation mode."""

    handle: Handle
    encoder: Part
    mu_layer: Part
    logvar_layer: Part
    decoder: Part
    all_parameters: int
    images: Array

    @property
    def dim(self) -> int:
        """The number of latent units."""
        return self.encoder.sizes[-1]


def new(student: Any, rng: np.random.Generator, dim: int) -> Handle:
    return make(student.VAE, "VAE", rng, dim)


def look_at(student: Any, rng: np.random.Generator, dim: int) -> Layers:
    """Return the layers of a new VAE with random parameters, in evaluation mode."""
    model = new(student, rng, dim)
    randomise(model, int(rng.integers(2**31)))
    evaluation_mode(model)
    encoder, total = part_of(model, "encoder", 784)
    dim = encoder.sizes[-1]
    parts = [
        part_of(model, name, dim, size)[0]
        for name, size in (("mu_layer", dim), ("logvar_layer", dim), ("decoder", 784))
    ]
    return Layers(model, encoder, *parts, total, random_images(rng, 37).astype(np.float64))


def outputs_of(model: Handle, images: Array, dim: int) -> list[Array]:
    """Return x_hat, mu and logvar for images."""
    found = entries(ask(model, images), OUTPUTS)
    shapes = (images.shape, (len(images), dim), (len(images), dim))
    return [numbers(value, shape=shape).astype(np.float64) for value, shape in zip(found, shapes, strict=True)]


@criterion(
    "ex2d",
    weight=1,
    hint=(
        "encoder: 784 → d, mu_layer and logvar_layer: d → d each, decoder: d → 784. Each of them is one linear layer"
        " with a bias."
    ),
)
def test_layers_of_the_vae(student, rng):
    """`VAE` has the linear layers `encoder`, `mu_layer`, `logvar_layer` and `decoder` of the sizes asked for, and
    nothing else to train.
    """
    for dim in (3, 11):
        layers = look_at(student, rng, dim)
        inside = 0
        for part, sizes in (
            (layers.encoder, (784, dim)),
            (layers.mu_layer, (dim, dim)),
            (layers.logvar_layer, (dim, dim)),
            (layers.decoder, (dim, 784)),
        ):
            if part.sizes != sizes:
                raise Wrong(f"The layers of the {part.name} have the sizes {' → '.join(map(str, part.sizes))}.")
            if part.layers[0].bias is None:
                raise Wrong(f"The linear layer of the {part.name} has no bias.")
            inside += (sizes[0] + 1) * sizes[1]
        if layers.all_parameters != inside:
            raise Wrong(f"The model has {layers.all_parameters} parameters, but its four linear layers have {inside}.")


@criterion(
    "ex2d",
    weight=1,
    hint="mu = mu_layer(e) and logvar = logvar_layer(e) for e = encoder(x), without any activation function.",
)
def test_mean_and_variance_of_the_vae(student, rng):
    """`mu` and `logvar` are linear layers of what the encoder puts out, and are returned behind `x_hat`."""
    layers = look_at(student, rng, DIM)
    encoded = layers.encoder(layers.images, "no activation function")
    found = outputs_of(layers.handle, layers.images, layers.dim)[1:]
    for name, value, part in zip(OUTPUTS[1:], found, (layers.mu_layer, layers.logvar_layer), strict=True):
        if not agree(value, part(encoded, "no activation function")):
            raise Wrong(f"{name} does not follow from the encoder and the {part.name} without an activation function.")


@criterion("ex2d", weight=1, hint="x_hat = decoder(reparameterise(mu, logvar)), where the decoder ends with a Tanh.")
def test_reconstruction_of_the_vae(student, rng):
    """`x_hat` is what a linear layer and Tanh make of the latent vector that `reparameterise` gives."""
    layers = look_at(student, rng, DIM)

    def judge(latent_of: Any) -> None:
        x_hat, mu, logvar = outputs_of(layers.handle, layers.images, layers.dim)
        latent = latent_of(mu, logvar)
        found = next(
            (name for name in ACTIVATIONS if agree(x_hat, layers.decoder(latent, "no activation function", name))), None
        )
        if found != "Tanh":
            raise Wrong(
                "x_hat does not follow from reparameterise(mu, logvar) and the decoder's linear layer."
                if found is None
                else f"The output of the decoder has {found}."
            )

    def as_it_stands() -> None:
        judge(lambda mu, _: mu)

    def with_stand_in() -> None:
        put_harmless_sampling(layers.handle)
        judge(lambda mu, logvar: 0.5 * mu + 0.25 * logvar + 1.0)

    first_that_holds(as_it_stands, with_stand_in)


@criterion(
    "ex2d",
    weight=0.5,
    hint=(
        "self.training tells the mode: model.train() switches it on, model.eval() off. forward has to call"
        " reparameterise."
    ),
)
def test_vae_samples_in_training_only(student, rng):
    """In training mode `x_hat` differs from call to call, in evaluation mode it does not; by default there are 30
    latent units.
    """
    model = make(student.VAE, "VAE", rng)
    for n in (4, 1):
        images = random_images(rng, n)
        model.train()
        first, second = (outputs_of(model, images, 30)[0] for _ in range(2))
        if np.array_equal(first, second):
            raise Wrong("In training mode x_hat is the same in two calls.")
        model.eval()
        first, second = (outputs_of(model, images, 30)[0] for _ in range(2))
        if not np.array_equal(first, second):
            raise Wrong("In evaluation mode x_hat is not the same in two calls.")


@criterion(
    "ex2d",
    weight=1,
    hint=(
        "Write the sample as mu + sigma · ε with ε from N(0, 1), computed by PyTorch: no detach, no .data, no"
        " torch.no_grad()."
    ),
)
def test_gradients_reach_the_vae(student, rng):
    """Gradients flow through `reparameterise` to `mu` and `logvar`, and from the outputs to all parameters."""
    model = new(student, rng, DIM)
    if parameter_reached_in_training(model, tensor(random_images(rng, 20))) is not True:
        raise Wrong("After backward() some parameters of the model have no gradient.")
    mu, logvar = (rng.normal(size=(30, DIM)).astype(np.float32) for _ in range(2))
    found = gradients_through(fetch(model.reparameterise), tensor(mu), tensor(logvar))
    if (
        not isinstance(found, dict)
        or set(found) != {"sample", "mu", "logvar"}
        or any(value is None for value in found.values())
    ):
        raise Wrong("No gradient of what reparameterise returns reaches mu and logvar.")
    sample = numbers(found["sample"], shape=mu.shape).astype(np.float64)
    assert_close(found["mu"], 2 * sample, rtol=1e-3, what="the gradient with respect to `mu`")
    # The derivative of mu + exp(logvar / 2) ε with respect to logvar is half of what was added to mu.
    assert_close(found["logvar"], sample * (sample - mu), rtol=1e-3, what="the gradient with respect to `logvar`")


# Sampling.


@criterion(
    "ex2d",
    weight=0.5,
    hint="if not self.training: return mu",
    requires=(
        "test_layers_of_the_vae",
        "test_mean_and_variance_of_the_vae",
        "test_reconstruction_of_the_vae",
        "test_sampling_in_training_mode",
    ),
)
def test_sampling_in_evaluation_mode(student, rng):
    """In evaluation mode `reparameterise` returns `mu`."""
    model = new(student, rng, DIM)
    model.eval()
    mu, logvar = (rng.normal(size=(9, DIM)).astype(np.float32) for _ in range(2))
    assert_close(model.reparameterise(tensor(mu), tensor(logvar)), mu)


@criterion(
    "ex2d",
    weight=1.5,
    hint="The standard deviation is exp(logvar / 2), and every number has a noise of its own: torch.randn_like(mu).",
)
def test_sampling_in_training_mode(student, rng):
    """In training mode `reparameterise` samples with mean `mu` and standard deviation exp(`logvar`/2), each number for
    itself, anew in every call.
    """
    model = new(student, rng, DIM)
    model.train()
    mu = np.tile(rng.uniform(-2, 2, size=DIM), (SAMPLES, 1)).astype(np.float32)
    logvar = np.tile(rng.uniform(-3, 2, size=DIM), (SAMPLES, 1)).astype(np.float32)
    first, second = (
        (numbers(model.reparameterise(tensor(mu), tensor(logvar)), shape=mu.shape).astype(np.float64) - mu)
        / np.exp(logvar / 2.0)
        for _ in range(2)
    )
    if np.array_equal(first, second):
        raise Wrong("Two calls return the same sample.")
    # Errors of estimates are below 0.01 here; the bounds are more than five of them away.
    if np.abs(first.mean(axis=0)).max() > 0.05:
        raise Wrong("The mean of the samples is not mu.")
    if np.abs(first.std(axis=0) - 1).max() > 0.05:
        raise Wrong("The standard deviation of the samples is not exp(logvar / 2).")
    # It is 3 for a normal distribution, 1.8 for a uniform one; the estimate is right to 0.02.
    if abs(np.mean((first - first.mean(axis=0)) ** 4 / first.var(axis=0) ** 2) - 3) > 0.3:
        raise Wrong("The samples have the right mean and standard deviation, but are not distributed normally.")
    rest = np.corrcoef(first, rowvar=False) - np.eye(DIM)
    if np.abs(rest).max() > 0.05 or abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) > 0.05:
        raise Wrong("Different numbers of a sample, or of two samples, are not independent of each other.")


# The loss, and what all of it leaves alone.


class LossArguments(NamedTuple):
    """What `vae_loss` takes, besides the weight."""

    x_hat: Array
    x: Array
    mu: Array
    logvar: Array

    @property
    def error(self) -> float:
        """The squared error, averaged over all entries."""
        return float(np.mean((self.x_hat.astype(np.float64) - self.x) ** 2))

    @property
    def divergence(self) -> float:
        """The divergence from the prior, averaged over batch and units."""
        mu, logvar = self.mu.astype(np.float64), self.logvar.astype(np.float64)
        return float(np.mean(0.5 * (mu**2 + np.exp(logvar) - logvar - 1)))


def loss_arguments(rng: np.random.Generator, n: int, dim: int, spread: float = 1.0) -> LossArguments:
    images = [rng.normal(size=(n, 784)) for _ in range(2)]
    latent = [spread * rng.normal(size=(n, dim)) for _ in range(2)]
    return LossArguments(*(each.astype(np.float32) for each in (*images, *latent)))


def loss_of(student: Any, arguments: LossArguments, weight: float) -> float:
    return float(numbers(student.vae_loss(*map(tensor, arguments), weight), shape=()))


@criterion(
    "ex2d",
    weight=1.5,
    hint=(
        "Both parts are averages: the squared error over all n·784 entries, the divergence ½(μ² + σ² − log σ² − 1) over"
        " all n·d."
    ),
)
def test_loss_of_the_vae(student, rng):
    """`vae_loss` is the squared error plus the weighted divergence, each averaged over all entries, for batches of any
    size.
    """
    for n, dim, weight in ((7, 3, 0.5), (30, 30, 5.0), (1, 2, 1.0)):
        arguments = loss_arguments(rng, n, dim)
        assert_close(loss_of(student, arguments, weight), arguments.error + weight * arguments.divergence, rtol=1e-4)


@criterion(
    "ex2d",
    weight=0.5,
    hint="σ² = exp(logvar): with mu = 0 and logvar = 0 the distribution is the prior itself, and the divergence zero.",
)
def test_divergence_from_the_prior(student, rng):
    """With `mu` = 0 and `logvar` = 0 the divergence vanishes, whatever its weight; elsewhere it is positive."""
    arguments = loss_arguments(rng, 12, 4, spread=0.0)
    at_the_prior = [loss_of(student, arguments, weight) for weight in (0.0, 3.0, 100.0)]
    elsewhere = loss_of(student, arguments._replace(mu=np.ones_like(arguments.mu)), 3.0)
    assert_close(np.array(at_the_prior), np.full(3, at_the_prior[0]), rtol=1e-5, what="the loss for three weights")
    if not elsewhere > at_the_prior[0] * (1 + 1e-6) > 0:
        raise Wrong("The divergence of N(1, 1) from N(0, 1) does not add to the loss.")


@criterion("ex2d", weight=0.5, hint="The weight multiplies the divergence alone, once.")
def test_loss_is_linear_in_the_weight(student, rng):
    """`vae_loss` grows linearly with the weight of the divergence."""
    arguments = loss_arguments(rng, 12, 4)
    without, one, five = (loss_of(student, arguments, weight) for weight in (0.0, 1.0, 5.0))
    if not abs(one - without) > 1e-6 * abs(one):
        raise Wrong("The weight changes nothing.")
    assert_close(
        five - without,
        5 * (one - without),
        rtol=1e-3,
        what="the difference between the losses with the weights 5 and 0",
    )


@criterion(
    "ex2d",
    weight=0.5,
    hint="Return the tensor itself, not .item() of it, and detach nothing: the optimizer needs its gradients.",
)
def test_gradients_of_the_loss(student, rng):
    """Gradients of `vae_loss` reach `x_hat`, `mu` and `logvar`."""
    arguments = loss_arguments(rng, 6, 4)
    found = gradients_of_loss(fetch(student.vae_loss), *map(tensor, arguments), 1.0)
    if not isinstance(found, list) or len(found) != 3 or any(each is None for each in found):
        raise Wrong("No gradient of the loss reaches x_hat, mu and logvar.")
    for value, name in zip(found, OUTPUTS, strict=True):
        shape = arguments.x.shape if name == "x_hat" else arguments.mu.shape
        if not np.abs(numbers(value, shape=shape)).max() > 0:
            raise Wrong(f"The gradient of the loss with respect to {name} is zero.")


@criterion(
    "ex2d",
    weight=0.5,
    hint=(
        "Methods whose names end with an underscore, such as exp_(), and operators such as -= change the tensor itself."
    ),
    requires=(
        "test_layers_of_the_vae",
        "test_mean_and_variance_of_the_vae",
        "test_sampling_in_training_mode",
        "test_loss_of_the_vae",
        "test_loss_is_linear_in_the_weight",
        "test_gradients_of_the_loss",
    ),
)
def test_vae_leaves_its_arguments_alone(student, rng):
    """`VAE`, `reparameterise` and `vae_loss` do not change their arguments."""
    model = new(student, rng, DIM)
    model.train()
    arguments = loss_arguments(rng, 6, DIM)
    entries(assert_arguments_unchanged(model.forward, tensor(arguments.x)), OUTPUTS)
    sample = assert_arguments_unchanged(model.reparameterise, tensor(arguments.mu), tensor(arguments.logvar))
    numbers(sample, shape=arguments.mu.shape)
    numbers(assert_arguments_unchanged(student.vae_loss, *map(tensor, arguments), 1.0), shape=())
