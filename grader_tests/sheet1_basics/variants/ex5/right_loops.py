"""Unit by unit in plain Python, a batch input by input; lists come back."""

import math


def forward_pass(x, W1, W2):
    if x.ndim == 2:
        return tuple(list(part) for part in zip(*(forward_pass(row, W1, W2) for row in x)))
    h = [max(0.0, sum(x[i] * W1[i, j] for i in range(len(x)))) for j in range(W1.shape[1])]
    o = [sum(h[j] * W2[j, k] for j in range(len(h))) for k in range(W2.shape[1])]
    exponentials = [math.exp(logit - max(o)) for logit in o]
    return h, o, [exponential / sum(exponentials) for exponential in exponentials]
