"""Linear layers as attributes of encoder and decoder, activation functions as functions."""

class Encoder(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.first, self.second = nn.Linear(784, 1024), nn.Linear(1024, size)

    def forward(self, x):
        return self.second(F.relu(self.first(x)))


class Decoder(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.first, self.second = nn.Linear(size, 1024), nn.Linear(1024, 784)

    def forward(self, z):
        return torch.sigmoid(self.second(F.relu(self.first(z))))


class ReluAutoencoder(nn.Module):
    def __init__(self, dim_latent_representation=2):
        super().__init__()
        self.encoder, self.decoder = Encoder(dim_latent_representation), Decoder(dim_latent_representation)

    def forward(self, x):
        return self.decoder(self.encoder(x))
