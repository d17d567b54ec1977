"""Number by number; nested tuples come back."""


def tanh_derivative(x):
    if isinstance(x, float):
        value = sigmoid(x * 2)
        return 4 * (value - value * value)
    return tuple(tanh_derivative(float(part) if part.ndim == 0 else part) for part in x)
