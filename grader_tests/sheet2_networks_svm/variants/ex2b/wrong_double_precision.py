"""Works in double precision.

Loses: test_parts_of_the_relu_autoencoder
"""

class ReluAutoencoder(nn.Module):
    def __init__(self, dim_latent_representation=2):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(784, 1024), nn.ReLU(), nn.Linear(1024, dim_latent_representation))
        self.decoder = nn.Sequential(nn.Linear(dim_latent_representation, 1024), nn.ReLU(), nn.Linear(1024, 784), nn.Sigmoid())
        self.double()

    def forward(self, x):
        return self.decoder(self.encoder(x))
