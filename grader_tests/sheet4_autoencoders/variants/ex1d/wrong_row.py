"""The latent values stand in a row, which the decoder does not take.

Loses: test_curve_is_the_decoders, test_single_latent_value, test_tracks_no_gradients, test_leaves_the_model_alone
"""


def latent_curve(model, z):
    with torch.no_grad():
        return model.decoder(z[None, :].expand(3, -1).repeat(1, 2))
