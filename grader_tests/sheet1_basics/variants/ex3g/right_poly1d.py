"""Three of NumPy's older polynomials, which are arrays of their coefficients as well as functions."""

import numpy as np


def newton_example():
    f = np.poly1d([2.0, -3.0, 1.0])
    return {"f": f, "gradient": f.deriv(), "hessian": f.deriv(2), "start": 5.0}
