"""Writes the sigmoid over its input.

Loses: test_forward_leaves_its_arguments_alone
"""

def forward(x, W0, W1, W2):
    z1 = W0 @ x
    h1 = 1 / (1 + np.exp(-z1))
    x[0] = 0.0
    z2 = W1 @ h1
    h2 = 1 / (1 + np.exp(-z2))
    return z1, h1, z2, h2, (W2 @ h2)[0]
