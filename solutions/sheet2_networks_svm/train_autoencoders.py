"""Train one of the autoencoders of sheet 2, question 2, on MNIST: the reference training, as a script."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  # as its own documentation has it
from torchvision.datasets import MNIST

BATCH_SIZE = 128
LEARNING_RATE = 1e-3
PIXELS = 28 * 28
HIDDEN = 1024
#: Mean and standard deviation of the official training images' pixels, which lie between 0 and 1.
PIXEL_MEAN, PIXEL_DEVIATION = 0.1307, 0.3081


def load_images(root: Path, *, train: bool) -> Tensor:
    """Return the official training or test images, normalised, (n, 784). Files that are in ``root`` already are not
    downloaded again.
    """
    images = MNIST(root, train=train, download=True).data
    return (images.reshape(-1, PIXELS).float() / 255 - PIXEL_MEAN) / PIXEL_DEVIATION


class Autoencoder(nn.Module):
    """Encoder and decoder; the loss is the squared error, averaged over all pixels."""

    def __init__(self, encoder: nn.Module, decoder: nn.Module) -> None:
        super().__init__()
        self.encoder, self.decoder = encoder, decoder

    def losses(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return what is minimised, and the reconstruction error in it."""
        error = F.mse_loss(self.decoder(self.encoder(images)), images)
        return error, error


class VariationalAutoencoder(Autoencoder):
    """A VAE with a standard normal prior; the divergence is averaged over the images and the latent units, and
    weighted.
    """

    def __init__(self, latent: int, kld_weight: float) -> None:
        super().__init__(nn.Linear(PIXELS, latent), nn.Sequential(nn.Linear(latent, PIXELS), nn.Tanh()))
        self.mu_layer, self.logvar_layer = nn.Linear(latent, latent), nn.Linear(latent, latent)
        self.kld_weight = kld_weight

    def losses(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return what is minimised, and the reconstruction error in it; outside training the latent mean is decoded."""
        hidden = self.encoder(images)
        mu, logvar = self.mu_layer(hidden), self.logvar_layer(hidden)
        latent = mu + torch.exp(logvar / 2) * torch.randn_like(mu) if self.training else mu
        error = F.mse_loss(self.decoder(latent), images)
        divergence = 0.5 * (mu.square() + logvar.exp() - 1 - logvar).mean()
        return error + self.kld_weight * divergence, error


def build_model(name: str, kld_weight: float) -> Autoencoder:
    """Return the untrained model of 2a (linear), 2b (relu), 2c (sigmoid) or 2d (tanh, vae)."""
    if name == "vae":
        return VariationalAutoencoder(30, kld_weight)
    if name == "linear":
        return Autoencoder(nn.Linear(PIXELS, 2), nn.Sequential(nn.Linear(2, PIXELS), nn.Sigmoid()))
    if name == "tanh":
        return Autoencoder(nn.Linear(PIXELS, 30), nn.Sequential(nn.Linear(30, PIXELS), nn.Tanh()))
    activation: Callable[[], nn.Module] = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid}[name]
    encoder = nn.Sequential(nn.Linear(PIXELS, HIDDEN), activation(), nn.Linear(HIDDEN, 2))
    return Autoencoder(
        encoder, nn.Sequential(nn.Linear(2, HIDDEN), activation(), nn.Linear(HIDDEN, PIXELS), nn.Sigmoid())
    )


def train_one_epoch(model: Autoencoder, images: Tensor, optimizer: torch.optim.Optimizer) -> float:
    """Take one step of ``optimizer`` for each batch, in a new order, and return the mean loss."""
    model.train()
    total = 0.0
    for batch in torch.randperm(len(images)).to(images.device).split(BATCH_SIZE):
        optimizer.zero_grad()
        loss, _ = model.losses(images[batch])
        loss.backward()
        optimizer.step()
        total += loss.item() * len(batch)
    return total / len(images)


@torch.no_grad()
def reconstruction_error(model: Autoencoder, images: Tensor) -> float:
    """Return the squared error over all pixels of ``images``."""
    model.eval()
    return sum(model.losses(batch)[1].item() * len(batch) for batch in images.split(1000)) / len(images)


def make_repeatable(seed: int) -> None:
    """Make two runs with the same seed on the same machine give the same numbers."""
    # cuBLAS is repeatable only with a work space of fixed size, set before it is first used.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(mode=True)
    torch.manual_seed(seed)


def main() -> None:
    """Train and evaluate as the command line says."""
    parser = argparse.ArgumentParser(description="Train an autoencoder on MNIST.")
    parser.add_argument("--model", choices=["linear", "relu", "sigmoid", "tanh", "vae"], default="linear")
    parser.add_argument("--kld-weight", type=float, default=1.0, help="weight of the VAE's divergence")
    parser.add_argument(
        "--data", type=Path, default=Path("data"), help="folder with the data, downloaded into it if they are not there"
    )
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--output", type=Path, default=Path("output"), help="folder for metrics.json and model.pt")
    options = parser.parse_args()
    if options.device == "cuda" and not torch.cuda.is_available():
        parser.error("--device cuda: this machine has no GPU that PyTorch can use")

    make_repeatable(options.seed)
    # Both fit on any GPU as a whole, so nothing has to be copied batch by batch.
    train, validation = (load_images(options.data, train=official).to(options.device) for official in (True, False))
    model = build_model(options.model, options.kld_weight).to(options.device)
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    history = []
    for epoch in range(1, options.epochs + 1):
        loss = train_one_epoch(model, train, optimizer)
        history.append({"epoch": epoch, "train_loss": loss, "validation_loss": reconstruction_error(model, validation)})
        print(
            f"epoch {epoch:3}: training loss {loss:.4f}, validation loss {history[-1]['validation_loss']:.4f}",
            flush=True,
        )

    metrics = {
        "train_loss": history[-1]["train_loss"],
        "validation_loss": history[-1]["validation_loss"],
        # What the best single grey value would leave.
        "variance": train.var(correction=0).item(),
        "epochs": options.epochs,
        "device": options.device,
        "history": history,
    }
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "metrics.json").write_text(json.dumps(metrics, indent=2), encoding="utf-8")
    torch.save({name: value.cpu() for name, value in model.state_dict().items()}, options.output / "model.pt")


if __name__ == "__main__":
    main()
