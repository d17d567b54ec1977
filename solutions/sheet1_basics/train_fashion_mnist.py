"""Train a feed-forward network on Fashion-MNIST: the reference solution of sheet 1, question 6."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.data import TensorDataset
from torchvision.datasets import FashionMNIST

BATCH_SIZE = 64
LEARNING_RATE = 0.05
MOMENTUM = 0.9
VALIDATION_SHARE = 1 / 6
#: Mean and standard deviation of the training images' pixels, which lie between 0 and 1.
PIXEL_MEAN, PIXEL_DEVIATION = 0.286, 0.353


def load_splits(root: str | Path, seed: int) -> tuple[TensorDataset, TensorDataset, TensorDataset]:
    """Return training, validation and test set, each of pairs (x, y): a normalised image (1, 28, 28) and its class.

    The test set is the official one. The official training images are split at random, by ``seed`` alone. Files that
    are in ``root`` already are not downloaded again.
    """
    official = FashionMNIST(root, train=True, download=True)
    test = FashionMNIST(root, train=False, download=True)
    order = torch.randperm(len(official), generator=torch.Generator().manual_seed(seed))
    n_validation = max(1, round(VALIDATION_SHARE * len(official)))
    validation, train = order[:n_validation], order[n_validation:]
    return _as_tensors(official, train), _as_tensors(official, validation), _as_tensors(test, torch.arange(len(test)))


def _as_tensors(data: FashionMNIST, chosen: Tensor) -> TensorDataset:
    """Return the chosen images and classes as two tensors, which is faster than asking for images one by one."""
    images = data.data[chosen].unsqueeze(1).float() / 255
    return TensorDataset((images - PIXEL_MEAN) / PIXEL_DEVIATION, data.targets[chosen])


def build_model() -> nn.Module:
    """Return an untrained network with two hidden layers, from images (n, 1, 28, 28) to class scores (n, 10)."""
    return nn.Sequential(
        nn.Flatten(), nn.Linear(28 * 28, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10)
    )


def train_one_epoch(model: nn.Module, images: Tensor, classes: Tensor, optimizer: torch.optim.Optimizer) -> float:
    """Take one step of ``optimizer`` for each batch, in a new order, and return the mean loss."""
    model.train()
    total = 0.0
    for batch in torch.randperm(len(images)).to(images.device).split(BATCH_SIZE):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(images[batch]), classes[batch])
        loss.backward()
        optimizer.step()
        total += loss.item() * len(batch)
    return total / len(images)


@torch.no_grad()
def accuracy(model: nn.Module, images: Tensor, classes: Tensor) -> float:
    """Return the share of images whose largest score is that of their class."""
    model.eval()
    right = sum(
        int((model(x).argmax(1) == y).sum()) for x, y in zip(images.split(1000), classes.split(1000), strict=True)
    )
    return right / len(images)


def make_repeatable(seed: int) -> None:
    """Make two runs with the same seed on the same machine give the same numbers."""
    # cuBLAS is repeatable only with a work space of fixed size, set before it is first used.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(mode=True)
    torch.manual_seed(seed)


def main() -> None:
    """Train and evaluate as the command line says."""
    parser = argparse.ArgumentParser(description="Train a feed-forward network on Fashion-MNIST.")
    parser.add_argument(
        "--data", type=Path, default=Path("data"), help="folder with the data, downloaded into it if they are not there"
    )
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--output", type=Path, default=Path("output"), help="folder for metrics.json and model.pt")
    options = parser.parse_args()
    if options.device == "cuda" and not torch.cuda.is_available():
        parser.error("--device cuda: this machine has no GPU that PyTorch can use")

    make_repeatable(options.seed)
    # Both fit on any GPU as a whole, so nothing has to be copied batch by batch.
    train, validation, test = (
        tuple(part.to(options.device) for part in data.tensors) for data in load_splits(options.data, options.seed)
    )
    model = build_model().to(options.device)
    optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE, momentum=MOMENTUM)
    history = []
    for epoch in range(1, options.epochs + 1):
        loss = train_one_epoch(model, *train, optimizer)
        history.append({"epoch": epoch, "train_loss": loss, "validation_accuracy": accuracy(model, *validation)})
        print(
            f"epoch {epoch:3}: training loss {loss:.4f}, validation accuracy {history[-1]['validation_accuracy']:.4f}",
            flush=True,
        )

    metrics = {
        "train_accuracy": accuracy(model, *train),
        "validation_accuracy": accuracy(model, *validation),
        "test_accuracy": accuracy(model, *test),
        "epochs": options.epochs,
        "device": options.device,
        "history": history,
    }
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "metrics.json").write_text(json.dumps(metrics, indent=2), encoding="utf-8")
    torch.save({name: value.cpu() for name, value in model.state_dict().items()}, options.output / "model.pt")
    print(
        f"accuracy: training {metrics['train_accuracy']:.4f}, validation {metrics['validation_accuracy']:.4f},"
        f" test {metrics['test_accuracy']:.4f}"
    )


if __name__ == "__main__":
    main()
