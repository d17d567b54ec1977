"""NumPy's polynomials are callable."""

import numpy as np


def newton_example():
    f = np.polynomial.Polynomial([1000.0, -6.0, 1.5])
    return {"f": f, "gradient": f.deriv(), "hessian": f.deriv(2), "start": np.array([-3.0])}
