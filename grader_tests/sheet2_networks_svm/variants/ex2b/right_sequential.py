"""The model itself is a sequence of two parts."""

from collections import OrderedDict


class ReluAutoencoder(nn.Sequential):
    def __init__(self, dim_latent_representation=2):
        encoder = nn.Sequential(nn.Flatten(), nn.Linear(28 * 28, 1024), nn.ReLU(), nn.Linear(1024, dim_latent_representation))
        decoder = nn.Sequential(nn.Linear(dim_latent_representation, 1024), nn.ReLU(), nn.Linear(1024, 28 * 28), nn.Sigmoid())
        super().__init__(OrderedDict(encoder=encoder, decoder=decoder))
