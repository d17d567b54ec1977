"""Samples with torch.normal, through which no gradients flow.

Loses: test_gradients_reach_the_vae
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
            return torch.normal(mu.detach(), torch.exp(logvar / 2).detach())
        return mu

    def forward(self, x):
        e = self.encoder(x)
        mu, logvar = self.mu_layer(e), self.logvar_layer(e)
        return self.decoder(self.reparameterise(mu, logvar)), mu, logvar


def vae_loss(x_hat, x, mu, logvar, kld_weight):
    return F.mse_loss(x_hat, x) - kld_weight * 0.5 * torch.mean(1 + logvar - mu**2 - logvar.exp())
