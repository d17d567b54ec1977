"""Number by number; nested lists come back."""


def sigmoid_derivative(x):
    if isinstance(x, float):
        return sigmoid(x) * (1 - sigmoid(x))
    return [sigmoid_derivative(float(part) if part.ndim == 0 else part) for part in x]
