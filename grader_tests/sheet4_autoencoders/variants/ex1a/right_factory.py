"""One class for all, built by functions from lists of sizes; SiLU, ELU and layer normalisation in hidden layers."""


class Autoencoder(nn.Module):
    def __init__(self, encoder, decoder):
        super().__init__()
        self.decoder = decoder
        self.encoder = encoder

    def forward(self, x):
        return self.decoder(self.encoder(x))


def perceptron(sizes, activation):
    layers = []
    for before, after in zip(sizes[:-1], sizes[1:]):
        layers += [nn.Linear(before, after), *activation(after)]
    return nn.Sequential(*layers[: -len(activation(1))])


def SmallAutoencoder():
    def activation(size):
        return [nn.LayerNorm(size), nn.SiLU()]

    return Autoencoder(perceptron([2, 20, 10, 1], activation), perceptron([1, 10, 20, 2], activation))


def LargeAutoencoder():
    def activation(size):
        return [nn.ELU()]

    return Autoencoder(perceptron([2, 50, 50, 50, 1], activation), perceptron([1, 50, 50, 50, 2], activation))


def PCAAutoencoder():
    return Autoencoder(nn.Linear(2, 1), nn.Linear(1, 2))
