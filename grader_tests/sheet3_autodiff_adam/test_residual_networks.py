"""Question 4: Lipschitz constants of residual networks."""

from __future__ import annotations

from typing import Any

import numpy as np
from networks import Array

from sheetgrader import Handle, Wrong, assert_arguments_unchanged, assert_close, criterion, numbers, probe, tensor
from sheetgrader.graders.models import new_model, number_types

#: Room for rounding.
MOST = 1.001


# 4a


@criterion("bonus4a", weight=2, hint="Apply the triangle inequality to T(x) − T(y) = (x − y) + (F(x) − F(y)).")
def test_bound_of_a_block(student, rng):
    """`block_bound` is the bound of the triangle inequality, for any constant of F."""
    for lipschitz in [1.0, 0.0, *rng.uniform(0.1, 5, size=4).tolist()]:
        assert_close(student.block_bound(lipschitz), 1 + lipschitz)


@probe
def in_double_precision(block, dim):
    """Return a copy in float64, or the block itself where it does not work in float64; in evaluation mode."""
    import copy

    import torch

    block.eval()
    try:
        double = copy.deepcopy(block).double()
        with torch.no_grad():
            double(torch.zeros(2, dim, dtype=torch.float64))
    except Exception:  # noqa: BLE001  # a student's module may raise anything
        return block
    return double


@probe
def set_to_training(block, training):
    block.train(training)


@probe
def rest_of(block, points):
    """Return F(x) = T(x) - x at points (n, dim)."""
    import torch

    types = [part.dtype for part in block.parameters() if part.is_floating_point()] + [torch.float64]
    points = points.to(types[0])
    with torch.no_grad():
        return block(points).double() - points.double()


@probe
def jacobians_of_rest(block, points):
    """Return the Jacobian of F at each point."""
    import torch

    types = [part.dtype for part in block.parameters() if part.is_floating_point()] + [torch.float64]
    points = points.to(types[0])
    found = []
    for point in points:
        jacobian = torch.autograd.functional.jacobian(lambda x: block(x[None])[0], point)
        found.append(jacobian.double() - torch.eye(len(point), dtype=torch.float64))
    return torch.stack(found)


