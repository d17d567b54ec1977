"""A Lightning module of one's own with manual optimisation; losses as tensors; colours in two panels."""


class Training(L.LightningModule):
    def __init__(self, model):
        super().__init__()
        self.automatic_optimization = False
        self.net = model
        self.losses = []

    def training_step(self, batch):
        optimiser = self.optimizers()
        loss = ((self.net(batch) - batch) ** 2).mean()
        optimiser.zero_grad()
        self.manual_backward(loss)
        optimiser.step()
        self.batch_losses.append(loss.detach())

    def on_train_epoch_start(self):
        self.batch_losses = []

    def on_train_epoch_end(self):
        self.losses.append(torch.stack(self.batch_losses).mean())

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=0.01)


def train_autoencoder(model, data, max_epochs=200, batch_size=None, seed=0):
    random = np.random.default_rng(seed)

    class Batches(torch.utils.data.IterableDataset):
        def __iter__(self):
            order = torch.from_numpy(random.permutation(len(data)))
            yield from data[order].split(batch_size or len(data))

    training = Training(model)
    trainer = L.Trainer(max_epochs=max_epochs, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False)
    trainer.fit(training, DataLoader(Batches(), batch_size=None))
    return training.losses


def plot_embedding(model, data):
    with torch.no_grad():
        z = model.encoder(data).numpy().ravel()
    figure, (left, right) = plt.subplots(1, 2)
    order = np.argsort(z)
    scatter = left.scatter(*data.numpy()[order].T, c=z[order], cmap="jet", vmin=-1, vmax=1)
    right.hist(z)
    plt.colorbar(scatter, ax=left, label="z")
    left.set(xlabel="x1", ylabel="x2")
    return figure
