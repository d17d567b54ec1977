"""An axis is added to z in place.

Loses: test_leaves_the_model_alone
"""


def latent_curve(model, z):
    with torch.no_grad():
        return model.decoder(z.unsqueeze_(1))
