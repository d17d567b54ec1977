"""Jacobian matrices with diagonals, as the written solution has them."""

def gradients(x, y, W0, W1, W2):
    z1, h1, z2, h2, y_hat = (np.asarray(each) for each in forward(x, W0, W1, W2))
    slope = lambda z: np.diag(np.exp(-z) / (1 + np.exp(-z)) ** 2)
    d_out = np.reshape(y_hat - y, (1, 1))
    d_z2 = slope(z2) @ W2.T @ d_out
    d_z1 = slope(z1) @ W1.T @ d_z2
    return d_z1 @ x[None, :], d_z2 @ h1[None, :], d_out @ h2[None, :]


def sgd_update(x, y, W0, W1, W2, eta):
    new = [np.array(W, dtype=float) for W in (W0, W1, W2)]
    for W, dW in zip(new, gradients(x, y, W0, W1, W2)):
        W -= eta * dW
    return new
