"""A bottleneck of dimension two.

Loses: test_encoder_and_decoder, test_layer_sizes, test_non_linearities, test_linear_bottleneck_and_output, test_pca_is_affine, test_pca_finds_the_principal_axis
"""


class SmallAutoencoder(nn.Module):
    def __init__(self, hidden=(20, 10)):
        super().__init__()
        sizes = [2, *hidden, 2, *hidden[::-1], 2]
        layers = []
        for before, after in zip(sizes, sizes[1:]):
            layers += [nn.Linear(before, after), nn.ReLU()]
        middle = 2 * len(hidden) + 1
        self.encoder = nn.Sequential(*layers[:middle])
        self.decoder = nn.Sequential(*layers[middle + 1 : -1])

    def forward(self, x):
        return self.decoder(self.encoder(x))


def LargeAutoencoder():
    return SmallAutoencoder((50, 50, 50))


def PCAAutoencoder():
    return SmallAutoencoder(())
