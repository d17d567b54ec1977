"""Layers that learn the number of their inputs from the first points."""


class SmallAutoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.LazyLinear(20), nn.Tanh(), nn.LazyLinear(10), nn.Tanh(), nn.Linear(10, 1))
        self.decoder = nn.Sequential(nn.Linear(1, 10), nn.Tanh(), nn.Linear(10, 20), nn.Tanh(), nn.Linear(20, 2))

    def forward(self, x):
        return self.decoder(self.encoder(x))


class LargeAutoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.LazyLinear(50), nn.Tanh(), nn.Linear(50, 50), nn.Tanh(), nn.Linear(50, 50), nn.Tanh(), nn.Linear(50, 1))
        self.decoder = nn.Sequential(nn.Linear(1, 50), nn.Tanh(), nn.Linear(50, 50), nn.Tanh(), nn.Linear(50, 50), nn.Tanh(), nn.Linear(50, 2))

    def forward(self, x):
        return self.decoder(self.encoder(x))


class PCAAutoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(2, 1)
        self.decoder = nn.Linear(1, 2)

    def forward(self, x):
        return self.decoder(self.encoder(x))
