"""Whatever z is, turned into a column; a clone of the result."""


def latent_curve(model, z):
    column = torch.as_tensor(np.array(z), dtype=torch.float32).view(len(z), 1)
    with torch.no_grad():
        return model.decoder(column).clone()
