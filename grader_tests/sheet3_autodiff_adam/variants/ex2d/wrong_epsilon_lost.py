"""ε is not handed on to the Adam step.

Loses: test_adamw_without_decay_is_adam
"""


def adamw_step(theta, grad, m, v, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
    new, m, v = adam_step(theta, grad, m, v, t, lr, beta1, beta2)
    return new - lr * weight_decay * theta, m, v
