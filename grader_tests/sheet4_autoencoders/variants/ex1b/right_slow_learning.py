"""The given blocks with a learning rate of 1e-3, which takes its time; the losses as an array."""


def train_autoencoder(model, data, max_epochs=200, batch_size=None, seed=0):
    if batch_size is None:
        batch_size = len(data)
    loader = DataLoader(TensorDataset(data), batch_size, shuffle=True, generator=torch.Generator().manual_seed(seed), drop_last=False)
    training = ReconstructionTraining(model, learning_rate=1e-3)
    make_trainer(max_epochs).fit(training, loader)
    return np.array(training.epoch_losses, dtype=np.float32)


def plot_embedding(model, data):
    figure, axes = plt.subplots()
    image = axes.scatter(data[:, 0], data[:, 1], c=model.encoder(data).detach().squeeze())
    figure.colorbar(image)
    axes.set_xlabel("x")
    axes.set_ylabel("y")
    return figure
