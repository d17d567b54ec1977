"""A learning rate of 1e-5: hardly anything is learnt.

Loses: test_training_reduces_the_error, test_better_than_pca
"""


def train_autoencoder(model, data, max_epochs=200, batch_size=None, seed=0):
    generator = torch.Generator().manual_seed(seed)
    loader = DataLoader(TensorDataset(data), batch_size=batch_size or len(data), shuffle=True, generator=generator)
    training = ReconstructionTraining(model, learning_rate=1e-5)
    make_trainer(max_epochs).fit(training, loader)
    return training.epoch_losses


def plot_embedding(model, data):
    figure, axes = plt.subplots()
    image = axes.scatter(data[:, 0], data[:, 1], c=model.encoder(data).detach().squeeze())
    figure.colorbar(image)
    axes.set_xlabel("x")
    axes.set_ylabel("y")
    return figure
