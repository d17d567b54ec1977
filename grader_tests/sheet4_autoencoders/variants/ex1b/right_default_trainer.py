"""The trainer as it comes: it writes logs and checkpoints, and draws bars."""


class LitAE(L.LightningModule):
    def __init__(self, model, lr=5e-3):
        super().__init__()
        self.model = model
        self.lr = lr
        self.losses = []
    def forward(self, x):
        return self.model(x)
    def training_step(self, batch, batch_idx):
        x = batch[0]
        loss = F.mse_loss(self(x), x)
        self.log('train_loss', loss, on_epoch=True, on_step=False, prog_bar=True)
        return loss
    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.lr)

class History(L.Callback):
    def __init__(self):
        self.h = []
    def on_train_epoch_end(self, trainer, pl_module):
        self.h.append(trainer.callback_metrics["train_loss"].clone())

def train_autoencoder(model, data, max_epochs=200, batch_size=None, seed=0):
    L.seed_everything(seed)
    bs = len(data) if batch_size is None else batch_size
    h = History()
    loader = DataLoader(TensorDataset(data), batch_size=bs, shuffle=True)
    trainer = L.Trainer(max_epochs=max_epochs, callbacks=[h])
    trainer.fit(LitAE(model), loader)
    return h.h


def plot_embedding(model, data):
    with torch.no_grad():
        z = model.encoder(data).squeeze()
    fig, ax = plt.subplots()
    sc = ax.scatter(data[:, 0], data[:, 1], c=z)
    fig.colorbar(sc, ax=ax)
    ax.set_xlabel("x1")
    ax.set_ylabel("x2")
    return fig
