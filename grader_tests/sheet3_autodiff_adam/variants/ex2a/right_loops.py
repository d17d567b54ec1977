"""Number by number, in nested lists."""

import math


def each(function, *arrays):
    if all(array.ndim == 0 for array in arrays):
        return function(*map(float, arrays))
    return [each(function, *parts) for parts in zip(*arrays)]


def adam_step(theta, grad, m, v, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    theta, grad, m, v = (np.asarray(part) for part in (theta, grad, m, v))
    m = np.array(each(lambda m, g: beta1 * m + (1 - beta1) * g, m, grad))
    v = np.array(each(lambda v, g: beta2 * v + (1 - beta2) * g * g, v, grad))

    def update(theta, m, v):
        return theta - lr * (m / (1 - math.pow(beta1, t))) / (math.sqrt(v / (1 - math.pow(beta2, t))) + eps)

    return each(update, theta, m, v), m.tolist(), v.tolist()
