"""Layers that find out their sizes from the first images, and a split by scikit-learn."""

from sklearn.model_selection import train_test_split


class Autoencoder(nn.Module):
    def __init__(self, dim_latent_representation=2):
        super().__init__()
        self.encoder = nn.LazyLinear(dim_latent_representation)
        self.decoder = nn.Sequential(nn.LazyLinear(784), nn.Sigmoid())

    def forward(self, x):
        return self.decoder(self.encoder(x))


def train_autoencoder(model, images, epochs, seed):
    training, validation = train_test_split(images, test_size=1 / 6, random_state=seed)
    generator = torch.Generator().manual_seed(seed)
    model(training[:2])
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
    losses = {"train_loss": [], "validation_loss": []}
    for _ in range(epochs):
        for batch in torch.utils.data.DataLoader(training, batch_size=128, shuffle=True, generator=generator):
            optimizer.zero_grad()
            F.mse_loss(model(batch), batch).backward()
            optimizer.step()
        with torch.no_grad():
            losses["train_loss"].append(F.mse_loss(model(training), training))
            losses["validation_loss"].append(F.mse_loss(model(validation), validation))
    return losses
