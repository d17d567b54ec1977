"""Nested modules and the sampling that the original solution prints."""

class TanhAutoencoder(nn.Module):
    def __init__(self, dim_latent_representation=30):
        super().__init__()

        class Decoder(nn.Module):
            def __init__(self):
                super().__init__()
                self.nn = nn.Sequential(nn.Linear(dim_latent_representation, 28 * 28), nn.Tanh())

            def forward(self, z):
                return self.nn(z)

        self.encoder = nn.Sequential(nn.Linear(28 * 28, dim_latent_representation))
        self.decoder = Decoder()

    def forward(self, x):
        return self.decoder(self.encoder(x))


class VAE(TanhAutoencoder):
    def __init__(self, dim_latent_representation=30):
        super().__init__(dim_latent_representation)
        self.mu_layer = nn.Linear(dim_latent_representation, dim_latent_representation)
        self.logvar_layer = nn.Linear(dim_latent_representation, dim_latent_representation)

    def reparameterise(self, mu, logvar):
        if self.training:
            std = logvar.mul(0.5).exp_()
            eps = torch.autograd.Variable(std.data.new(std.size()).normal_())
            return eps.mul(std).add_(mu)
        else:
            return mu

    def forward(self, x):
        x = self.encoder(x)
        mu = self.mu_layer(x)
        logvar = self.logvar_layer(x)
        return self.decoder(self.reparameterise(mu, logvar)), mu, logvar


def vae_loss(x_hat, x, mu, logvar, kld_weight):
    return F.mse_loss(x_hat, x) - kld_weight * 0.5 * torch.mean(1 + logvar - mu**2 - logvar.exp())
