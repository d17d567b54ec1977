"""The axes are returned instead of the figure.

Loses: test_embedding_figure
"""


def train_autoencoder(model, data, max_epochs=200, batch_size=None, seed=0):
    generator = torch.Generator().manual_seed(seed)
    loader = DataLoader(TensorDataset(data), batch_size=batch_size or len(data), shuffle=True, generator=generator)
    training = ReconstructionTraining(model)
    make_trainer(max_epochs).fit(training, loader)
    return training.epoch_losses


def plot_embedding(model, data):
    figure, axes = plt.subplots()
    image = axes.scatter(data[:, 0], data[:, 1], c=model.encoder(data).detach().squeeze())
    figure.colorbar(image)
    axes.set_xlabel("x")
    axes.set_ylabel("y")
    return axes
