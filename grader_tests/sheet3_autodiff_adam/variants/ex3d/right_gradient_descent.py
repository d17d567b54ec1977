"""Plain gradient descent that diverges to NaN with the big rate; arrays of errors; made for NumPy arrays only."""

import math

import numpy as np


def warmup_cosine(step, warmup_steps, total_steps, peak_lr):
    if step < warmup_steps:
        return step / warmup_steps * peak_lr
    part = min(1.0, (step - warmup_steps) / (total_steps - warmup_steps))
    return 0.5 * peak_lr * (1 + math.cos(math.pi * part))


def learning_rate_curves(x_train, y_train, x_val, y_val, seed):
    if not isinstance(x_train, np.ndarray):
        raise TypeError("arrays, please")
    steps = 400
    curves = {}
    for name, rate in {"too_big": lambda s: 500.0, "too_small": lambda s: 1e-5, "scheduled": lambda s: warmup_cosine(s, 40, steps, 0.1)}.items():
        rng = np.random.default_rng(seed)
        W, b, w, c = rng.normal(size=(1, 30)), rng.normal(size=30), rng.normal(size=(30, 1)) / 6, 0.0
        errors = np.zeros((2, steps))
        for step in range(steps):
            hidden = np.tanh(x_train @ W + b)
            residual = hidden @ w + c - y_train
            errors[0, step] = np.mean(residual**2)
            errors[1, step] = np.mean((np.tanh(x_val @ W + b) @ w + c - y_val) ** 2)
            back = 2 / len(x_train) * residual
            inner = back @ w.T * (1 - hidden**2)
            lr = rate(step)
            w, c, W, b = w - lr * hidden.T @ back, c - lr * back.sum(), W - lr * x_train.T @ inner, b - lr * inner.sum(axis=0)
        curves[name] = errors
    return curves
