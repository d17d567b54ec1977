"""Inference mode as a decorator; reshape."""


@torch.inference_mode()
def latent_curve(model, z):
    return model.decoder(z.reshape(-1, 1))
