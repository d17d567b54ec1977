"""eps is added to the standard deviation.

Loses: test_batch_norm_eps
"""


def batch_norm(x, eps=1e-5):
    return (x - x.mean(axis=0)) / (x.std(axis=0) + eps)
