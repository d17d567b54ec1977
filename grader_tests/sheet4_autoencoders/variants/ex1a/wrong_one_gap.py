"""One activation is forgotten, deep in the large decoder.

Loses: test_non_linearities
"""


class Autoencoder(nn.Module):
    def forward(self, x):
        return self.decoder(self.encoder(x))


class SmallAutoencoder(Autoencoder):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(2, 20), nn.GELU(), nn.Linear(20, 10), nn.GELU(), nn.Linear(10, 1))
        self.decoder = nn.Sequential(nn.Linear(1, 10), nn.GELU(), nn.Linear(10, 20), nn.GELU(), nn.Linear(20, 2))


class LargeAutoencoder(Autoencoder):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(2, 50), nn.GELU(), nn.Linear(50, 50), nn.GELU(), nn.Linear(50, 50), nn.GELU(), nn.Linear(50, 1))
        self.decoder = nn.Sequential(nn.Linear(1, 50), nn.GELU(), nn.Linear(50, 50), nn.Linear(50, 50), nn.GELU(), nn.Linear(50, 2))


class PCAAutoencoder(Autoencoder):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(2, 1)
        self.decoder = nn.Linear(1, 2)
