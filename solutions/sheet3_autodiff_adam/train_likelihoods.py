"""Fit the data of sheet 3, question 3, with one variance for all points or with a predicted one: the reference
training, as a script.
"""

from __future__ import annotations

import argparse
import json
import math
import os
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  # as its own documentation has it

BATCH_SIZE = 256
LEARNING_RATE = 5e-3
TRAIN_SHARE = 2 / 3


def load_and_split(path: Path, seed: int) -> tuple[Tensor, Tensor]:
    """Return training and test rows (n, 2) of a CSV file with the header ``x,y``, split at random by ``seed``."""
    table = torch.tensor(np.loadtxt(path, delimiter=",", skiprows=1), dtype=torch.float32)
    order = torch.randperm(len(table), generator=torch.Generator().manual_seed(seed))
    train, test = order[: round(TRAIN_SHARE * len(table))], order[round(TRAIN_SHARE * len(table)) :]
    return table[train], table[test]


def build_model(likelihood: str) -> nn.Module:
    """Return a network 1 → 32 → 64 → 1, or 2 where the variance is predicted as well."""
    return nn.Sequential(
        nn.Linear(1, 32),
        nn.ReLU(),
        nn.Linear(32, 64),
        nn.ReLU(),
        nn.Linear(64, 1 if likelihood == "homoscedastic" else 2),
    )


def mean_and_variance(model: nn.Module, x: Tensor, constant_variance: float) -> tuple[Tensor, Tensor]:
    """Return predicted means and variances, each (n, 1); a model that predicts no variance gets the constant one."""
    output = model(x)
    if output.shape[1] == 1:
        return output, torch.full_like(output, constant_variance)
    mean, raw = output.split(1, dim=1)
    # softplus does not explode; the small number keeps the logarithm finite where it underflows.
    return mean, F.softplus(raw) + 1e-6


def negative_log_likelihood(y: Tensor, mean: Tensor, variance: Tensor) -> Tensor:
    """Return the mean of −log N(y | mean, variance)."""
    return 0.5 * (torch.log(2 * math.pi * variance) + (y - mean).square() / variance).mean()


def train_one_epoch(model: nn.Module, rows: Tensor, optimizer: torch.optim.Optimizer) -> float:
    """Go through the data once in batches, and return the mean loss; with a constant variance of one it is the squared
    error up to constants.
    """
    total = 0.0
    for batch in rows[torch.randperm(len(rows)).to(rows.device)].split(BATCH_SIZE):
        optimizer.zero_grad()
        loss = negative_log_likelihood(batch[:, 1:], *mean_and_variance(model, batch[:, :1], constant_variance=1.0))
        loss.backward()
        optimizer.step()
        total += loss.item() * len(batch)
    return total / len(rows)


@torch.no_grad()
def evaluate(model: nn.Module, train: Tensor, test: Tensor) -> dict[str, float]:
    """Return errors and likelihood on the test rows; the best constant variance is the squared error on the training
    rows.
    """
    train_mean, _ = mean_and_variance(model, train[:, :1], 1.0)
    train_error = F.mse_loss(train_mean, train[:, 1:]).item()
    mean, variance = mean_and_variance(model, test[:, :1], train_error)
    y = test[:, 1:]
    return {
        "train_squared_error": train_error,
        "test_squared_error": F.mse_loss(mean, y).item(),
        "test_negative_log_likelihood": negative_log_likelihood(y, mean, variance).item(),
        "calibration": ((y - mean).square() / variance).mean().item(),
        "variance_spread": (variance.max() / variance.min()).item(),
        "variance_of_y": y.var(correction=0).item(),
    }


def make_repeatable(seed: int) -> None:
    """Make two runs with the same seed on the same machine give the same numbers."""
    # cuBLAS is repeatable only with a work space of fixed size, set before it is first used.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(mode=True)
    torch.manual_seed(seed)


def main() -> None:
    """Train and evaluate as the command line says."""
    parser = argparse.ArgumentParser(description="Fit the mean, or mean and variance, of y given x.")
    parser.add_argument("--likelihood", choices=["homoscedastic", "heteroscedastic"], default="heteroscedastic")
    parser.add_argument("--data", type=Path, default=Path("data"), help="folder with x_y.csv")
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--output", type=Path, default=Path("output"), help="folder for metrics.json and model.pt")
    options = parser.parse_args()
    if options.device == "cuda" and not torch.cuda.is_available():
        parser.error("--device cuda: this machine has no GPU that PyTorch can use")

    make_repeatable(options.seed)
    train, test = (rows.to(options.device) for rows in load_and_split(options.data / "x_y.csv", options.seed))
    model = build_model(options.likelihood).to(options.device)
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    history = []
    for epoch in range(1, options.epochs + 1):
        history.append({"epoch": epoch, "train_loss": train_one_epoch(model, train, optimizer)})
        print(f"epoch {epoch:3}: training loss {history[-1]['train_loss']:.4f}", flush=True)

    metrics = {**evaluate(model, train, test), "epochs": options.epochs, "device": options.device, "history": history}
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "metrics.json").write_text(json.dumps(metrics, indent=2), encoding="utf-8")
    torch.save({name: value.cpu() for name, value in model.state_dict().items()}, options.output / "model.pt")


if __name__ == "__main__":
    main()
