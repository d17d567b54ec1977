"""Activation functions as functions, the last one in the model's forward, and training with an array of images."""

class Autoencoder(nn.Module):
    def __init__(self, dim_latent_representation=2):
        super().__init__()
        self.encoder = nn.Linear(784, dim_latent_representation)
        self.decoder = nn.Linear(dim_latent_representation, 784)

    def forward(self, x):
        return torch.sigmoid(self.decoder(self.encoder(x)))


def train_autoencoder(model, images, epochs, seed):
    images = np.array(images)
    order = np.random.default_rng(seed).permutation(len(images))
    cut = int(0.85 * len(images))
    training, validation = torch.from_numpy(images[order[:cut]]), torch.from_numpy(images[order[cut:]])
    torch.manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters())
    history = {"train_loss": np.zeros(epochs), "validation_loss": np.zeros(epochs)}
    for epoch in range(epochs):
        for x in torch.split(training[torch.randperm(cut)], 128):
            optimizer.zero_grad()
            ((model(x) - x) ** 2).mean().backward()
            optimizer.step()
        for name, part in (("train_loss", training), ("validation_loss", validation)):
            history[name][epoch] = ((model(part) - part) ** 2).mean().item()
    return history
