"""The sign times a size, number by number, in nested lists."""

import math


def first_adam_update(grad, lr=1e-3, eps=1e-8):
    if grad.ndim == 0:
        return math.copysign(lr * abs(grad) / (abs(grad) + eps), -grad)
    return [first_adam_update(np.asarray(part), lr, eps) for part in grad]
