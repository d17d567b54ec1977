"""Has hidden layers of 512 units.

Loses: test_layers_of_the_sigmoid_autoencoder
"""

class SigmoidAutoencoder(nn.Module):
    def __init__(self, dim_latent_representation=2):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(784, 512), nn.Sigmoid(), nn.Linear(512, dim_latent_representation))
        self.decoder = nn.Sequential(nn.Linear(dim_latent_representation, 512), nn.Sigmoid(), nn.Linear(512, 784), nn.Sigmoid())

    def forward(self, x):
        return self.decoder(self.encoder(x))
