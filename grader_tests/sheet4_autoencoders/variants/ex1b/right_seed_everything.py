"""The global seed, a callback that collects logged losses in a tuple, and colours computed by hand."""

import lightning.pytorch as pl
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize


class Collector(pl.Callback):
    def __init__(self):
        self.losses = []

    def on_train_epoch_end(self, trainer, pl_module):
        self.losses.append(trainer.callback_metrics["loss"].item())


class Wrapped(pl.LightningModule):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def training_step(self, batch, batch_idx):
        loss = F.mse_loss(self.model(batch[0]), batch[0])
        self.log("loss", loss, on_epoch=True, on_step=False)
        return loss

    def configure_optimizers(self):
        return torch.optim.NAdam(self.parameters(), lr=5e-3)


def train_autoencoder(model, data, max_epochs=200, batch_size=None, seed=0):
    pl.seed_everything(seed)
    collector = Collector()
    loader = DataLoader(TensorDataset(data), batch_size=len(data) if batch_size is None else batch_size, shuffle=True)
    trainer = pl.Trainer(
        max_epochs=max_epochs, callbacks=[collector], logger=False, enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False
    )
    trainer.fit(Wrapped(model), loader)
    return tuple(collector.losses)


def plot_embedding(model, data):
    z = model.encoder(data).detach().numpy()[:, 0]
    norm = Normalize(z.min(), z.max())
    figure = plt.figure()
    axes = figure.add_subplot()
    axes.scatter(data[:, 0].numpy(), data[:, 1].numpy(), color=plt.cm.plasma(norm(z)))
    axes.set_xlabel("first coordinate")
    axes.set_ylabel("second coordinate")
    figure.colorbar(ScalarMappable(norm, "plasma"), ax=axes)
    return figure