@probe
def train_hard(block, dim, rate, seed):
    """Take one training step that moves every weight by about ``rate``."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    parameters = [part for part in block.parameters() if part.requires_grad]
    if not parameters:
        return
    block.train()
    x = torch.randn(32, dim, generator=generator).to(parameters[0].dtype)
    target = 10 * torch.randn(32, dim, generator=generator).to(parameters[0].dtype)
    loss = (block(x) - target).square().mean()
    if loss.requires_grad:
        optimizer = torch.optim.Adam(parameters, lr=rate)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    block.eval()


def make_block(student: Any, dim: int, seed: int) -> Handle:
    block = new_model(student.ResidualBlock, "ResidualBlock", seed, dim)
    points = np.ones((3, dim), np.float64 if number_types(block) == ["float64"] else np.float32)
    numbers(block(tensor(points)), points.shape)
    return block


def steepest(block: Handle, dim: int, rng: np.random.Generator) -> float:
    """Return the largest ‖F(x) − F(y)‖/‖x − y‖ on random pairs and along the Jacobian's worst directions, in evaluation
    and in training mode.
    """
    block = in_double_precision(block, dim)
    points = rng.normal(size=(20, dim)) * rng.choice([0.3, 1.0, 3.0], size=(20, 1))
    others = points + rng.normal(size=(20, dim)) * 10.0 ** rng.uniform(-1.5, 0.5, size=(20, 1))
    jacobians = numbers(jacobians_of_rest(block, tensor(points)), (20, dim, dim))
    _, largest, directions = np.linalg.svd(jacobians)
    worst = points + 0.05 * directions[:, 0, :]
    found = [largest.max(), slope(block, points, others), slope(block, points, worst)]
    set_to_training(block, training=True)
    found += [slope(block, points, others), slope(block, points, worst)]
    set_to_training(block, training=False)
    return float(np.max(found))


def slope(block: Handle, points: Array, others: Array) -> float:
    first, second = (numbers(rest_of(block, tensor(part)), part.shape) for part in (points, others))
    return float((np.linalg.norm(first - second, axis=1) / np.linalg.norm(points - others, axis=1)).max())


def assert_not_constant(student: Any, dim: int, rng: np.random.Generator) -> None:
    block = make_block(student, dim, 5)
    # T(x) is F(x) + x; where it is constant, F only takes x away again.
    points = rng.normal(size=(5, dim))
    if not np.ptp(numbers(rest_of(block, tensor(points)), points.shape) + points, axis=0).max() > 1e-6:
        raise Wrong("The block returns the same for all x.")
    if steepest(block, dim, rng) > 1e-3:
        return
    # Weights that start at zero are all right, as long as training moves them.
    for seed in range(5):
        train_hard(block, dim, 0.1, seed)
    if not steepest(block, dim, rng) > 1e-3:
        raise Wrong("The F of the block is constant.")


def assert_contracting(block: Handle, dim: int, rng: np.random.Generator, when: str) -> None:
    found = steepest(block, dim, rng)
    if not found <= MOST:
        raise Wrong(f"{when} there are x and y with ‖F(x) − F(y)‖ = {found:.4g}·‖x − y‖, for F(x) = T(x) − x.")


@criterion(
    "bonus4a",
    weight=1.5,
    hint=(
        "A linear layer is 1-Lipschitz when the largest singular value of its weight is at most 1. Divide by it, as "
        "torch.linalg.matrix_norm(weight, ord=2) has it, and add x to the result."
    ),
)
def test_block_is_a_contraction_at_first(student, rng):
    """The F of a new `ResidualBlock` is 1-Lipschitz and not constant."""
    for dim, seed in ((2, 1), (7, 2)):
        assert_contracting(make_block(student, dim, seed), dim, rng, "At initialisation")
    assert_not_constant(student, 4, rng)


@criterion(
    "bonus4a",
    weight=2.5,
    hint=(
        "The normalisation has to happen in each forward pass, with the weights as they are now, and it has to be"
        " exact. What is true for small initial weights only, or estimated by power iteration, does not survive a large"
        " step."
    ),
)
def test_block_is_a_contraction_after_training(student, rng):
    """F stays 1-Lipschitz after training steps with large learning rates."""
    for dim, rates in ((3, (0.3, 1.0, 3.0)), (6, (3.0, 3.0, 0.3)), (8, (10.0, 1.0, 30.0))):
        block = make_block(student, dim, dim)
        for seed, rate in enumerate(rates):
            train_hard(block, dim, rate, seed)
            # An estimate of the norm is furthest off just after a large step.
            assert_contracting(block, dim, rng, "After a training step with a large learning rate")
    assert_not_constant(student, 4, rng)


# 4b


@probe
def bound_stand_in(_original):
    def stand_in(lipschitz_f, *_others):
        return 3.0 + lipschitz_f * lipschitz_f

    return stand_in


def judge_network(student: Any, stand_in: Any, cases: list[list[float]]) -> None:
    def check(factor: Any) -> None:
        for constants in cases:
            want = float(np.prod([factor(constant) for constant in constants]))
            assert_close(student.network_bound(constants), want)

    stand_in.judge(
        lambda: check(lambda constant: 1 + constant),
        lambda: check(lambda constant: 3 + constant**2),
        block_bound=bound_stand_in,
    )


@criterion(
    "bonus4b",
    weight=3,
    hint="The constants of a composition multiply. What is the constant of one block, for its own F?",
)
def test_bound_of_a_network(student, stand_in, rng):
    """`network_bound` is the product of the bounds of its blocks, each with a constant of its own."""
    judge_network(student, stand_in, [rng.uniform(0.1, 3, size=length).tolist() for length in (1, 2, 5, 9)])


@criterion("bonus4b", weight=2, hint="For two blocks with 1-Lipschitz F, T₂(T₁(x)) stretches distances by at most 2·2.")
def test_bound_grows_exponentially(student, stand_in, rng):
    """For L blocks with 1-Lipschitz F it is 2 to the power of L."""
    judge_network(student, stand_in, [[1.0] * length for length in (1, 3, 4, int(rng.integers(5, 40)))])


@criterion("bonus4b", weight=1, hint="A network without blocks returns its input: ‖x − y‖ ≤ 1·‖x − y‖.")
def test_bound_without_blocks(student, stand_in):
    """Without any block the network is the identity, with the constant 1."""

    def check() -> None:
        assert_close(student.network_bound([]), 1)
        value = student.network_bound([2.0, 3.0])
        if numbers(value, shape=()) == 1:
            raise Wrong("It is 1 for a network of two blocks as well.", value=value)

    stand_in.judge(check, block_bound=bound_stand_in)


@criterion(
    "bonus4b",
    weight=0.5,
    hint="pop, sort and assignments such as lipschitz_fs[0] = … change the list itself. Loop over it instead.",
    requires=("test_bound_of_a_network", "test_bound_grows_exponentially", "test_bound_without_blocks"),
)
def test_bound_changes_nothing_in_place(student, stand_in):
    """`network_bound` leaves the list that it is given as it is."""

    def check() -> None:
        numbers(assert_arguments_unchanged(student.network_bound, [0.5, 2.0, 1.5]), shape=())

    stand_in.judge(check, block_bound=bound_stand_in)
