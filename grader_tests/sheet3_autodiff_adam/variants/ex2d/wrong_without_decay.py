"""The weight decay is ignored.

Loses: test_adamw_decay_is_decoupled, test_adamw_like_torch
"""


def adamw_step(theta, grad, m, v, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
    return adam_step(theta, grad, m, v, t, lr, beta1, beta2, eps)
