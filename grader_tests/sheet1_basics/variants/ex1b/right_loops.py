"""Number by number; nested lists come back."""


def tanh_from_sigmoid(x):
    if isinstance(x, float):
        return float(2 * sigmoid(2 * x) - 1)
    return [tanh_from_sigmoid(float(part) if part.ndim == 0 else part) for part in x]
