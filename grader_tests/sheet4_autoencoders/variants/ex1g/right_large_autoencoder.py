"""A new LargeAutoencoder with a copy of the old decoder, trained as in 1b."""


def retrain_encoder(model, data, max_epochs=200, seed=1):
    L.seed_everything(seed, verbose=False)
    new = LargeAutoencoder()
    new.decoder = copy.deepcopy(model.decoder)
    new.decoder.requires_grad_(False)
    train_autoencoder(new, data, max_epochs=max_epochs, seed=seed)
    return new
