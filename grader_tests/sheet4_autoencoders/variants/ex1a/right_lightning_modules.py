"""Lightning modules that know how they are trained, with ReLU; PCA by two linear maps each way."""


class Base(L.LightningModule):
    def forward(self, x):
        return self.decoder(self.encoder(x))

    def training_step(self, batch, batch_index):
        return F.mse_loss(self(batch[0]), batch[0])

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=1e-2)


class SmallAutoencoder(Base):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(2, 20), nn.ReLU(inplace=True), nn.Linear(20, 10), nn.ReLU(inplace=True), nn.Linear(10, 1))
        self.decoder = nn.Sequential(nn.Linear(1, 10), nn.ReLU(inplace=True), nn.Linear(10, 20), nn.ReLU(inplace=True), nn.Linear(20, 2))


class LargeAutoencoder(Base):
    def __init__(self):
        super().__init__()
        hidden = [nn.ReLU(), nn.Linear(50, 50)]
        self.encoder = nn.Sequential(nn.Linear(2, 50), *hidden, nn.ReLU(), nn.Linear(50, 50), nn.ReLU(), nn.Linear(50, 1))
        self.decoder = nn.Sequential(nn.Linear(1, 50), nn.ReLU(), nn.Linear(50, 50), nn.ReLU(), nn.Linear(50, 50), nn.ReLU(), nn.Linear(50, 2))


class PCAAutoencoder(Base):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(2, 4), nn.Linear(4, 1))
        self.decoder = nn.Sequential(nn.Linear(1, 4, bias=False), nn.Linear(4, 2))
