"""The batches are the same in every epoch, whatever the seed.

Loses: test_seed_fixes_the_order
"""


def train_autoencoder(model, data, max_epochs=200, batch_size=None, seed=0):
    generator = torch.Generator().manual_seed(seed)
    loader = DataLoader(TensorDataset(data), batch_size=batch_size or len(data))
    training = ReconstructionTraining(model)
    make_trainer(max_epochs).fit(training, loader)
    return training.epoch_losses


def plot_embedding(model, data):
    figure, axes = plt.subplots()
    image = axes.scatter(data[:, 0], data[:, 1], c=model.encoder(data).detach().squeeze())
    figure.colorbar(image)
    axes.set_xlabel("x")
    axes.set_ylabel("y")
    return figure
