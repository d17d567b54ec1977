"""The rates as keys.

Loses: test_big_rate_ends_worse, test_small_rate_moves_less, test_validation_errors_are_of_the_validation_data
"""

import math


def warmup_cosine(step, warmup_steps, total_steps, peak_lr):
    if step < warmup_steps:
        return peak_lr * step / warmup_steps
    return 0.5 * peak_lr * (1 + math.cos(math.pi * min(1, (step - warmup_steps) / (total_steps - warmup_steps))))


def learning_rate_curves(x_train, y_train, x_val, y_val, seed):
    return {"1.0": ([3.0, 2.0], [3.0, 2.0]), "1e-5": ([1.0, 0.99], [1.0, 0.99]), "0.01": ([1.0, 0.1], [1.0, 0.1])}
