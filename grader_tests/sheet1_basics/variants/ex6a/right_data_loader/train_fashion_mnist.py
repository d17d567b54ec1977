"""Transforms, random_split and data loaders, step by step as in the tutorials."""

import argparse
import json
from pathlib import Path

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, random_split
from torchvision import datasets, transforms

def load_splits(root, seed):
    transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])
    train_val = datasets.FashionMNIST(root, train=True, download=True, transform=transform)
    test = datasets.FashionMNIST(root, train=False, download=True, transform=transform)
    n_val = len(train_val) // 10
    train, val = random_split(train_val, [len(train_val) - n_val, n_val], generator=torch.Generator().manual_seed(seed))
    return train, val, test

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(28 * 28, 128)
        self.fc2 = nn.Linear(128, 64)
        self.fc3 = nn.Linear(64, 10)

    def forward(self, x):
        x = torch.flatten(x, 1)
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return self.fc3(x)

def build_model():
    return Net()

def evaluate(model, loader, device):
    model.eval()
    correct, total = 0, 0
    with torch.no_grad():
        for x, y in loader:
            x, y = x.to(device), y.to(device)
            correct += (model(x).argmax(dim=1) == y).sum().item()
            total += y.size(0)
    return correct / total

def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=Path("data"))
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--output", type=Path, default=Path("output"))
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    device = torch.device(args.device)
    train, val, test = load_splits(args.data, args.seed)
    train_loader = DataLoader(train, batch_size=64, shuffle=True)
    loaders = {"train": DataLoader(train, batch_size=500), "validation": DataLoader(val, batch_size=500), "test": DataLoader(test, batch_size=500)}
    model = build_model().to(device)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    history = []
    for epoch in range(args.epochs):
        model.train()
        running_loss = 0.0
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            running_loss += loss.item()
        val_accuracy = evaluate(model, loaders["validation"], device)
        history.append({"loss": running_loss / len(train_loader), "validation_accuracy": val_accuracy})
        print(f"Epoch {epoch + 1}: loss {history[-1]['loss']:.3f}, validation accuracy {val_accuracy:.3f}")

    args.output.mkdir(parents=True, exist_ok=True)
    metrics = {f"{name}_accuracy": evaluate(model, loader, device) for name, loader in loaders.items()}
    metrics.update(epochs=args.epochs, device=args.device, history=history)
    with open(args.output / "metrics.json", "w") as f:
        json.dump(metrics, f)
    torch.save(model.state_dict(), args.output / "model.pt")

if __name__ == "__main__":
    main()
