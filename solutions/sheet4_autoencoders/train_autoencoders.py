"""Train one of the autoencoders of sheet 4, question 1, through Lightning: the reference training, as a script."""

from __future__ import annotations

import argparse
import copy
import itertools
import json
import logging
import os
import warnings
from pathlib import Path

import lightning
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  # as its own documentation has it
from torch.utils.data import DataLoader, TensorDataset

POINTS = 100
WIDTHS = {"small": (20, 10), "large": (50, 50, 50), "pca": ()}
LEARNING_RATES = {"small": 5e-3, "large": 5e-3, "pca": 1e-2}


def sample_rectangle(n: int, seed: int) -> Tensor:
    """Return n points from the uniform distribution on [−2, 2] × [−1, 1], (n, 2)."""
    generator = torch.Generator().manual_seed(seed)
    return (2 * torch.rand(n, 2, generator=generator) - 1) * torch.tensor([2.0, 1.0])


def pca_residual(points: Tensor) -> float:
    """Return the mean squared error, over both coordinates, of the best straight line."""
    centred = (points - points.mean(dim=0)).double()
    return torch.linalg.eigvalsh(centred.T @ centred / len(points))[0].item() / 2


class Autoencoder(nn.Module):
    """Points (n, 2) → latent values (n, 1) → points (n, 2); ``widths`` are those of the encoder's hidden layers, the
    decoder mirrors them.

    There is no non-linearity on the latent value nor on the output; without hidden layers the whole is affine, as PCA
    is.
    """

    def __init__(self, widths: tuple[int, ...]) -> None:
        super().__init__()
        self.encoder = _layers(2, *widths, 1)
        self.decoder = _layers(1, *reversed(widths), 2)

    def forward(self, points: Tensor) -> Tensor:
        """Return the reconstruction of ``points``."""
        reconstruction: Tensor = self.decoder(self.encoder(points))
        return reconstruction


def _layers(*sizes: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for inputs, outputs in itertools.pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), nn.GELU()]
    return nn.Sequential(*layers[:-1])


class Training(lightning.LightningModule):
    """Tells Lightning how an autoencoder learns: Adam on the mean squared error, all points at once."""

    def __init__(self, model: Autoencoder, learning_rate: float, history: list[dict[str, float]]) -> None:
        super().__init__()
        self.model, self.learning_rate, self.history = model, learning_rate, history

    def training_step(self, batch: list[Tensor], _: int) -> Tensor:
        """Return the loss of a batch, which is an epoch here, and keep it."""
        loss = F.mse_loss(self.model(batch[0]), batch[0])
        self.history.append({"epoch": len(self.history) + 1, "train_loss": loss.item()})
        if len(self.history) % 50 == 0:
            print(f"epoch {len(self.history):4}: training loss {loss.item():.4f}", flush=True)
        return loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Return the optimizer of all parameters that may change."""
        return torch.optim.Adam(
            [parameter for parameter in self.parameters() if parameter.requires_grad], lr=self.learning_rate
        )


def fit(training: Training, points: Tensor, epochs: int, device: str) -> None:
    """Train in place."""
    trainer = lightning.Trainer(
        max_epochs=epochs,
        accelerator="gpu" if device == "cuda" else "cpu",
        devices=1,
        deterministic=True,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(training, DataLoader(TensorDataset(points), batch_size=len(points)))


def with_new_encoder(model: Autoencoder) -> Autoencoder:
    """Return a copy whose decoder is frozen and whose encoder starts anew."""
    new = copy.deepcopy(model)
    new.decoder.requires_grad_(requires_grad=False)
    for layer in new.encoder.modules():
        if isinstance(layer, nn.Linear):
            layer.reset_parameters()
    return new


def make_repeatable(seed: int) -> None:
    """Make two runs with the same seed on the same machine give the same numbers."""
    # cuBLAS is repeatable only with a work space of fixed size, set before it is first used.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(mode=True)
    torch.manual_seed(seed)


def main() -> None:
    """Train and evaluate as the command line says."""
    parser = argparse.ArgumentParser(description="Train an autoencoder with one latent unit on points in a rectangle.")
    parser.add_argument("--model", choices=list(WIDTHS), default="large")
    parser.add_argument(
        "--retrain-encoder",
        action="store_true",
        help="after half of the epochs freeze the decoder and start the encoder anew",
    )
    parser.add_argument("--data", type=Path, help="not used: the points are drawn")
    parser.add_argument("--epochs", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--output", type=Path, default=Path("output"), help="folder for metrics.json and model.pt")
    options = parser.parse_args()
    if options.device == "cuda" and not torch.cuda.is_available():
        parser.error("--device cuda: this machine has no GPU that PyTorch can use")

    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="lightning")
    make_repeatable(options.seed)
    points = sample_rectangle(POINTS, seed=0)
    model = Autoencoder(WIDTHS[options.model])
    rate = LEARNING_RATES[options.model]
    history: list[dict[str, float]] = []
    results: dict[str, float] = {}
    if options.retrain_encoder:
        fit(Training(model, rate, history), points, options.epochs // 2, options.device)
        old, model = model.cpu(), with_new_encoder(model.cpu())
        results = {"trained_loss": loss_of(old, points), "restarted_loss": loss_of(model, points)}
        fit(Training(model, rate, history), points, options.epochs - options.epochs // 2, options.device)
        results["decoder_change"] = largest_difference(old.decoder, model.cpu().decoder)
        results["encoder_change"] = largest_difference(old.encoder, model.encoder)
    else:
        results["initial_loss"] = loss_of(model, points)
        fit(Training(model, rate, history), points, options.epochs, options.device)
    model.cpu()
    metrics = {**results, "loss": loss_of(model, points), "pca_residual": pca_residual(points)}
    metrics |= {"epochs": options.epochs, "device": options.device, "history": history}
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "metrics.json").write_text(json.dumps(metrics, indent=2), encoding="utf-8")
    torch.save(model.state_dict(), options.output / "model.pt")


@torch.no_grad()
def loss_of(model: Autoencoder, points: Tensor) -> float:
    """Return the mean squared error over both coordinates."""
    return F.mse_loss(model(points), points).item()


def largest_difference(one: nn.Module, other: nn.Module) -> float:
    """Return by how much the parameters of two modules of one shape differ at most."""
    return max(
        (first - second).abs().max().item() for first, second in zip(one.parameters(), other.parameters(), strict=True)
    )


if __name__ == "__main__":
    main()
