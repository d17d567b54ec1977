from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from sheetgrader.scripts.records import Trace
from sheetgrader.training.evidence.step_rules import moves, unexplained_by_sgd

Numbers = NDArray[np.float64]


def traces_of(make_optimizer, *, steps: int = 12, schedule=None) -> list[Trace]:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(20, 16), nn.ReLU(), nn.Linear(16, 5))
    optimizer = make_optimizer(model.parameters())
    scheduler = schedule(optimizer) if schedule else None
    tables: list[tuple[list[Numbers], list[Numbers], list[Numbers]]] = [([], [], []) for _ in model.parameters()]
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(torch.randn(16, 20)), torch.randint(5, (16,))).backward()
        for parameter, (before, gradients, _) in zip(model.parameters(), tables, strict=True):
            before.append(parameter.detach().double().numpy().reshape(-1)[:64].copy())
            gradients.append(parameter.grad.double().numpy().reshape(-1)[:64].copy())
        optimizer.step()
        if scheduler:
            scheduler.step()
        for parameter, (_, _, after) in zip(model.parameters(), tables, strict=True):
            after.append(parameter.detach().double().numpy().reshape(-1)[:64].copy())
    return [
        Trace(tuple(parameter.shape), np.array(before), np.array(gradients), np.array(after))
        for parameter, (before, gradients, after) in zip(model.parameters(), tables, strict=True)
    ]


@pytest.mark.parametrize(
    "options",
    [
        {"lr": 0.1},
        {"lr": 0.01, "momentum": 0.9},
        {"lr": 0.05, "momentum": 0.9, "nesterov": True},
        {"lr": 0.05, "momentum": 0.5, "dampening": 0.3, "weight_decay": 0.1},
        {"lr": 1e-5},
    ],
    ids=str,
)
def test_sgd_explains_its_own_steps(options):
    traces = traces_of(lambda parameters: torch.optim.SGD(parameters, **options))
    assert moves(traces)
    assert unexplained_by_sgd(traces) < 0.02


def test_a_schedule_is_still_sgd():
    traces = traces_of(
        lambda parameters: torch.optim.SGD(parameters, lr=0.1, momentum=0.9),
        schedule=lambda optimizer: torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.7),
    )
    assert unexplained_by_sgd(traces) < 0.02


@pytest.mark.parametrize("name", ["Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "NAdam", "Rprop"])
def test_optimizers_that_scale_each_weight_are_told_apart(name):
    assert unexplained_by_sgd(traces_of(getattr(torch.optim, name))) > 0.1


def test_standing_still_is_seen():
    traces = traces_of(lambda parameters: torch.optim.SGD(parameters, lr=0.0))
    assert not moves(traces)
    assert unexplained_by_sgd(traces) is None


def test_numbers_that_diverged_prove_nothing():
    before, gradients, after = (np.full((3, 64), value) for value in (np.nan, np.inf, -np.inf))
    broken = [Trace((64,), before, gradients, after)]
    assert unexplained_by_sgd(broken) is None
