"""A list of points, each of which tracks gradients.

Loses: test_tracks_no_gradients
"""


def latent_curve(model, z):
    return [p for p in model.decoder(z[:, None])]
