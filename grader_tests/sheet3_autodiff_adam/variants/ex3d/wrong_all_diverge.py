"""Every run ends in NaN.

Loses: test_big_rate_ends_worse, test_small_rate_moves_less, test_validation_errors_are_of_the_validation_data
"""

import math


def warmup_cosine(step, warmup_steps, total_steps, peak_lr):
    if step < warmup_steps:
        return peak_lr * step / warmup_steps
    return 0.5 * peak_lr * (1 + math.cos(math.pi * min(1, (step - warmup_steps) / (total_steps - warmup_steps))))


def learning_rate_curves(x_train, y_train, x_val, y_val, seed):
    nan = [1.0, float("inf"), float("nan")]
    return {name: (nan, nan) for name in ("too_big", "too_small", "scheduled")}
