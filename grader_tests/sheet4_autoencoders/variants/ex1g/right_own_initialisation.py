"""A copy whose encoder gets weights from a generator of its own; Lightning with blocks of one's own, all parameters in the optimiser."""


class Retraining(L.LightningModule):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def training_step(self, batch, _):
        return F.mse_loss(self.model(batch[0]), batch[0])

    def configure_optimizers(self):
        return torch.optim.Adam(self.model.parameters(), lr=3e-3)


def retrain_encoder(model, data, max_epochs=200, seed=1):
    new = copy.deepcopy(model)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in new.encoder.parameters():
            if parameter.ndim == 2:
                nn.init.xavier_normal_(parameter, generator=generator)
            else:
                parameter.zero_()
    for parameter in new.decoder.parameters():
        parameter.requires_grad = False
    make_trainer(max_epochs).fit(Retraining(new), DataLoader(TensorDataset(data), batch_size=len(data)))
    return new
