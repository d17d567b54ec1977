"""Returns the latent representation, too.

Loses: test_hidden_layers_of_the_relu_autoencoder, test_latent_of_the_relu_autoencoder, test_output_of_the_relu_autoencoder, test_parts_of_the_relu_autoencoder, test_relu_autoencoder_can_be_trained
"""

class ReluAutoencoder(nn.Module):
    def __init__(self, dim_latent_representation=2):
        super().__init__()
        act = nn.ReLU
        self.encoder = nn.Sequential(nn.Linear(784, 1024), act(), nn.Linear(1024, dim_latent_representation))
        self.decoder = nn.Sequential(nn.Linear(dim_latent_representation, 1024), act(), nn.Linear(1024, 784), nn.Sigmoid())

    def forward(self, x):
        z = self.encoder(x)
        return self.decoder(z), z
