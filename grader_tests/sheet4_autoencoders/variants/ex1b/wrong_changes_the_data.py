"""The data are centred in place.

Loses: test_training_reduces_the_error
"""


def train_autoencoder(model, data, max_epochs=200, batch_size=None, seed=0):
    data -= data.mean(dim=0)
    generator = torch.Generator().manual_seed(seed)
    loader = DataLoader(TensorDataset(data), batch_size=batch_size or len(data), shuffle=True, generator=generator)
    training = ReconstructionTraining(model)
    make_trainer(max_epochs).fit(training, loader)
    return training.epoch_losses



def plot_embedding(model, data):
    with torch.no_grad():
        z = model.encoder(data).squeeze()
    fig, ax = plt.subplots()
    sc = ax.scatter(data[:, 0], data[:, 1], c=z)
    fig.colorbar(sc, ax=ax)
    ax.set_xlabel("x1")
    ax.set_ylabel("x2")
    return fig
