"""Value by value, as nested lists of floats."""


def latent_curve(model, z):
    curve = []
    for value in z.tolist():
        point = model.decoder(torch.tensor([[value]]))
        curve.append(point.squeeze().tolist())
    return curve
