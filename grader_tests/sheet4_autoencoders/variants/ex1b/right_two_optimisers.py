"""An optimiser each for encoder and decoder, by hand."""


class Two(L.LightningModule):
    def __init__(self, model):
        super().__init__()
        self.automatic_optimization = False
        self.model = model
        self.losses = []
    def configure_optimizers(self):
        return torch.optim.Adam(self.model.encoder.parameters(), lr=5e-3), torch.optim.Adam(self.model.decoder.parameters(), lr=5e-3)
    def on_train_epoch_start(self):
        self.l = []
    def training_step(self, batch, i):
        x, = batch
        a, b = self.optimizers()
        a.zero_grad(); b.zero_grad()
        loss = F.mse_loss(self.model(x), x)
        self.manual_backward(loss)
        a.step(); b.step()
        self.l.append(loss.item())
    def on_train_epoch_end(self):
        self.losses.append(np.mean(self.l))

def train_autoencoder(model, data, max_epochs=200, batch_size=None, seed=0):
    g = torch.Generator().manual_seed(seed)
    loader = DataLoader(TensorDataset(data), batch_size=batch_size or len(data), shuffle=True, generator=g)
    lm = Two(model)
    make_trainer(max_epochs).fit(lm, loader)
    return lm.losses


def plot_embedding(model, data):
    with torch.no_grad():
        z = model.encoder(data).squeeze()
    fig, ax = plt.subplots()
    sc = ax.scatter(data[:, 0], data[:, 1], c=z)
    fig.colorbar(sc, ax=ax)
    ax.set_xlabel("x1")
    ax.set_ylabel("x2")
    return fig
