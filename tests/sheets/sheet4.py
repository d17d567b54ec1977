"""What was agreed on sheet 4: its questions, their points, and the names that students define."""

from __future__ import annotations

from typing import NamedTuple

SHEET = "sheet4_autoencoders"


class Question(NamedTuple):
    name: str
    points_for_tests: float | None
    points_for_text: float | None
    #: What the student defines, as it stands in the contract.
    defines: tuple[str, ...] = ()
    #: What stands in the notebook before the question: grade ids and cell types.
    given: tuple[tuple[str, str], ...] = ()


QUESTIONS = [
    Question(
        "ex1a",
        2,
        1,
        ("SmallAutoencoder()", "LargeAutoencoder()", "PCAAutoencoder()"),
        given=(("ex1", "markdown"), ("data", "code")),
    ),
    Question(
        "ex1b",
        1,
        1,
        ("train_autoencoder(model, data, max_epochs=200, batch_size=None, seed=0)", "plot_embedding(model, data)"),
        given=(("training", "markdown"), ("blocks", "code")),
    ),
    Question("ex1c", None, 3),
    Question("ex1d", 1.5, 1.5, ("latent_curve(model, z)",)),
    Question("ex1e", None, 2),
    Question("ex1f", None, 2),
    Question("ex1g", 1.5, 1.5, ("retrain_encoder(model, data, max_epochs=200, seed=1)",)),
    Question("ex1h", 1, 1, ("learning_curve(model, data, batch_size, n_examples, seed=0)",)),
    Question("bonus2a", 0.5, 1.5, ("playground_url_a",), given=(("bonus2", "markdown"),)),
    Question("bonus2b", 0.5, 1.5, ("playground_url_b", "playground_url_b_l1", "playground_url_b_l2")),
    Question("bonus2c", 0.5, 1.5, ("playground_url_c",)),
]
CODE = [question for question in QUESTIONS if question.defines]
BONUS = ("bonus2a", "bonus2b", "bonus2c")
#: Whose answers a question may use.
BUILDS_ON = {"ex1b": ("ex1a",), "ex1d": ("ex1a",), "ex1g": ("ex1a", "ex1b"), "ex1h": ("ex1a",)}
