"""Feeds z1 in place of h1 into the second layer.

Loses: test_forward_of_the_printed_example, test_weighted_sums
"""

def forward(x, W0, W1, W2):
    z1 = W0 @ x
    h1 = 1 / (1 + np.exp(-z1))
    z2 = W1 @ z1
    h2 = 1 / (1 + np.exp(-z2))
    return z1, h1, z2, h2, (W2 @ h2)[0]
