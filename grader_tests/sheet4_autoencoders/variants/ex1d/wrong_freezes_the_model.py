"""The parameters are frozen so that nothing is tracked.

Loses: test_leaves_the_model_alone
"""


def latent_curve(model, z):
    model.requires_grad_(False)
    return model.decoder(z[:, None])
