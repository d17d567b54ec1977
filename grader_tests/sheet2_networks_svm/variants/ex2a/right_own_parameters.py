"""Weights as parameters of its own, and steps of Adam written out."""

class Affine(nn.Module):
    def __init__(self, inputs, outputs, activation=None):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(inputs, outputs) / inputs**0.5)
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.activation = activation

    def forward(self, x):
        y = x @ self.weight + self.bias
        return y if self.activation is None else self.activation(y)


class Autoencoder(nn.Module):
    def __init__(self, dim_latent_representation=2):
        super().__init__()
        self.encoder = Affine(784, dim_latent_representation)
        self.decoder = Affine(dim_latent_representation, 784, torch.sigmoid)

    def forward(self, x):
        return self.decoder(self.encoder(x))


def train_autoencoder(model, images, epochs, seed):
    order = list(range(len(images)))
    chance = __import__("random").Random(seed)
    chance.shuffle(order)
    validation, training = images[order[::6]], images[[i for place, i in enumerate(order) if place % 6]]
    weights = list(model.parameters())
    m, s = [torch.zeros_like(w) for w in weights], [torch.zeros_like(w) for w in weights]
    step, train_loss, validation_loss = 0, [], []
    for _ in range(epochs):
        places = list(range(len(training)))
        chance.shuffle(places)
        total = 0
        for start in range(0, len(places), 128):
            x = training[places[start : start + 128]]
            loss = (model(x) - x).pow(2).mean()
            step += 1
            for k, (w, g) in enumerate(zip(weights, torch.autograd.grad(loss, weights))):
                m[k] = 0.9 * m[k] + 0.1 * g
                s[k] = 0.999 * s[k] + 0.001 * g * g
                with torch.no_grad():
                    w -= 1e-3 * (m[k] / (1 - 0.9**step)) / ((s[k] / (1 - 0.999**step)).sqrt() + 1e-8)
            total += len(x) * float(loss)
        train_loss.append(total / len(places))
        validation_loss.append(float((model(validation) - validation).pow(2).mean()))
    return {"validation_loss": validation_loss, "train_loss": train_loss}
