"""A copy is trained through Lightning, and its parameters are put back into the model."""


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
        self.losses.append(loss.item())
        return loss
    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.lr)

def train_autoencoder(model, data, max_epochs=200, batch_size=None, seed=0):
    g = torch.Generator().manual_seed(seed)
    loader = DataLoader(TensorDataset(data), batch_size=batch_size or len(data), shuffle=True, generator=g)
    lm = LitAE(copy.deepcopy(model))
    make_trainer(max_epochs).fit(lm, loader)
    model.load_state_dict(lm.model.state_dict())
    return np.array(lm.losses).reshape(max_epochs, -1).mean(axis=1)


def plot_embedding(model, data):
    with torch.no_grad():
        z = model.encoder(data).squeeze()
    fig, ax = plt.subplots()
    sc = ax.scatter(data[:, 0], data[:, 1], c=z)
    fig.colorbar(sc, ax=ax)
    ax.set_xlabel("x1")
    ax.set_ylabel("x2")
    return fig
