"""What the tests of sheet 2 share: the questions as agreed, and the variants of their answers."""

from __future__ import annotations

from typing import NamedTuple

from .variants import variants_of

SHEET = "sheet2_networks_svm"


class Question(NamedTuple):
    name: str
    points_for_tests: float
    points_for_text: float | None
    #: What the student defines, as it stands in the contract.
    defines: tuple[str, ...]
    #: What stands in the notebook between the question and the answer.
    given: tuple[str, ...] = ()


QUESTIONS = [
    Question("ex1a", 2, None, ("forward(x, W0, W1, W2)",)),
    Question("ex1b", 3, None, ("gradients(x, y, W0, W1, W2)", "sgd_update(x, y, W0, W1, W2, eta)")),
    Question(
        "ex2a",
        1,
        1,
        ("Autoencoder(dim_latent_representation=2)", "train_autoencoder(model, images, epochs, seed)"),
        given=("ex2_images",),
    ),
    Question("ex2b", 1, 1, ("ReluAutoencoder(dim_latent_representation=2)",)),
    Question("ex2c", 1, 1, ("SigmoidAutoencoder(dim_latent_representation=2)",)),
    Question(
        "ex2d",
        2,
        2,
        (
            "TanhAutoencoder(dim_latent_representation=30)",
            "VAE(dim_latent_representation=30)",
            "vae_loss(x_hat, x, mu, logvar, kld_weight)",
        ),
    ),
    Question("ex3a", 2, None, ("dual_matrix(X, y)", "solve_dual(X, y)"), given=("ex3a_points",)),
    Question("ex3b", 1, None, ("feature_map(X)", "primal_solution(X, y, multipliers)")),
    Question("ex3c", 0.5, 0.5, ("decision_function(points)", "support_vector_mask(X, y, multipliers)")),
    Question("ex3d", 0.5, 0.5, ("fit_svms(X, y)",), given=("ex3d_data",)),
]
#: Whose answers a question may use.
BUILDS_ON = {"ex1b": ("ex1a",), "ex3b": ("ex3a",), "ex3c": ("ex3a", "ex3b")}

VARIANTS = variants_of(SHEET)


def without(needed: set[str]) -> dict[str, str]:
    """Return empty answers to all questions but those that are ``needed``: training takes long."""
    return {f"{question.name}_code": "" for question in QUESTIONS if question.name not in needed}
