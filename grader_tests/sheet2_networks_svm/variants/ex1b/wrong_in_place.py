"""Changes the matrices that were handed over.

Loses: test_update_leaves_its_arguments_alone
"""

def gradients(x, y, W0, W1, W2):
    _, h1, _, h2, y_hat = forward(x, W0, W1, W2)
    d2 = h2 * (1 - h2) * W2[0] * (y_hat - y)
    d1 = h1 * (1 - h1) * (W1.T @ d2)
    return np.outer(d1, x), np.outer(d2, h1), (y_hat - y) * h2[None, :]


def sgd_update(x, y, W0, W1, W2, eta):
    for W, dW in zip((W0, W1, W2), gradients(x, y, W0, W1, W2)):
        W -= eta * dW
    return W0, W1, W2
