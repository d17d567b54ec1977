"""encoder and decoder are methods, shared by both models, and the outputs of the VAE a named tuple."""

from typing import NamedTuple


class Outputs(NamedTuple):
    x_hat: torch.Tensor
    mu: torch.Tensor
    logvar: torch.Tensor


class TanhAutoencoder(nn.Module):
    def __init__(self, dim_latent_representation: int = 30):
        super().__init__()
        self.inwards = nn.Linear(784, dim_latent_representation)
        self.outwards = nn.Linear(dim_latent_representation, 784)

    def encoder(self, x):
        return self.inwards(x)

    def decoder(self, z):
        return self.outwards(z).tanh()

    def forward(self, x):
        return self.decoder(self.encoder(x))


class VAE(TanhAutoencoder):
    def __init__(self, dim_latent_representation: int = 30):
        super().__init__(dim_latent_representation)
        d = dim_latent_representation
        self.mu_layer, self.logvar_layer = (nn.Sequential(nn.Linear(d, d)) for _ in range(2))

    def reparameterise(self, mu, logvar):
        noise = torch.randn(*mu.shape) if self.training else 0.0
        return mu + noise * torch.exp(logvar) ** 0.5

    def forward(self, x):
        e = self.encoder(x)
        mu, logvar = self.mu_layer(e), self.logvar_layer(e)
        return Outputs(self.decoder(self.reparameterise(mu, logvar)), mu, logvar)


def vae_loss(x_hat, x, mu, logvar, kld_weight=1.0):
    n, d = mu.shape
    error = ((x_hat - x) ** 2).sum() / x.numel()
    divergence = sum(0.5 * (mu[:, j] ** 2 + logvar[:, j].exp() - logvar[:, j] - 1).sum() for j in range(d)) / (n * d)
    return (error + kld_weight * divergence).reshape(1)
