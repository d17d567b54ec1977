"""Fashion-MNIST held on the device as one tensor, against a plain DataLoader: seconds for one epoch of the reference
network.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.measuring import parser, show, summary, take_turns, write
from sheetgrader.training.data import read_images

_BATCH = 64

Batches = Iterable[tuple[Tensor, Tensor]]


def main() -> None:
    """Measure and print."""
    options = parser(__doc__ or "")
    options.add_argument(
        "--data", type=Path, default=Path("data"), help="folder with FashionMNIST as torchvision downloads it"
    )
    options.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    options.add_argument("--workers", type=int, default=2, help="processes of the second DataLoader")
    options.add_argument("--repeats", type=int, default=5, help="epochs of each")
    chosen = options.parse_args()
    data = read_images(chosen.data, "FashionMNIST")
    images = torch.tensor(data.train_images).unsqueeze(1).float() / 255
    classes = torch.tensor(data.train_labels).long()
    ways = _ways(images, classes, chosen.device, chosen.workers)
    measured: dict[str, list[float]] = {name: [] for name in ways}
    # The first epoch of each is for warming up.
    for name in [*ways, *take_turns(dict.fromkeys(ways, chosen.repeats))]:
        measured[name].append(_epoch(ways[name](), chosen.device))
    for values in measured.values():
        del values[0]
    title = f"Seconds an epoch, {len(images):,} images on {chosen.device}"
    show(title, [(name, summary(values)) for name, values in measured.items()])
    write(
        chosen.json, {name: {"median": statistics.median(values), "all": values} for name, values in measured.items()}
    )


def _ways(images: Tensor, classes: Tensor, device: str, workers: int) -> dict[str, Callable[[], Batches]]:
    there = images.to(device), classes.to(device)
    dataset = TensorDataset(images, classes)

    def one_tensor() -> Batches:
        # PyTorch annotates no argument of it.
        for batch in torch.randperm(len(images)).to(device).split(_BATCH):  # type: ignore[no-untyped-call]
            yield there[0][batch], there[1][batch]

    def loader(processes: int) -> Batches:
        batches = DataLoader(dataset, batch_size=_BATCH, shuffle=True, num_workers=processes)
        return ((x.to(device), y.to(device)) for x, y in batches)

    return {
        "one tensor on the device": one_tensor,
        "DataLoader": lambda: loader(0),
        f"DataLoader with {workers} processes": lambda: loader(workers),
    }


def _epoch(batches: Batches, device: str) -> float:
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Flatten(), nn.Linear(28 * 28, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10)
    ).to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    start = time.perf_counter()
    for x, y in batches:
        optimizer.zero_grad()
        # PyTorch annotates no argument of it.
        nn.functional.cross_entropy(model(x), y).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
