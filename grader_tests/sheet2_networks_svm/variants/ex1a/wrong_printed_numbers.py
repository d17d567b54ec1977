"""Returns the numbers of the example, the misprint included, whatever it is asked.

Loses: test_forward_of_the_printed_example, test_weighted_sums, test_activations, test_output, test_forward_leaves_its_arguments_alone
"""

def forward(x, W0, W1, W2):
    return np.full(3, 0.3), np.full(3, 0.5744), np.full(3, 0.5117), np.full(3, 0.6264), 0.9397
