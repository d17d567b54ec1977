"""Matrices and biases by hand; points are columns inside."""


class Affine(nn.Module):
    def __init__(self, before, after):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(after, before) * before**-0.5)
        self.bias = nn.Parameter(torch.zeros(after, 1))

    def forward(self, x):
        return self.weight @ x + self.bias


class Perceptron(nn.Module):
    def __init__(self, *sizes):
        super().__init__()
        self.layers = nn.ModuleList([Affine(before, after) for before, after in zip(sizes, sizes[1:])])

    def forward(self, x):
        x = x.T
        for layer in self.layers[:-1]:
            x = torch.tanh(layer(x))
        return self.layers[-1](x).T


class SmallAutoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = Perceptron(2, 20, 10, 1)
        self.decoder = Perceptron(1, 10, 20, 2)

    def forward(self, x):
        return self.decoder(self.encoder(x))


class LargeAutoencoder(SmallAutoencoder):
    def __init__(self):
        super().__init__()
        self.encoder = Perceptron(2, 50, 50, 50, 1)
        self.decoder = Perceptron(1, 50, 50, 50, 2)


class PCAAutoencoder(SmallAutoencoder):
    def __init__(self):
        super().__init__()
        self.encoder = Perceptron(2, 1)
        self.decoder = Perceptron(1, 2)
