"""A helper that stacks layers, and the Sigmoid of the output in the model's forward."""

def layers(*sizes):
    stack = []
    for before, after in zip(sizes, sizes[1:]):
        stack += [nn.Linear(before, after), nn.ReLU()]
    return nn.Sequential(*stack[:-1])


class ReluAutoencoder(nn.Module):
    def __init__(self, dim_latent_representation=2):
        super().__init__()
        self.encoder = layers(784, 1024, dim_latent_representation)
        self.decoder = layers(dim_latent_representation, 1024, 784)

    def forward(self, x):
        return 1 / (1 + torch.exp(-self.decoder(self.encoder(x))))
