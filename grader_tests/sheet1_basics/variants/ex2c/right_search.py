"""A search with random weights until the inequality breaks."""

import numpy as np


def nonconvexity_witness():
    generator = np.random.default_rng(1)
    while True:
        w0, w1 = generator.normal(size=(2, 4))
        alpha = generator.uniform()
        if tiny_network_loss(alpha * w0 + (1 - alpha) * w1) > alpha * tiny_network_loss(w0) + (1 - alpha) * tiny_network_loss(w1) + 0.01:
            return w0, w1, alpha
