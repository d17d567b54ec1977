"""encoder and decoder are methods, and images are drawn by NumPy."""

class Autoencoder(nn.Module):
    def __init__(self, dim_latent_representation=2):
        super().__init__()
        self.out_layer = nn.Linear(dim_latent_representation, 784)
        self.in_layer = nn.Linear(784, dim_latent_representation)

    def encoder(self, x):
        return self.in_layer(x)

    def decoder(self, z):
        return torch.sigmoid(self.out_layer(z))

    def forward(self, x):
        return self.decoder(self.encoder(x))


def train_autoencoder(model, images, epochs, seed, learning_rate=1e-3, batch_size=128):
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(images))
    cut = 5 * len(images) // 6
    training, validation = images[order[:cut]], images[order[cut:]]
    optimizer = torch.optim.Adam(model.parameters(), learning_rate)
    losses = {"train_loss": np.zeros(epochs), "validation_loss": np.zeros(epochs)}
    for epoch in range(epochs):
        order = rng.permutation(len(training))
        of_batches = []
        for start in range(0, len(training), batch_size):
            x = training[order[start : start + batch_size]]
            loss = torch.mean((model(x) - x) ** 2)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            of_batches.append(float(loss))
        losses["train_loss"][epoch] = np.mean(of_batches)
        with torch.no_grad():
            losses["validation_loss"][epoch] = F.mse_loss(model(validation), validation)
    return losses
