from __future__ import annotations

import pytest
import torch
from torch import nn

from sheetgrader.inside.network_layers import distances_from_affine

INPUTS = torch.randn(400, 1, 8, 8, generator=torch.Generator().manual_seed(0))


class Matrices(nn.Module):
    """Two hidden layers written out."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Parameter(torch.randn(64, 20))
        self.second = nn.Parameter(torch.randn(20, 15))
        self.last = nn.Parameter(torch.randn(15, 10))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.tanh(torch.tanh(x.flatten(1) @ self.first) @ self.second) @ self.last


NETWORKS = {
    "two hidden layers": (
        nn.Sequential(nn.Flatten(), nn.Linear(64, 20), nn.ReLU(), nn.Linear(20, 15), nn.ReLU(), nn.Linear(15, 10)),
        [False, False],
    ),
    "one hidden layer": (nn.Sequential(nn.Flatten(), nn.Linear(64, 20), nn.ReLU(), nn.Linear(20, 10)), [False]),
    "none": (nn.Sequential(nn.Flatten(), nn.Linear(64, 10)), []),
    "nothing in between": (
        nn.Sequential(nn.Flatten(), nn.Linear(64, 20), nn.Linear(20, 15), nn.Dropout(), nn.Linear(15, 10)),
        [True, True],
    ),
    "a scale in between": (
        nn.Sequential(nn.Flatten(), nn.Linear(64, 20), nn.BatchNorm1d(20), nn.Linear(20, 10)),
        [True],
    ),
    "matrices written out": (Matrices(), [False, False]),
    "lazy layers": (nn.Sequential(nn.Flatten(), nn.LazyLinear(20), nn.ReLU(), nn.LazyLinear(10)), [False]),
    "convolutions": (
        nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(64, 10)),
        [False, False],
    ),
}


@pytest.mark.parametrize(("network", "are_affine"), NETWORKS.values(), ids=NETWORKS)
def test_what_stands_between_matrices_is_told(network: nn.Module, are_affine: list[bool]) -> None:
    found = distances_from_affine(network, INPUTS)
    assert found is not None
    assert [distance < 1e-3 for distance in found] == are_affine


def test_a_network_without_a_matrix_has_none() -> None:
    assert distances_from_affine(nn.Flatten(), INPUTS) is None
