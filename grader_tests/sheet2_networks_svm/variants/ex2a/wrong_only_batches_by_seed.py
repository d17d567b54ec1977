"""The seed decides the order of the batches, but the validation images are always the first ones.

Loses: test_seed_decides_the_split
"""

class Autoencoder(nn.Module):
    def __init__(self, dim_latent_representation=2):
        super().__init__()
        self.encoder = nn.Linear(784, dim_latent_representation)
        self.decoder = nn.Sequential(nn.Linear(dim_latent_representation, 784), nn.Sigmoid())

    def forward(self, x):
        return self.decoder(self.encoder(x))


def train_autoencoder(model, images, epochs, seed):
    torch.manual_seed(seed)
    validation, training = images[: len(images) // 6], images[len(images) // 6 :]
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    history = {"train_loss": [], "validation_loss": []}
    for _ in range(epochs):
        losses = []
        for batch in training[torch.randperm(len(training))].split(128):
            loss = F.mse_loss(model(batch), batch)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        history["train_loss"].append(np.mean(losses))
        with torch.no_grad():
            history["validation_loss"].append(F.mse_loss(model(validation), validation).item())
    return history
