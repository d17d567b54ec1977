"""The weights are shrunk in place.

Loses: test_adamw_changes_nothing_in_place
"""


def adamw_step(theta, grad, m, v, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
    theta *= 1 - lr * weight_decay
    return adam_step(theta, grad, m, v, t, lr, beta1, beta2, eps)
