"""One product of two weights is enough; a named tuple comes back."""

from collections import namedtuple

import numpy as np

Witness = namedtuple("Witness", ["w0", "w1", "alpha"])


def nonconvexity_witness():
    return Witness(w0=np.array([2.0, 0.0, 0.5, 0.0]), w1=np.array([0.5, 0.0, 2.0, 0.0]).astype(np.float32), alpha=np.float64(0.25))
