"""encoder and decoder are methods, and the layers are made in another order than they are used in."""

class ReluAutoencoder(nn.Module):
    def __init__(self, dim_latent_representation=2):
        super().__init__()
        self.fc4, self.fc1 = nn.Linear(1024, 784), nn.Linear(784, 1024)
        self.fc3, self.fc2 = nn.Linear(dim_latent_representation, 1024), nn.Linear(1024, dim_latent_representation)

    def encoder(self, x):
        return self.fc2(torch.relu(self.fc1(x)))

    def decoder(self, z):
        return torch.sigmoid(self.fc4(torch.relu(self.fc3(z))))

    def forward(self, x):
        return self.decoder(self.encoder(x))
