"""Paths as texts, one learning rate after the other, Nesterov's momentum, the accuracies as entries of the history."""

import argparse
import json
import os

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Subset
from torchvision.datasets import FashionMNIST
from torchvision.transforms import ToTensor

def load_splits(root, seed):
    data = FashionMNIST(root=str(root), train=True, transform=ToTensor())
    torch.manual_seed(seed)
    indices = torch.randperm(len(data)).tolist()
    cut = int(0.8 * len(data))
    return Subset(data, indices[:cut]), Subset(data, indices[cut:]), FashionMNIST(root=str(root), train=False, transform=ToTensor())

def build_model():
    return nn.Sequential(
        nn.Flatten(), nn.Linear(784, 100), nn.BatchNorm1d(100), nn.Tanh(), nn.Linear(100, 100), nn.Tanh(),
        nn.Linear(100, 50), nn.Tanh(), nn.Linear(50, 10),
    )

@torch.inference_mode()
def accuracy(model, data, device):
    model.eval()
    hits = [(model(x.to(device)).argmax(1).cpu() == y).float().sum() for x, y in DataLoader(data, 256)]
    return float(sum(hits) / len(data))

def train(model, data, epochs, device):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.8, nesterov=True, weight_decay=1e-4)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    history = []
    for _ in range(epochs):
        model.train()
        losses = []
        for x, y in DataLoader(data, 100, shuffle=True, drop_last=True):
            loss = nn.CrossEntropyLoss()(model(x.to(device)), y.to(device))
            for parameter in model.parameters():
                parameter.grad = None
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
            losses.append(loss.item())
        scheduler.step()
        history.append(sum(losses) / len(losses))
    return history

def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", default="data")
    parser.add_argument("--epochs", default=10, type=int)
    parser.add_argument("--seed", default=0, type=int)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--output", default="output")
    args = parser.parse_args()
    splits = load_splits(args.data, args.seed)
    model = build_model().to(args.device)
    history = train(model, splits[0], args.epochs, args.device)
    os.makedirs(args.output, exist_ok=True)
    torch.save(model.cpu().state_dict(), os.path.join(args.output, "model.pt"))
    names = ("train_accuracy", "validation_accuracy", "test_accuracy")
    metrics = {name: round(accuracy(model, data, "cpu"), 4) for name, data in zip(names, splits)}
    with open(os.path.join(args.output, "metrics.json"), "w") as file:
        json.dump({**metrics, "epochs": args.epochs, "device": args.device, "history": history}, file)

if __name__ == "__main__":
    main()
