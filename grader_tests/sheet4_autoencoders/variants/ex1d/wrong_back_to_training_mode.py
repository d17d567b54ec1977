"""The model is put into training mode afterwards, wherever it was before.

Loses: test_leaves_the_model_alone
"""


def latent_curve(model, z):
    model.eval()
    with torch.no_grad():
        curve = model.decoder(z[:, None])
    model.train()
    return curve
