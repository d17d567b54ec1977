"""A named tuple of results, by einsum and the sigmoid of scipy, in single precision."""

from collections import namedtuple

from scipy.special import expit

Results = namedtuple("Results", "z1 h1 z2 h2 y_hat")


def forward(x, W0, W1, W2):
    x, W0, W1, W2 = (np.asarray(each, dtype=np.float32) for each in (x, W0, W1, W2))
    z1 = np.einsum("ij,j->i", W0, x)
    z2 = np.einsum("ij,j->i", W1, expit(z1))
    return Results(z1, expit(z1), z2, expit(z2), np.einsum("ij,j->i", W2, expit(z2)))
