"""torch.distributions samples and knows the divergence; functional activations."""

from torch.distributions import Normal, kl_divergence


class TanhAutoencoder(nn.Module):
    def __init__(self, dim_latent_representation=30):
        super().__init__()
        self.encoder, self.decoder = nn.Linear(784, dim_latent_representation), nn.Linear(dim_latent_representation, 784)

    def forward(self, x):
        return torch.tanh(self.decoder(self.encoder(x)))


class VAE(nn.Module):
    def __init__(self, dim_latent_representation=30):
        super().__init__()
        d = dim_latent_representation
        self.encoder, self.mu_layer, self.logvar_layer = nn.Linear(784, d), nn.Linear(d, d), nn.Linear(d, d)
        self.decoder = nn.Sequential(nn.Linear(d, 784), nn.Tanh())

    def reparameterise(self, mu, logvar):
        return Normal(mu, (logvar / 2).exp()).rsample() if self.training else mu

    def forward(self, x):
        h = self.encoder(x)
        mu, logvar = self.mu_layer(h), self.logvar_layer(h)
        z = self.reparameterise(mu, logvar)
        return [self.decoder(z), mu, logvar]


def vae_loss(x_hat, x, mu, logvar, kld_weight):
    divergence = kl_divergence(Normal(mu, (logvar / 2).exp()), Normal(0.0, 1.0))
    return ((x_hat - x) ** 2).mean() + kld_weight * divergence.mean()
