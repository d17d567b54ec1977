"""Noise with the right mean and standard deviation, but uniform.

Loses: test_sampling_in_training_mode
"""

class TanhAutoencoder(nn.Module):
    def __init__(self, dim_latent_representation=30):
        super().__init__()
        self.encoder = nn.Linear(784, dim_latent_representation)
        self.decoder = nn.Sequential(nn.Linear(dim_latent_representation, 784), nn.Tanh())

    def forward(self, x):
        return self.decoder(self.encoder(x))


class VAE(nn.Module):
    def __init__(self, dim_latent_representation=30):
        super().__init__()
        self.encoder = nn.Linear(784, dim_latent_representation)
        self.mu_layer = nn.Linear(dim_latent_representation, dim_latent_representation)
        self.logvar_layer = nn.Linear(dim_latent_representation, dim_latent_representation)
        self.decoder = nn.Sequential(nn.Linear(dim_latent_representation, 784), nn.Tanh())

    def reparameterise(self, mu, logvar):
        if self.training:
            return mu + torch.exp(logvar / 2) * math.sqrt(12) * (torch.rand_like(mu) - 0.5)
        return mu

    def forward(self, x):
        e = self.encoder(x)
        mu, logvar = self.mu_layer(e), self.logvar_layer(e)
        return self.decoder(self.reparameterise(mu, logvar)), mu, logvar


def vae_loss(x_hat, x, mu, logvar, kld_weight):
    return F.mse_loss(x_hat, x) - kld_weight * 0.5 * torch.mean(1 + logvar - mu**2 - logvar.exp())
