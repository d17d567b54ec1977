"""A loss of shape (1,) from sums that are divided, a clone of mu, and noise of its own."""

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
            noise = torch.empty(mu.shape).normal_()
            return torch.addcmul(mu, noise, logvar.exp().sqrt())
        return mu.clone()

    def forward(self, x):
        e = self.encoder(x)
        mu, logvar = self.mu_layer(e), self.logvar_layer(e)
        return self.decoder(self.reparameterise(mu, logvar)), mu, logvar


def vae_loss(x_hat, x, mu, logvar, kld_weight):
    error = torch.sum((x_hat - x) ** 2) / x.numel()
    divergence = torch.sum(mu**2 + logvar.exp() - logvar - 1, dim=1) / 2
    return (error + kld_weight * divergence.sum() / mu.numel()).reshape(1)
