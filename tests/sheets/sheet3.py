"""What was agreed on sheet 3: its questions, their points, and the names that students define."""

from __future__ import annotations

from typing import NamedTuple

SHEET = "sheet3_autodiff_adam"


class Question(NamedTuple):
    name: str
    points_for_tests: float | None
    points_for_text: float | None
    #: What the student defines, as it stands in the contract.
    defines: tuple[str, ...] = ()


ADAM = "(theta, grad, m, v, t, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-08"
QUESTIONS = [
    Question("ex1a", 1, None, ("computational_graph()",)),
    Question("ex1b", 1, 1, ("forward_mode(x)",)),
    Question("ex1c", 1, 1, ("reverse_mode(x)",)),
    Question("ex2a", 0.5, 0.5, (f"adam_step{ADAM})",)),
    Question("ex2b", 1, 1, ("first_adam_update(grad, lr=0.001, eps=1e-08)",)),
    Question("ex2c", None, 1),
    Question("ex2d", 0.5, 0.5, (f"adamw_step{ADAM}, weight_decay=0.01)",)),
    Question("ex3a", 1, None, ("load_and_split(path, seed)",)),
    Question("ex3b", None, 1),
    Question("ex3c", 1, 1, ("MeanMLP()", "train_mean(model, x, y, epochs, seed)")),
    Question(
        "ex3d",
        1,
        1,
        (
            "warmup_cosine(step, warmup_steps, total_steps, peak_lr)",
            "learning_rate_curves(x_train, y_train, x_val, y_val, seed)",
        ),
    ),
    Question("ex3e", 1, 1, ("gaussian_nll(y, mean, variance)",)),
    Question("ex3f", 1, 1, ("MeanVarianceMLP()", "train_mean_variance(model, x, y, epochs, seed)")),
    Question("bonus4a", 0.5, 0.5, ("block_bound(lipschitz_f)", "ResidualBlock(dim)")),
    Question("bonus4b", 1, 1, ("network_bound(lipschitz_fs)",)),
    Question("bonus4c", None, 2),
]
CODE = [question for question in QUESTIONS if question.defines]
BONUS = ("bonus4a", "bonus4b", "bonus4c")
#: Whose answers a question may use.
BUILDS_ON = {
    "ex1b": ("ex1a",),
    "ex1c": ("ex1a", "ex1b"),
    "ex2b": ("ex2a",),
    "ex2d": ("ex2a",),
    "ex3c": ("ex3a",),
    "ex3d": ("ex3a", "ex3c"),
    "ex3f": ("ex3a", "ex3c", "ex3e"),
    "bonus4b": ("bonus4a",),
}
