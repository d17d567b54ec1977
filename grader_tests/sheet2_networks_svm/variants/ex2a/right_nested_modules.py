"""Modules inside of the constructor, and data loaders that follow the global seed."""

from torch.utils.data import DataLoader, TensorDataset, random_split


class Autoencoder(nn.Module):
    def __init__(self, dim_latent_representation=2):
        super(Autoencoder, self).__init__()

        class Encoder(nn.Module):
            def __init__(self, output_size=2):
                super().__init__()
                self.nn = nn.Sequential(nn.Linear(28 * 28, output_size))

            def forward(self, x):
                return self.nn(x)

        class Decoder(nn.Module):
            def __init__(self, input_size=2):
                super().__init__()
                self.nn = nn.Sequential(nn.Linear(input_size, 28 * 28), nn.Sigmoid())

            def forward(self, z):
                return self.nn(z)

        self.encoder = Encoder(output_size=dim_latent_representation)
        self.decoder = Decoder(input_size=dim_latent_representation)

    def forward(self, x):
        x = self.encoder(x)
        x = self.decoder(x)
        return x


def train_autoencoder(model, images, epochs, seed):
    torch.manual_seed(seed)
    n_validation = len(images) // 5
    training, validation = random_split(TensorDataset(images), [len(images) - n_validation, n_validation])
    training, validation = DataLoader(training, batch_size=128, shuffle=True), DataLoader(validation, batch_size=128)
    criterion = nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
    train_losses, validation_losses = [], []
    for epoch in range(epochs):
        model.train()
        losses = []
        for (x,) in training:
            optimizer.zero_grad()
            loss = criterion(model(x), x)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        train_losses.append(sum(losses) / len(losses))
        model.eval()
        with torch.inference_mode():
            validation_losses.append(np.mean([criterion(model(x), x).item() for (x,) in validation]))
    return {"train_loss": train_losses, "validation_loss": validation_losses}
