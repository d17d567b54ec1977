"""Puts the output through the sigmoid, too.

Loses: test_forward_of_the_printed_example, test_output
"""

def forward(x, W0, W1, W2):
    g = lambda z: 1 / (1 + np.exp(-z))
    z1 = W0 @ x
    z2 = W1 @ g(z1)
    return z1, g(z1), z2, g(z2), g(W2 @ g(z2))[0]
