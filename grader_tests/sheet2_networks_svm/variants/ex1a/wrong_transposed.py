"""Multiplies with the transposed matrices, which the example does not show.

Loses: test_weighted_sums, test_activations, test_output, test_forward_leaves_its_arguments_alone
"""

def forward(x, W0, W1, W2):
    z1 = x @ W0
    h1 = 1 / (1 + np.exp(-z1))
    z2 = h1 @ W1
    h2 = 1 / (1 + np.exp(-z2))
    return z1, h1, z2, h2, (W2 @ h2)[0]
