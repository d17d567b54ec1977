"""Modules whose last layer is made first."""

class Half(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.last = nn.Linear(1024, outputs)
        self.first = nn.Linear(inputs, 1024)

    def forward(self, x):
        return self.last(torch.relu(self.first(x)))


class ReluAutoencoder(nn.Module):
    def __init__(self, dim_latent_representation=2):
        super().__init__()
        self.decoder = Half(dim_latent_representation, 784)
        self.encoder = Half(784, dim_latent_representation)

    def forward(self, x):
        return torch.sigmoid(self.decoder(self.encoder(x)))
