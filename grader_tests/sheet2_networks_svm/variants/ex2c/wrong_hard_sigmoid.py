"""A Sigmoid that is made of three straight lines.

Loses: test_hidden_layers_of_the_sigmoid_autoencoder
"""

class SigmoidAutoencoder(nn.Module):
    def __init__(self, dim_latent_representation=2):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(784, 1024), nn.Hardsigmoid(), nn.Linear(1024, dim_latent_representation))
        self.decoder = nn.Sequential(nn.Linear(dim_latent_representation, 1024), nn.Hardsigmoid(), nn.Linear(1024, 784), nn.Sigmoid())

    def forward(self, x):
        return self.decoder(self.encoder(x))
