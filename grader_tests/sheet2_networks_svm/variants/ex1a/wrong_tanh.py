"""Takes tanh for the activation function.

Loses: test_forward_of_the_printed_example, test_activations
"""

def forward(x, W0, W1, W2):
    z1 = W0 @ x
    h1 = np.tanh(z1)
    z2 = W1 @ h1
    h2 = np.tanh(z2)
    return z1, h1, z2, h2, (W2 @ h2)[0]
