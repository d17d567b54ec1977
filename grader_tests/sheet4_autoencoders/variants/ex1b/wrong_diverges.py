"""Gradient ascent, until all numbers are NaN.

Loses: test_training_reduces_the_error, test_better_than_pca, test_one_loss_for_each_epoch, test_seed_fixes_the_order
"""


class Training(ReconstructionTraining):
    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=1e3)


def train_autoencoder(model, data, max_epochs=200, batch_size=None, seed=0):
    generator = torch.Generator().manual_seed(seed)
    loader = DataLoader(TensorDataset(data), batch_size=batch_size or len(data), shuffle=True, generator=generator)
    training = Training(model)
    make_trainer(max_epochs).fit(training, loader)
    return training.epoch_losses


def plot_embedding(model, data):
    figure, axes = plt.subplots()
    image = axes.scatter(data[:, 0], data[:, 1], c=model.encoder(data).detach().squeeze())
    figure.colorbar(image)
    axes.set_xlabel("x")
    axes.set_ylabel("y")
    return figure
