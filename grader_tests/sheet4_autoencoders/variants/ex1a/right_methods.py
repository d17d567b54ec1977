"""Encoder and decoder as methods; layers in any order of definition, in double precision inside; einsum."""


class SmallAutoencoder(nn.Module):
    sizes = [2, 20, 10, 1, 10, 20, 2]

    def __init__(self):
        super().__init__()
        pairs = list(zip(self.sizes, self.sizes[1:]))
        for number in reversed(range(len(pairs))):
            before, after = pairs[number]
            layer = nn.Linear(before, after, dtype=torch.float64)
            self.register_parameter(f"W{number}", layer.weight)
            self.register_parameter(f"b{number}", layer.bias)

    def run(self, x, first, last):
        x = x.double()
        for number in range(first, last):
            x = torch.einsum("ni,oi->no", x, getattr(self, f"W{number}")) + getattr(self, f"b{number}")
            if number < last - 1:
                x = F.softplus(x)
        return x.float()

    def encoder(self, x):
        return self.run(x, 0, self.sizes.index(1))

    def decoder(self, z):
        return self.run(z, self.sizes.index(1), len(self.sizes) - 1)

    def forward(self, x):
        return self.decoder(self.encoder(x))


class LargeAutoencoder(SmallAutoencoder):
    sizes = [2, 50, 50, 50, 1, 50, 50, 50, 2]


class PCAAutoencoder(SmallAutoencoder):
    sizes = [2, 1, 2]
