"""A detached NumPy array; the mode is put back."""


def latent_curve(model, z):
    was_training = {module: module.training for module in model.modules()}
    model.eval()
    points = model.decoder(z.unsqueeze(-1)).detach().cpu().numpy()
    for module, training in was_training.items():
        module.training = training
    return points
