"""What was agreed on each sheet, in tables: its questions with their points, and the names that students define."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sheetgrader.audit.variants import Variant, variants_of
from sheetgrader.course.directory import Course

REPOSITORY: Final = Path(__file__).parents[2]


@dataclass(frozen=True)
class Question:
    name: str
    points_for_tests: float | None
    points_for_text: float | None
    #: What the student defines, as it stands in the contract: functions and classes with what they take, or values.
    defines: tuple[str, ...] = ()
    #: Cells that stand before the question, with their types.
    before: tuple[tuple[str, str], ...] = ()
    #: Cells that stand between the question and the answer.
    given: tuple[str, ...] = ()
    #: The file beside the notebook that answers it.
    script: str | None = None
    has_check: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(each.partition("(")[0] for each in self.defines)

    @property
    def code(self) -> str:
        return f"{self.name}_code"

    @property
    def test(self) -> str:
        return f"{self.name}_test"


@dataclass(frozen=True, eq=False)  # each is one of its kind
class AgreedSheet:
    name: str
    questions: tuple[Question, ...]
    #: Whose answers a question may use.
    builds_on: Mapping[str, tuple[str, ...]]
    points: float
    group_size: tuple[int, int]
    #: What a group hands in.
    files: tuple[str, ...]
    #: What the skeleton must not show.
    secrets: tuple[str, ...]
    #: How many criteria there are more than.
    criteria: int
    #: Whether its answers train and plot when they run; then they are graded by their definitions where that will do.
    trains: bool
    #: Variants that chance could touch, as groups to grade: those that get a part of their points, and those among the
    #: others that come closest to where points are lost.
    close_calls: tuple[tuple[str, ...], ...]
    bonus: tuple[str, ...] = ()
    bonus_points: float = 0
    #: What the marking schemes call a point of a bonus question.
    bonus_point: str = "point"
    #: The files that are handed out beside the notebook.
    data: tuple[str, ...] = ()
    #: How many characters a model answer has more than.
    model_answer: int = 300
    #: Limits of time for answers that are none.
    short: Mapping[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name

    @property
    def judged(self) -> tuple[Question, ...]:
        return tuple(question for question in self.questions if question.points_for_tests)

    @property
    def answered(self) -> tuple[Question, ...]:
        """The questions with a cell for code."""
        return tuple(question for question in self.questions if question.defines)

    @property
    def variants(self) -> list[Variant]:
        return _variants(self.name)

    def variant(self, name: str) -> Variant:
        (found,) = [variant for variant in self.variants if str(variant) == name]
        return found


@functools.cache
def course() -> Course:
    return Course.load(REPOSITORY)


@functools.cache
def _variants(sheet: str) -> list[Variant]:
    return variants_of(course().sheet(sheet))


_SCRIPT: Final = "train_fashion_mnist.py"

SHEET1: Final = AgreedSheet(
    name="sheet1_basics",
    questions=(
        Question("ex1a", 0.25, 0.25, ("sigmoid(x)",)),
        Question("ex1b", 0.25, 0.25, ("tanh_from_sigmoid(x)",)),
        Question("ex1c", 0.125, 0.125, ("sigmoid_derivative(x)",)),
        Question("ex1d", 0.125, 0.125, ("tanh_derivative(x)",)),
        Question("ex2a", None, 0.5),
        Question("ex2b", 0.25, 0.25, ("mse_hessian(X)",)),
        Question("ex2c", 0.25, 0.25, ("nonconvexity_witness()",), given=("ex2c_network",)),
        Question("ex3a", None, 0.25),
        Question("ex3b", None, 0.25),
        Question("ex3c", 0.125, 0.125, ("softmax(logits)",)),
        Question("ex3d", None, 0.25),
        Question("ex3e", None, 0.25),
        Question("ex3f", None, 0.25),
        Question("ex3g", 0.125, 0.125, ("newton_example()",)),
        Question("ex3h", 0.125, 0.125, ("batch_norm(x, eps=1e-05)",)),
        Question("ex4", None, 1.5),
        Question("ex5", 0.5, None, ("forward_pass(x, W1, W2)",)),
        Question("ex6a", 1.5, None, script=_SCRIPT),
        Question("ex6b", 0.5, None, script=_SCRIPT, has_check=False),
        Question("ex6c", 1.0, None, script=_SCRIPT, has_check=False),
    ),
    builds_on={"ex1b": ("ex1a",), "ex1c": ("ex1a", "ex1b"), "ex1d": ("ex1a", "ex1b", "ex1c"), "ex5": ("ex3c",)},
    points=10,
    group_size=(2, 3),
    files=("sheet1_basics.ipynb", _SCRIPT),
    secrets=("0.473774", "0.6, 0.65", "0.295", "np.abs(x)", "2.0 * X.T"),
    criteria=55,
    trains=False,
    close_calls=(
        (
            "ex1a/wrong_naive",
            "ex1b/wrong_copy_of_sigmoid",
            "ex1c/wrong_written_out",
            "ex1d/wrong_cosh",
            "ex2b/wrong_mean",
            "ex2c/wrong_alpha",
            "ex3c/wrong_global_maximum",
            "ex3g/wrong_learning_rate",
            "ex3h/wrong_fixed_eps",
            "ex5/wrong_no_relu",
            "ex6b/wrong_seed_ignored",
            "ex6c/wrong_labels_shuffled",
            "ex6c/wrong_no_zero_grad",
            "ex6c/wrong_one_hidden_layer",
            "ex6c/wrong_training_mode",
        ),
    ),
)

SHEET2: Final = AgreedSheet(
    name="sheet2_networks_svm",
    questions=(
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
    ),
    builds_on={"ex1b": ("ex1a",), "ex3b": ("ex3a",), "ex3c": ("ex3a", "ex3b")},
    points=20,
    group_size=(1, 2),
    files=("sheet2_networks_svm.ipynb", "*.pdf"),
    secrets=("0.5744", "0.5170", "1.1642", "np.outer", "randn_like", "nn.Linear(", "SLSQP", "SVC(C", "x_1 x_2 = 0"),
    criteria=50,
    trains=True,
    close_calls=(
        (
            "ex1a/wrong_tanh",
            "ex1b/right_autograd",
            "ex2a/right_nested_modules",
            "ex2b/wrong_latent_activation",
            "ex2c/right_functional",
            "ex2d/wrong_standard_deviation",
            "ex3a/right_svc",
            "ex3b/wrong_no_offset",
            "ex3d/wrong_exchanged",
        ),
        (
            "ex1b/wrong_sign",
            "ex2a/wrong_not_seeded",
            "ex2b/right_helper",
            "ex2c/wrong_sizes",
            "ex2d/right_distributions",
            "ex3a/wrong_soft_margin",
        ),
        ("ex2a/wrong_validation_trained", "ex3a/wrong_linear_system", "ex3c/right_kernel"),
    ),
)

_ADAM: Final = "(theta, grad, m, v, t, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-08"
SHEET3: Final = AgreedSheet(
    name="sheet3_autodiff_adam",
    questions=(
        Question("ex1a", 1, None, ("computational_graph()",)),
        Question("ex1b", 1, 1, ("forward_mode(x)",)),
        Question("ex1c", 1, 1, ("reverse_mode(x)",)),
        Question("ex2a", 0.5, 0.5, (f"adam_step{_ADAM})",)),
        Question("ex2b", 1, 1, ("first_adam_update(grad, lr=0.001, eps=1e-08)",)),
        Question("ex2c", None, 1),
        Question("ex2d", 0.5, 0.5, (f"adamw_step{_ADAM}, weight_decay=0.01)",)),
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
    ),
    builds_on={
        "ex1b": ("ex1a",),
        "ex1c": ("ex1a", "ex1b"),
        "ex2b": ("ex2a",),
        "ex2d": ("ex2a",),
        "ex3c": ("ex3a",),
        "ex3d": ("ex3a", "ex3c"),
        "ex3f": ("ex3a", "ex3c", "ex3e"),
        "bonus4b": ("bonus4a",),
    },
    points=20,
    group_size=(2, 2),
    files=("sheet3_autodiff_adam.ipynb", "*.pdf"),
    secrets=('"f1"', "f1**2", "beta1**t", "matrix_norm(linear", "softplus", "randperm", "np.sin", "5.5 **"),
    criteria=40,
    trains=True,
    close_calls=(
        (
            "ex1b/wrong_sign_of_cosine",
            "ex1c/wrong_finite_difference",
            "ex2a/wrong_no_bias_correction",
            "ex2b/wrong_epsilon_inside",
            "ex2d/wrong_penalty_in_the_gradient",
            "ex3a/wrong_overlapping",
            "ex3a/wrong_seed_ignored",
            "ex3c/wrong_broadcast",
            "ex3c/wrong_gradients_accumulate",
            "ex3d/wrong_one_good_rate",
            "ex3d/wrong_training_errors_twice",
            "ex3e/wrong_logarithm_of_density",
            "ex3f/wrong_constant_variance",
            "ex3f/wrong_standard_deviation",
            "bonus4a/wrong_normalised_once",
            "bonus4a/wrong_spectral_norm",
            "bonus4a/wrong_without_skip",
            "bonus4b/wrong_power_of_two",
        ),
    ),
    bonus=("bonus4a", "bonus4b", "bonus4c"),
    bonus_points=5,
    bonus_point="bonus point",
    data=("data/x_y.csv",),
)

SHEET4: Final = AgreedSheet(
    name="sheet4_autoencoders",
    questions=(
        Question(
            "ex1a",
            2,
            1,
            ("SmallAutoencoder()", "LargeAutoencoder()", "PCAAutoencoder()"),
            before=(("ex1", "markdown"), ("data", "code")),
        ),
        Question(
            "ex1b",
            1,
            1,
            ("train_autoencoder(model, data, max_epochs=200, batch_size=None, seed=0)", "plot_embedding(model, data)"),
            before=(("training", "markdown"), ("blocks", "code")),
        ),
        Question("ex1c", None, 3),
        Question("ex1d", 1.5, 1.5, ("latent_curve(model, z)",)),
        Question("ex1e", None, 2),
        Question("ex1f", None, 2),
        Question("ex1g", 1.5, 1.5, ("retrain_encoder(model, data, max_epochs=200, seed=1)",)),
        Question("ex1h", 1, 1, ("learning_curve(model, data, batch_size, n_examples, seed=0)",)),
        Question("bonus2a", 0.5, 1.5, ("playground_url_a",), before=(("bonus2", "markdown"),)),
        Question("bonus2b", 0.5, 1.5, ("playground_url_b", "playground_url_b_l1", "playground_url_b_l2")),
        Question("bonus2c", 0.5, 1.5, ("playground_url_c",)),
    ),
    builds_on={"ex1b": ("ex1a",), "ex1d": ("ex1a",), "ex1g": ("ex1a", "ex1b"), "ex1h": ("ex1a",)},
    points=20,
    group_size=(2, 2),
    files=("sheet4_autoencoders.ipynb", "*.pdf"),
    secrets=(
        "nn.Linear",
        "GELU",
        "deepcopy",
        "reset_parameters",
        "z[:, None]",
        "randperm",
        "colorbar(",
        "networkShape=8",
    ),
    criteria=40,
    trains=True,
    close_calls=(
        ("ex1b/right_slow_learning", "bonus2a/right_relu", "bonus2c/right_relu"),
        ("ex1a/wrong_tanh_in_pca", "bonus2a/wrong_default_network", "bonus2c/wrong_too_small"),
        ("ex1b/wrong_not_shuffled", "bonus2a/wrong_more_features", "bonus2c/wrong_pattern"),
        (
            "ex1d/wrong_through_the_encoder",
            "ex1g/wrong_nothing_frozen",
            "ex1h/wrong_never_steps",
            "bonus2c/wrong_regularized",
        ),
    ),
    bonus=("bonus2a", "bonus2b", "bonus2c"),
    bonus_points=6,
    model_answer=1000,
    short={"cell_seconds": 8, "question_seconds": 70},
)

SHEETS: Final = (SHEET1, SHEET2, SHEET3, SHEET4)
