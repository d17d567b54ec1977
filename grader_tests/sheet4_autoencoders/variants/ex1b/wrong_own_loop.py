"""A loop of one's own in plain PyTorch.

Loses: test_trains_through_lightning
"""


def train_autoencoder(model, data, max_epochs=200, batch_size=None, seed=0):
    generator = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.Adam(model.parameters(), lr=5e-3)
    losses = []
    for _ in range(max_epochs):
        epoch = []
        for batch in torch.randperm(len(data), generator=generator).split(batch_size or len(data)):
            optimiser.zero_grad()
            loss = F.mse_loss(model(data[batch]), data[batch])
            loss.backward()
            optimiser.step()
            epoch.append(loss.item())
        losses.append(sum(epoch) / len(epoch))
    return losses


def plot_embedding(model, data):
    figure, axes = plt.subplots()
    image = axes.scatter(data[:, 0], data[:, 1], c=model.encoder(data).detach().squeeze())
    figure.colorbar(image)
    axes.set_xlabel("x")
    axes.set_ylabel("y")
    return figure
