"""Harmless things in the place of a student's earlier answers, so that one mistake costs once.

The model in the place of the autoencoders of question 1a has other layers than any of them, and the training in the
place of ``train_autoencoder`` does not go through Lightning: neither is an answer to what the sheet asks.
"""

from __future__ import annotations

from typing import Final

from sheetgrader import probe


@probe
def other_autoencoder(_original):
    import torch

    class AnotherAutoencoder(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder = self.perceptron(2, 1)
            self.decoder = self.perceptron(1, 2)

        @staticmethod
        def perceptron(before, after):
            return torch.nn.Sequential(
                torch.nn.Linear(before, 40),
                torch.nn.SiLU(),
                torch.nn.Linear(40, 40),
                torch.nn.SiLU(),
                torch.nn.Linear(40, after),
            )

        def forward(self, points):
            return self.decoder(self.encoder(points))

    return AnotherAutoencoder


@probe
def other_affine_autoencoder(_original):
    import torch

    class AnotherAutoencoder(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Linear(3, 1))
            self.decoder = torch.nn.Sequential(torch.nn.Linear(1, 3), torch.nn.Linear(3, 2))

        def forward(self, points):
            return self.decoder(self.encoder(points))

    return AnotherAutoencoder


@probe
def plain_training(_original):
    import torch

    def stand_in(model, data, max_epochs=200, batch_size=None, seed=0, **_):
        order = torch.Generator().manual_seed(int(seed))
        optimiser = torch.optim.Adam(
            [parameter for parameter in model.parameters() if parameter.requires_grad], lr=5e-3
        )
        losses = []
        for _ in range(int(max_epochs)):
            for batch in torch.randperm(len(data), generator=order).split(int(batch_size or len(data))):
                optimiser.zero_grad()
                loss = ((model(data[batch]) - data[batch]) ** 2).mean()
                loss.backward()
                optimiser.step()
            losses.append(loss.item())
        return losses

    return stand_in


#: By the names that they take the place of. A later answer may need things of the student's own around it, such as
#: models that are Lightning modules, so their own come first.
MODELS: Final = {
    "SmallAutoencoder": other_autoencoder,
    "LargeAutoencoder": other_autoencoder,
    "PCAAutoencoder": other_affine_autoencoder,
}
MODELS_AND_TRAINING: Final = {**MODELS, "train_autoencoder": plain_training}
