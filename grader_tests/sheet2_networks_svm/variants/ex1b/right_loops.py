"""Loops over all weights, with nested lists as the result."""

def gradients(x, y, W0, W1, W2):
    _, h1, _, h2, y_hat = forward(x, W0, W1, W2)
    error = float(np.ravel(y_hat)[0]) - y
    h1, h2 = [float(h) for h in h1], [float(h) for h in h2]
    delta2 = [error * W2[0][i] * h2[i] * (1 - h2[i]) for i in range(len(h2))]
    delta1 = [sum(delta2[i] * W1[i][j] for i in range(len(h2))) * h1[j] * (1 - h1[j]) for j in range(len(h1))]
    return (
        [[d * float(value) for value in x] for d in delta1],
        [[d * h for h in h1] for d in delta2],
        [[error * h for h in h2]],
    )


def sgd_update(x, y, W0, W1, W2, eta):
    return tuple(
        [[w - eta * d for w, d in zip(row, changes)] for row, changes in zip(W, dW)] for W, dW in zip((W0, W1, W2), gradients(x, y, W0, W1, W2))
    )
