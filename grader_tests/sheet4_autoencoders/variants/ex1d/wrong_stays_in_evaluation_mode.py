"""The model is left in evaluation mode.

Loses: test_leaves_the_model_alone
"""


def latent_curve(model, z):
    model.eval()
    with torch.no_grad():
        return model.decoder(z[:, None])
